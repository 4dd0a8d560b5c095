"""A step of the checklist and the state that it is in, told from evidence alone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tenants.models import Tenant
from tenants.phrases import Phrase

from ..evidence import Evidence


class State(StrEnum):
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    CHECKING = "checking"
    NEEDS_ATTENTION = "needs_attention"
    DONE = "done"
    OVERRIDDEN = "overridden"

    @property
    def label(self) -> str:
        return str(LABELS[self])


SETTLED = frozenset({State.DONE, State.OVERRIDDEN})
LABELS = {
    State.NOT_STARTED: _("Not started"),
    State.IN_PROGRESS: _("In progress"),
    State.WAITING: _("Waiting for Lever"),
    State.CHECKING: _("Checking"),
    State.NEEDS_ATTENTION: _("Needs attention"),
    State.DONE: _("Done"),
    State.OVERRIDDEN: _("Overridden by Customer Success"),
}


class Actor(StrEnum):
    CUSTOMER = "customer"
    PROVIDER = "provider"
    STAFF = "staff"
    NOBODY = "nobody"

    @property
    def label(self) -> str:
        return str(ACTORS[self])


ACTORS = {
    Actor.CUSTOMER: _("You"),
    Actor.PROVIDER: "Lever",
    Actor.STAFF: _("Appcast Customer Success"),
    Actor.NOBODY: "",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a problem tells, in words that do not age."""

    code: str
    detail: Phrase
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A failure as a customer can act on it: `path` is the click path to the place to change.

    `found` is how a problem tells of it.
    """

    expected: str
    received: str
    who: str
    path: str = ""
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class StepState:
    """`proved_by` is the step that brings the proof, where all that is to be done here is done."""

    state: State
    says: str
    at: datetime | None = None
    actor: Actor = Actor.NOBODY
    mismatch: Mismatch | None = None
    proved_by: str = ""

    @property
    def label(self) -> str:
        if self.proved_by:
            return gettext("Waiting for its proof")
        return self.state.label

    @property
    def is_settled(self) -> bool:
        return self.state in SETTLED

    @property
    def is_finished(self) -> bool:
        """Nothing is to be done here, though its proof may still have to come."""
        return self.is_settled or bool(self.proved_by)


def always(_tenant: Tenant) -> bool:
    return True


def never(_tenant: Tenant) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Step:
    """`minutes` is the customer's attention that it takes; `needs_admin` where it is a Super Admin's in Lever."""

    key: str
    title: Promise | str
    hint: Promise | str
    minutes: int
    tell: Callable[[Evidence], StepState]
    needs_admin: Callable[[Tenant], bool] = never


def admin() -> str:
    """Who mends it, for a mismatch."""
    return gettext("a Super Admin of your Lever account")


def you() -> str:
    return gettext("you, on this page")


def not_started(says: str) -> StepState:
    return StepState(State.NOT_STARTED, says, actor=Actor.CUSTOMER)
