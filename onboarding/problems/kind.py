"""What is known of one kind of problem."""

from dataclasses import dataclass
from datetime import timedelta

from django_stubs_ext import StrOrPromise

from ..models import Problem
from ..steps import types

Actor = Problem.Actor
# What is lost meanwhile: applications; jobs, events and conversions, or time; something that can wait.
HIGH, MIDDLE, LOW = 3, 2, 1
WEIGHTS = {HIGH: "high", MIDDLE: "middle", LOW: "low"}
AT_ONCE, AN_HOUR, TWO_HOURS = timedelta(0), timedelta(hours=1), timedelta(hours=2)
A_DAY, TWO_DAYS = timedelta(days=1), timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Kind:
    """`remedy` tells staff what to press; `step` is the page of the checklist where it shows.

    `within` is the threshold: from the fault to the open problem it takes no longer, and one look more. `weight` says
    what is lost meanwhile. `action` is what the customer is asked to do, in one breath; what staff mend has none. Where
    `is_confidential`, staff alone read of it: one person's intention is none of their colleagues' business.
    """

    title: StrOrPromise
    actor: Problem.Actor
    remedy: str
    weight: int
    within: timedelta
    step: str = ""
    action: StrOrPromise = ""
    is_confidential: bool = False

    @property
    def takes(self) -> str:
        """The threshold in words."""
        hours = self.within.total_seconds() / 3600
        return f"{hours:g} hour{'' if hours == 1 else 's'}" if hours <= 72 else f"{hours / 24:g} days"

    @property
    def weighs(self) -> str:
        return WEIGHTS[self.weight]

    @property
    def who(self) -> str:
        """As a customer reads it, to whom our engineers are Customer Success."""
        actor = Actor.STAFF if self.actor == Actor.ENGINEER else self.actor
        return types.Actor(actor).label
