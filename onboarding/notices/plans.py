"""When which notice is mailed: the one table."""

from dataclasses import dataclass
from datetime import timedelta

from tenants.models import Tenant

STALLED, WAITING_STEP, HANDED_BACK, STEP_DONE, ASKED_BACK, WENT_LIVE, DIGEST = (
    "setup.stalled",
    "setup.step",
    "setup.handed_back",
    "setup.step_done",
    "live.asked_back",
    "live.approved",
    "digest",
)
TOLD_IN = frozenset({Tenant.Status.ONBOARDING, Tenant.Status.LIVE})
ONE_LETTER_PER = timedelta(days=1)
# A cause that comes back sooner is told as if it had stayed.
FORGOTTEN_AFTER = timedelta(days=30)
# Whatever works again may break again at once: the good news waits so long.
WORKS_AGAIN_AFTER = timedelta(hours=1)
NEWS_FOR = timedelta(days=7)
TRIED_AGAIN_AFTER = timedelta(minutes=15)


def _days(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(days=number) for number in numbers)


@dataclass(frozen=True, slots=True)
class Plan:
    """`patience` passes before the first mail; then the gaps one after the other, of which the last repeats.

    The smallest `urgency` is named in the subject. An answer is waited for by who asked: its first mail does not wait
    for tomorrow. Nor does that of what is urgent, where applications wait meanwhile, but once a day. With `tells_end`,
    whoever was mailed of it is told once when it works again.
    """

    urgency: int
    patience: timedelta
    gaps: tuple[timedelta, ...]
    is_answer: bool = False
    is_urgent: bool = False
    tells_end: bool = False

    @property
    def is_told_once(self) -> bool:
        return not self.gaps

    def gap_after(self, sent: int) -> timedelta | None:
        return self.gaps[min(sent, len(self.gaps)) - 1] if self.gaps else None


AT_ONCE = timedelta(0)
REMINDERS = _days(1, 3, 7, 14, 30)
PLANS = {
    "connection.stopped": Plan(0, AT_ONCE, REMINDERS, is_urgent=True, tells_end=True),
    ASKED_BACK: Plan(1, AT_ONCE, REMINDERS, is_answer=True),
    WENT_LIVE: Plan(2, AT_ONCE, (), is_answer=True),
    HANDED_BACK: Plan(2, AT_ONCE, (), is_answer=True),
    STEP_DONE: Plan(5, AT_ONCE, ()),
    STALLED: Plan(4, timedelta(days=3), REMINDERS),
    WAITING_STEP: Plan(4, timedelta(days=3), REMINDERS),
    DIGEST: Plan(9, timedelta(days=7), _days(7)),
}
URGENT = frozenset(code for code, plan in PLANS.items() if plan.is_urgent)
# Read, and nothing to do: nobody is reminded of it.
NEWS = frozenset({DIGEST, *(code for code, plan in PLANS.items() if plan.is_told_once)})
# Every other problem that waits for the customer. Who sets up has the page before them, and is not reminded that day.
PROBLEM = Plan(3, timedelta(hours=2), REMINDERS, tells_end=True)
PROBLEM_OF_SETUP = Plan(3, timedelta(days=1), REMINDERS, tells_end=True)


def plan_of(code: str, *, is_live: bool) -> Plan:
    return PLANS.get(code) or (PROBLEM if is_live else PROBLEM_OF_SETUP)
