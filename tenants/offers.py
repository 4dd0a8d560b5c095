"""What an invitation is for, in words: which place, which steps, how long they take and who can do them.

The steps are the onboarding's, which makes them known here as it starts: this package knows them by their keys alone.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Invitation, Membership, Tenant, User
from .scoping import tenant_scope


class OfferedStep(Protocol):
    """`needs_admin` where the ATS lets nobody but its own administrators do it, as the tenant is now."""

    @property
    def key(self) -> str: ...

    @property
    def title(self) -> Promise | str: ...

    @property
    def minutes(self) -> int: ...

    def needs_admin(self, tenant: Tenant, /) -> bool: ...


_known: dict[str, OfferedStep] = {}


def know(steps: Iterable[OfferedStep]) -> None:
    _known.update((step.key, step) for step in steps)


def offer_of(invitation: Invitation) -> "Offer":
    return Offer(
        tenant=invitation.tenant,
        inviter=str(invitation.inviter or _("Appcast")),
        role=invitation.role,
        steps=_steps(invitation.steps),
        owners=_owners(invitation.tenant, invitation.email),
    )


def place_of(membership: Membership, by: User) -> "Offer":
    """What a member may do by now, in the same words."""
    return Offer(
        tenant=membership.tenant,
        inviter=str(by),
        role=membership.role,
        steps=_steps(membership.steps),
        owners=_owners(membership.tenant, membership.user.email),
    )


def _steps(keys: Collection[str]) -> list[OfferedStep]:
    return [_known[key] for key in _known if key in keys]


def _owners(tenant: Tenant, but: str) -> list[str]:
    """In the order in which they came, without the reader."""
    with tenant_scope(tenant.pk):
        owners = Membership.objects.select_related("user").filter(role=Membership.Role.OWNER)
        return [str(it.user) for it in owners.exclude(user__email=but).order_by("joined_at")]


@dataclass(frozen=True, slots=True)
class Offer:
    """Each property is a sentence in the reader's language; without `steps`, all of them are offered."""

    tenant: Tenant
    inviter: str
    role: str
    steps: Sequence[OfferedStep]
    owners: Sequence[str]

    @property
    def is_live(self) -> bool:
        return self.tenant.is_running

    @property
    def title(self) -> str:
        named = {"company": self.tenant.name, "steps": _list(self.steps)}
        if self.steps and self.is_live:
            return _("%(steps)s: help with the connection of Lever and Appcast for %(company)s") % named
        if self.steps:
            return _("%(steps)s: help connect Lever and Appcast for %(company)s") % named
        if not self.is_live:
            return _("Connect Lever and Appcast for %(company)s") % named
        if self.role == Membership.Role.OWNER:
            return _("Run the connection of Lever and Appcast for %(company)s") % named
        return _("Help with the connection of Lever and Appcast for %(company)s") % named

    @property
    def asks(self) -> str:
        named = {"inviter": self.inviter, "company": self.tenant.name, "steps": len(self.steps)}
        if self.is_live and self.steps:
            says = _(
                "%(inviter)s asks you to help with the connection of Lever and Appcast for %(company)s, which is "
                "live."
            )
        elif self.is_live:
            says = _(
                "%(inviter)s invites you to the connection of Lever and Appcast for %(company)s, which is live."
            )
        elif self.steps:
            says = ngettext(
                "%(inviter)s asks you for one step in connecting Lever and Appcast for %(company)s.",
                "%(inviter)s asks you for %(steps)s steps in connecting Lever and Appcast for %(company)s.",
                len(self.steps),
            )
        else:
            says = _("%(inviter)s invites you to connect Lever and Appcast for %(company)s.")
        return says % named

    @property
    def part(self) -> str:
        """What the place allows, and who else is there."""
        named = {"company": self.tenant.name, "people": get_text_list(list(self.owners), _("and"))}
        if self.steps:
            says = _("You see what you were asked for, and nothing else.")
        elif self.role == Membership.Role.OWNER and self.owners:
            says = _(
                "You will run the connection of %(company)s together with %(people)s: you do every step, invite "
                "people, pause and end it."
            )
        elif self.role == Membership.Role.OWNER:
            says = _(
                "You will run the connection of %(company)s: you do every step, invite people, pause and end it."
            )
        elif self.owners:
            says = _(
                "You will help with the connection of %(company)s together with %(people)s: you do every step, and "
                "invite nobody."
            )
        else:
            says = _(
                "You will help with the connection of %(company)s: you do every step, and invite nobody."
            )
        return says % named

    @property
    def takes(self) -> str:
        if self.is_live and not self.steps:
            return _("Nothing has to be set up. Look at how it goes at any time, on any device.")
        minutes = sum(step.minutes for step in self.steps or _known.values())
        says = ngettext("It takes about %(minutes)d minute.", "It takes about %(minutes)d minutes.", minutes)
        says %= {"minutes": minutes}
        if self.steps:
            return says
        at_leisure = _("You can stop at any time and go on later, on any device.")
        return f"{says} {at_leisure}"

    @property
    def who(self) -> str:
        of_admins = [step for step in self.steps if step.needs_admin(self.tenant)]
        if not self.steps and self.is_live:
            return ""
        if not self.steps:
            return _("A Super Admin in Lever has to do it; single steps can be handed to a colleague.")
        if not of_admins:
            return _("You need not be a Super Admin in Lever.")
        if len(of_admins) == len(self.steps):
            return _("A Super Admin in Lever has to do it.")
        return _("A Super Admin in Lever has to do this of it: %(steps)s.") % {"steps": _list(of_admins)}


def _list(steps: Sequence[OfferedStep]) -> str:
    return ", ".join(str(step.title) for step in steps)
