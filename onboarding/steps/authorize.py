from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.providers import get_provider
from integrations.types import Capability

from ..evidence import Evidence
from .types import Actor, Mismatch, State, Step, StepState, admin, always, not_started


def tell(evidence: Evidence) -> StepState:
    connection = evidence.connection
    if connection is None:
        return not_started(_("Lever has not been authorized yet."))
    if not connection.is_active:
        return StepState(
            State.NEEDS_ATTENTION,
            _("Lever no longer accepts our access."),
            connection.failing_since,
            Actor.CUSTOMER,
            Mismatch(
                expected=_("an authorization that works"),
                received=str(connection.error_message) or _("it was withdrawn"),
                who=admin(),
                path=_("Press “Authorize Lever again” on this page and accept the permissions."),
            ),
        )
    if Capability.DELIVER not in evidence.capabilities:
        return StepState(
            State.NEEDS_ATTENTION,
            _("Permissions are missing without which Appcast Apply cannot work."),
            connection.authorized_at,
            Actor.CUSTOMER,
            Mismatch(
                expected=_("all permissions that this page marks as needed"),
                received=_("a consent without %(scopes)s")
                % {"scopes": ", ".join(missing(connection.scopes))},
                who=admin(),
                path=_("Press “Authorize Lever again” on this page and accept all permissions."),
            ),
        )
    if connection.proved_at is None:
        return StepState(State.CHECKING, _("Trying the new access."), connection.authorized_at)
    return StepState(State.DONE, _works(place(connection.site, connection.region)), connection.proved_at)


def implied(scopes: Collection[str]) -> set[str]:
    """A permission to write is one to read as well."""
    return {*scopes, *(scope.replace(":write:", ":read:") for scope in scopes)}


def missing(scopes: Collection[str]) -> list[str]:
    """What was not given although nothing works without it."""
    needed = [it.scope for it in get_provider("lever").permissions if it.is_required]
    return [scope for scope in needed if scope not in implied(scopes)]


def place(site: str, region: str) -> str:
    """The account as its own people know it; that it lies in the EU is worth a word, elsewhere nobody asks."""
    return ", ".join(it for it in (site, "EU" if region == "eu" else "") if it)


def _works(account: str) -> str:
    if not account:
        return _("Lever answers to our access.")
    return _("Lever answers to our access (%(account)s).") % {"account": account}


STEP = Step(
    key="authorize",
    title=gettext_lazy("Authorize Lever"),
    hint=gettext_lazy("A Super Admin signs in to Lever and accepts the permissions"),
    minutes=2,
    tell=tell,
    needs_admin=always,
)
