"""Who belongs to a tenant: changing a place, removing, leaving. A tenant that has owners keeps one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from . import audit, place_mail, sessions
from .models import Invitation, Membership, Tenant, User
from .scoping import across_tenants, tenant_scope


class LastOwnerError(Exception):
    """Nobody would be left to run the set-up; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who was asked for a step, and whether they came: until then by `invitation`."""

    name: str
    asked_at: datetime
    joined_at: datetime | None = None
    seen_at: datetime | None = None
    user: User | None = None
    invitation: Invitation | None = None

    @property
    def can_act(self) -> bool:
        return self.invitation is None or self.invitation.can_be_followed


def of_tenant() -> Sequence[Membership]:
    """In the tenant's scope; owners first."""
    return list(Membership.objects.select_related("user", "tenant").order_by("-role", "joined_at"))


def find(email: str) -> Membership | None:
    """In the tenant's scope."""
    return Membership.objects.select_related("user").filter(user__email=email.strip().lower()).first()


def waiting() -> Sequence[Invitation]:
    """Invitations that nobody has followed yet, expired ones too. In the tenant's scope."""
    return list(Invitation.objects.filter(accepted_at=None, revoked_at=None).order_by("created_at"))


def handed_over() -> Mapping[str, Sequence[Asked]]:
    """By step; who came stands first. In the tenant's scope."""
    came = [
        (step, Asked(str(it.user), it.joined_at, it.joined_at, it.seen_at, it.user))
        for it in of_tenant()
        for step in it.steps
    ]
    invited = [(step, Asked(it.email, it.created_at, invitation=it)) for it in waiting() for step in it.steps]
    by_step: dict[str, list[Asked]] = {}
    for step, asked in (*came, *invited):
        by_step.setdefault(step, []).append(asked)
    return by_step


def request_to(membership: Membership) -> Invitation | None:
    """The invitation that the member followed last: who asked them, and why. In the tenant's scope."""
    followed = Invitation.objects.select_related("invited_by").filter(email=membership.user.email)
    return followed.exclude(accepted_at=None).order_by("-accepted_at").first()


def last_request_to(user: User) -> Invitation | None:
    """The invitation to any tenant that the person followed last."""
    with across_tenants("whoever belongs nowhere any more is told whom to ask"):
        followed = Invitation.objects.select_related("tenant", "invited_by").filter(email=user.email)
        return followed.exclude(accepted_at=None).order_by("-accepted_at").first()


def is_last_owner(membership: Membership) -> bool:
    """In the tenant's scope."""
    owners = list(Membership.objects.filter(role=Membership.Role.OWNER).values_list("pk", flat=True))
    return owners == [membership.pk]


def change(membership: Membership, role: str, steps: Collection[str], by: User) -> None:
    """Raises LastOwnerError."""
    with tenant_scope(membership.tenant_id):
        if role != Membership.Role.OWNER:
            _keep_an_owner(membership)
        is_new = (membership.role, membership.steps) != (role, sorted(steps))
        membership.role, membership.steps = role, sorted(steps)
        membership.save(update_fields=["role", "steps"])
        audit.record(
            "membership.changed",
            membership,
            tenant_id=membership.tenant_id,
            actor=by,
            role=role,
            steps=membership.steps,
        )
        if is_new and by != membership.user:
            transaction.on_commit(lambda: place_mail.changed(membership, by))


def remove(
    membership: Membership, by: User, *, may_be_last: bool = False, finished: Collection[str] = ()
) -> None:
    """From the next request on they see nothing: each asks for the membership anew. Raises LastOwnerError.

    `finished` are the steps that a helper leaves done.
    """
    with tenant_scope(membership.tenant_id):
        if not may_be_last:
            _keep_an_owner(membership)
        action = "membership.left" if by == membership.user else "membership.removed"
        audit.record(
            action,
            membership,
            tenant_id=membership.tenant_id,
            actor=by,
            user=membership.user.pk,
            steps=membership.steps,
            finished=sorted(finished),
        )
        user, tenant = membership.user, membership.tenant
        waiting_for_them = Invitation.objects.filter(email=membership.user.email, accepted_at=None)
        waiting_for_them.filter(revoked_at=None).update(revoked_at=timezone.now())
        membership.delete()
        if by != user:
            _sign_out_of_last_place(user, tenant.pk, by)
            transaction.on_commit(lambda: place_mail.removed(user, tenant, by))


def sign_out_all(tenant_id: int) -> None:
    """Before a tenant's memberships are erased unread."""
    with across_tenants("other places of an erased tenant's people"):
        for user in User.objects.filter(memberships__tenant=tenant_id):
            _sign_out_of_last_place(user, tenant_id, "portal")


def _sign_out_of_last_place(user: User, tenant_id: int, by: User | str) -> None:
    """Who has no other place left is signed out; who has one sees that alone."""
    with across_tenants("other places of a person who was removed"):
        if user.is_staff or user.memberships.exclude(tenant=tenant_id).exists():
            return
        ended = sessions.end_all(user)
        if ended:
            audit.record("session.ended", user, tenant_id=tenant_id, actor=by, sessions=ended)


def _keep_an_owner(membership: Membership) -> None:
    """One change after the other, so that two owners do not leave at once."""
    Tenant.objects.select_for_update(no_key=True).get(pk=membership.tenant_id)
    if is_last_owner(membership):
        raise LastOwnerError(
            _(
                "%(name)s is the only one who runs the set-up. Let somebody else run it first: "
                "invite them, or change what they may do."
            )
            % {"name": membership.user}
        )
