"""The checklist of one tenant: each step with its state, what is next, and what is still to be done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from tenants.members import Asked
from tenants.models import Membership

from . import clock
from .evidence import Evidence
from .models import StepOverride
from .steps import STEPS, Step, StepState
from .steps.types import Actor, State
from .trail import Act

LAST = "go-live"
# What forbids a step to begin; every other order is free.
NEEDED_FIRST = {
    "rehearsal": frozenset({"authorize", "feed"}),
    LAST: frozenset(step.key for step in STEPS if step.key != LAST),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """`needs` are the steps without which this one cannot start; `act` is what a person did here last.

    `asked` are the colleagues to whom the step was handed: while it is open, the first of them who can acts instead
    of the reader.
    """

    step: Step
    told: StepState
    needs: Sequence[Step] = ()
    act: Act | None = None
    asked: Sequence[Asked] = ()

    @property
    def handed_to(self) -> Asked | None:
        return None if self.told.is_finished else next((it for it in self.asked if it.can_act), None)

    @property
    def unreached(self) -> Asked | None:
        """Nobody has the step, and this colleague would, had the invitation reached them in time."""
        if self.told.is_finished or self.handed_to:
            return None
        return next(iter(self.asked), None)

    @property
    def waits_for_customer(self) -> bool:
        """For the reader, that is: what a colleague has waits for them."""
        return self.is_open_to_customer and not self.handed_to

    @property
    def is_open_to_customer(self) -> bool:
        return self.told.actor is Actor.CUSTOMER and not self.needs

    @property
    def is_with_colleague(self) -> bool:
        return self.told.actor is Actor.CUSTOMER and self.handed_to is not None

    @property
    def waits_for_others(self) -> bool:
        if self.told.is_settled:
            return False
        return self.is_with_colleague or self.told.actor in {Actor.PROVIDER, Actor.STAFF}

    @property
    def acts_next(self) -> str:
        if self.handed_to and self.is_with_colleague:
            return self.handed_to.name
        return self.told.actor.label

    @property
    def is_awaited_by_name(self) -> bool:
        """The state itself says for whom it waits."""
        return self.told.state is State.WAITING and self.told.actor is Actor.PROVIDER

    @property
    def waited_since(self) -> datetime | None:
        """None in the first minute: nobody waits for zero minutes."""
        return self.told.at if clock.is_past(self.told.at) else None


@dataclass(frozen=True, slots=True)
class Checklist:
    entries: Sequence[Entry]

    @property
    def next(self) -> Entry | None:
        """The first step that waits for the customer; before all what needs attention."""
        mine = [it for it in self.entries if it.waits_for_customer]
        urgent = [it for it in mine if it.told.state is State.NEEDS_ATTENTION]
        return next(iter(urgent or mine), None)

    @property
    def has_choice(self) -> bool:
        """Whether other steps than the next wait for the customer too."""
        return sum(it.waits_for_customer for it in self.entries) > 1

    @property
    def awaited(self) -> Entry | None:
        """The step for which somebody else has to act, when nothing waits for the customer."""
        others = [it for it in self.entries if it.waits_for_others]
        return next(iter(others), None)

    @property
    def settled(self) -> int:
        return sum(entry.told.is_settled for entry in self.entries)

    @property
    def minutes_left(self) -> int:
        """Of the customer's attention: what others do, and what is being checked, takes none."""
        mine = [it for it in self.entries if it.told.actor is Actor.CUSTOMER and not it.told.is_finished]
        return sum(entry.step.minutes for entry in mine)

    @property
    def is_finished(self) -> bool:
        return all(entry.told.is_finished for entry in self.entries)

    @property
    def is_done(self) -> bool:
        return all(entry.told.is_settled for entry in self.entries)

    @property
    def may_go_live(self) -> bool:
        return all(entry.told.is_settled for entry in self.entries if entry.step.key != LAST)

    def entry(self, key: str) -> Entry:
        return next(entry for entry in self.entries if entry.step.key == key)


def checklist(
    evidence: Evidence,
    membership: Membership | None = None,
    acts: Mapping[str, Act] | None = None,
    handed_over: Mapping[str, Sequence[Asked]] | None = None,
) -> Checklist:
    """All steps, or those that the member was asked for."""
    told = {step.key: tell(step, evidence) for step in STEPS}
    return Checklist(
        [
            Entry(
                step,
                told[step.key],
                _needs(step, told),
                (acts or {}).get(step.key),
                (handed_over or {}).get(step.key, ()),
            )
            for step in STEPS
            if membership is None or membership.may_do(step.key)
        ]
    )


def tell(step: Step, evidence: Evidence) -> StepState:
    told = step.tell(evidence)
    override = evidence.overrides.get(step.key)
    if override is None or told.is_settled:
        return told
    return StepState(State.OVERRIDDEN, _passes(override), override.created_at)


def _needs(step: Step, told: Mapping[str, StepState]) -> list[Step]:
    """Only what has not begun can be kept from beginning."""
    if told[step.key].state is not State.NOT_STARTED:
        return []
    needed = NEEDED_FIRST.get(step.key, frozenset())
    return [it for it in STEPS if it.key in needed and not told[it.key].is_settled]


def _passes(override: StepOverride) -> str:
    until = date_format(localtime(override.expires_at), "DATE_FORMAT")
    if override.author is None:
        return _("%(reason)s (until %(date)s)") % {"reason": override.reason, "date": until}
    values = {"reason": override.reason, "author": override.author, "date": until}
    return _("%(reason)s (%(author)s, until %(date)s)") % values
