"""Inviting people: one live invitation per person, revocable and expiring, and opening its link never spends it."""

import hashlib
import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from . import audit, mail, offers
from .models import Invitation, Membership, Tenant, User
from .scoping import across_tenants, tenant_scope

LIFETIME = timedelta(days=14)


class InvitationError(Exception):
    """The invitation cannot be accepted; the message is fit for the person who holds the link."""


@dataclass(frozen=True, slots=True)
class Invitee:
    """Whom to invite and to what; with `steps` they are asked for those alone. `message` is the inviter's own."""

    email: str
    role: str = Membership.Role.OWNER
    steps: tuple[str, ...] = ()
    message: str = ""


def invite(
    tenant: Tenant,
    invitee: Invitee,
    invited_by: User | None,
    *,
    is_added: bool = False,
    is_reminder: bool = False,
) -> Invitation:
    """Make the invitation and mail its link. It takes the place of an open one to the same person, or adds to it.

    A reminder is what its reader asked for: nobody of the tenant did anything.
    """
    token = secrets.token_urlsafe(32)
    email = invitee.email.strip().lower()
    with tenant_scope(tenant.pk):
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # one invitation after the other
        earlier = Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None).first()
        role, steps = _together(invitee, earlier) if is_added else (invitee.role, sorted(invitee.steps))
        if earlier:
            Invitation.objects.filter(pk=earlier.pk).update(revoked_at=timezone.now())
        invitation = Invitation.objects.create(
            tenant=tenant,
            email=email,
            role=role,
            steps=steps,
            message=invitee.message,
            token_hash=hash_token(token),
            invited_by=invited_by,
            expires_at=timezone.now() + LIFETIME,
        )
        audit.record(
            "invitation.sent",
            invitation,
            tenant_id=tenant.pk,
            actor="portal" if is_reminder or invited_by is None else invited_by,
            steps=steps,
        )
        transaction.on_commit(lambda: send(invitation, token, is_reminder=is_reminder))
    return invitation


def again(invitation: Invitation) -> Invitee:
    return Invitee(invitation.email, invitation.role, tuple(invitation.steps), invitation.message)


def _together(invitee: Invitee, earlier: Invitation | None) -> tuple[str, list[str]]:
    """Who was asked for one step and now for another is asked for both; who was asked for the whole keeps that."""
    if earlier is None or not earlier.is_live:
        return invitee.role, sorted(invitee.steps)
    if Membership.Role.OWNER in (invitee.role, earlier.role):
        return Membership.Role.OWNER, []
    return Membership.Role.MEMBER, _joined(earlier.steps, invitee.steps)


def _joined(some: Collection[str], others: Collection[str]) -> list[str]:
    """No steps means all of them."""
    return sorted({*some, *others}) if some and others else []


def send(invitation: Invitation, token: str, *, is_reminder: bool = False) -> None:
    context = {
        "invitation": invitation,
        "tenant": invitation.tenant,
        "link": settings.PUBLIC_URL + reverse("tenants:invitation", args=[token]),
    }
    invited = User.objects.filter(email=invitation.email).first()
    with override(mail.language_of(invited, invitation.tenant)):
        offer = offers.offer_of(invitation)
        told = {**context, "offer": offer, "is_account_waiting": is_reminder and invited is None}
        waits = _("Your invitation waits: %(title)s") % {"title": offer.title}
        subject = waits if is_reminder else offer.title
        letter = mail.compose(invitation.email, subject, "tenants/mail/invitation", told)
    if mail.send(letter, "invitation_not_sent", invitation=invitation.pk):
        with tenant_scope(invitation.tenant_id):
            Invitation.objects.filter(pk=invitation.pk).update(sent_at=timezone.now())


def find(token: str) -> Invitation | None:
    with across_tenants("an invitation's link names no tenant"):
        return (
            Invitation.objects.select_related("tenant", "invited_by")
            .filter(token_hash=hash_token(token))
            .first()
        )


def has_place(invitation: Invitation) -> bool:
    """Whether the invited person is a member."""
    with tenant_scope(invitation.tenant_id):
        return Membership.objects.filter(user__email=invitation.email).exists()


def is_replaced(invitation: Invitation) -> bool:
    """Whether a newer one went to the same mailbox, and waits there."""
    with tenant_scope(invitation.tenant_id):
        newer = Invitation.objects.filter(email=invitation.email, pk__gt=invitation.pk)
        return any(it.is_live for it in newer)


@dataclass(frozen=True, slots=True)
class Accepted:
    user: User
    is_new: bool


def accept(invitation: Invitation) -> Accepted:
    """Make the invited person a member, creating them if they are new. Raises InvitationError when it is spent."""
    with tenant_scope(invitation.tenant_id):
        locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if not locked.is_live:
            raise InvitationError(_("This invitation was used, withdrawn or has expired."))
        user, is_new = User.objects.get_or_create_user(locked.email, language=get_language() or "")
        _join(locked, user)
        locked.accepted_at = timezone.now()
        locked.save(update_fields=["accepted_at"])
        audit.record("invitation.accepted", locked, tenant_id=locked.tenant_id, actor=user)
    return Accepted(user, is_new)


def _join(invitation: Invitation, user: User) -> None:
    """An invitation adds to what a member may do: who sees the whole tenant is not narrowed to steps by it."""
    membership, is_new = Membership.objects.get_or_create(
        tenant_id=invitation.tenant_id,
        user=user,
        defaults={"role": invitation.role, "steps": invitation.steps},
    )
    if is_new:
        return
    membership.steps = _joined(membership.steps, invitation.steps)
    if invitation.role == Membership.Role.OWNER:
        membership.role = invitation.role
    membership.save(update_fields=["role", "steps"])


def revoke(invitation: Invitation, by: User) -> None:
    with tenant_scope(invitation.tenant_id):
        live = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
        if live.update(revoked_at=timezone.now()):
            audit.record("invitation.revoked", invitation, tenant_id=invitation.tenant_id, actor=by)


def revoke_all() -> None:
    """Those that nobody has followed yet. In the tenant's scope."""
    Invitation.objects.filter(accepted_at=None, revoked_at=None).update(revoked_at=timezone.now())


def renew(invitation: Invitation) -> None:
    """An expired link offers a new one, which goes to the same mailbox and nowhere else."""
    with tenant_scope(invitation.tenant_id):
        unspent = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
        if not unspent.update(revoked_at=timezone.now()):  # of many presses at once, one sends a mail
            raise InvitationError(
                _("This invitation was used or withdrawn; ask your Appcast contact for a new one.")
            )
        invite(invitation.tenant, again(invitation), invitation.invited_by, is_reminder=True)


def remind(email: str) -> bool:
    """Whoever wants to sign in before they accepted gets a new link, in their mailbox alone. False: none is open."""
    with across_tenants("who signs in names no tenant"):
        unspent = Invitation.objects.select_related("tenant", "invited_by").filter(
            email=email.strip().lower(), accepted_at=None, revoked_at=None
        )
        waiting = [it for it in unspent if it.is_live]
    for invitation in waiting:
        with suppress(InvitationError):  # it was used or renewed between the look and now
            renew(invitation)
    return bool(waiting)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
