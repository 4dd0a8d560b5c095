"""What staff can do to a tenant, each as one button on its page."""

from collections.abc import Mapping

from django.http import QueryDict

from integrations.errors import IntegrationError
from tenants import rights
from tenants.models import Tenant, User
from tenants.rights import Right
from webhooks import replays

from ... import golive, leaving
from ...desk.sheet import Sheet
from . import looking, people, problems, replaying, standing
from .types import Action, ActionError, Said

__all__ = ["ACTIONS", "Action", "ActionError", "Said", "applicable", "find", "question", "refusal", "run"]

ACTIONS: Mapping[str, Action] = {
    **looking.ACTIONS,
    **standing.ACTIONS,
    **people.ACTIONS,
    **problems.ACTIONS,
    **replaying.ACTIONS,
}


def applicable(sheet: Sheet, by: User) -> list[tuple[str, Action]]:
    return [(name, it) for name, it in ACTIONS.items() if it.is_apt(sheet) and by.has_perm(it.right)]


def find(name: str) -> Action:
    """Raises ActionError."""
    if name not in ACTIONS:
        raise ActionError("There is no such action.")
    return ACTIONS[name]


def refusal(by: User, right: Right) -> str:
    may_only_look = "" if by.has_perm(Right.ACT) else "You may look at tenants, but not act on them. "
    return may_only_look + rights.refusal(by, right)


def question(action: Action, tenant: Tenant, data: QueryDict) -> str:
    """What is asked before it is done, once; "" where it may be done. Raises ActionError."""
    return action.asks(tenant) if action.asks and "sure" not in data else ""


def run(action: Action, tenant: Tenant, by: User, data: QueryDict) -> Said:
    """What to say afterwards. Raises ActionError."""
    try:
        said = action.run(tenant, by, data)
    except IntegrationError as error:
        raise ActionError(error.message) from None
    except (golive.NotReadyError, leaving.LeavingError, replays.ReplayError) as error:
        raise ActionError(str(error)) from None
    return Said(said) if isinstance(said, str) else said
