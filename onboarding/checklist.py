"""The checklist of one tenant: each step with its state, what is next, and what is still to be done."""

from collections.abc import Sequence
from dataclasses import dataclass

from tenants.models import Membership

from .evidence import Evidence
from .steps import STEPS, Step, StepState
from .steps.types import Actor, State

LAST = "go-live"


@dataclass(frozen=True, slots=True)
class Entry:
    step: Step
    told: StepState


@dataclass(frozen=True, slots=True)
class Checklist:
    entries: Sequence[Entry]

    @property
    def next(self) -> Entry | None:
        """The first step that waits for the customer; before all what needs attention."""
        mine = [it for it in self.entries if it.told.actor is Actor.CUSTOMER]
        urgent = [it for it in mine if it.told.state is State.NEEDS_ATTENTION]
        return next(iter(urgent or mine), None)

    @property
    def settled(self) -> int:
        return sum(entry.told.is_settled for entry in self.entries)

    @property
    def minutes_left(self) -> int:
        return sum(entry.step.minutes for entry in self.entries if not entry.told.is_settled)

    @property
    def may_go_live(self) -> bool:
        return all(entry.told.is_settled for entry in self.entries if entry.step.key != LAST)

    def entry(self, key: str) -> Entry:
        return next(entry for entry in self.entries if entry.step.key == key)


def checklist(evidence: Evidence, membership: Membership | None = None) -> Checklist:
    """All steps, or those that the member was asked for."""
    mine = [step for step in STEPS if membership is None or membership.may_do(step.key)]
    return Checklist([Entry(step, tell(step, evidence)) for step in mine])


def tell(step: Step, evidence: Evidence) -> StepState:
    told = step.tell(evidence)
    override = evidence.overrides.get(step.key)
    if override is None or told.is_settled:
        return told
    author = f"{override.author}, " if override.author else ""
    says = f"{override.reason} ({author}until {override.expires_at:%-d %B %Y})"
    return StepState(State.OVERRIDDEN, says, override.created_at)
