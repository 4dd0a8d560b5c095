from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import rehearsals
from ..evidence import Evidence
from .types import Actor, State, Step, StepState, not_started


def tell(evidence: Evidence) -> StepState:
    rehearsal = evidence.rehearsal
    if rehearsal is None:
        return not_started(_("No test application has been sent yet."))
    parts = rehearsals.needed(rehearsals.progress(rehearsal, evidence))
    failed = next((part for part in parts if part.state == "failed"), None)
    if failed:
        says = _("%(part)s: %(why)s") % {"part": failed.title, "why": failed.says}
        return StepState(State.NEEDS_ATTENTION, says, rehearsal.started_at, Actor.CUSTOMER)
    waiting = next((part for part in parts if part.state == "waiting"), None)
    if waiting is None:
        return StepState(State.DONE, _whole_way(parts), parts[-1].at)
    says = _("Next: %(part)s.") % {"part": waiting.title}
    if waiting.is_for_customer:
        return StepState(State.IN_PROGRESS, says, rehearsal.started_at, Actor.CUSTOMER)
    return StepState(State.CHECKING, says, rehearsal.started_at)


def _whole_way(parts: Sequence[rehearsals.Part]) -> str:
    unproved = [part.title.lower() for part in parts if part.state == "unprovable"]
    if not unproved:
        return _("A test application went the whole way.")
    return _("A test application went the whole way, except for what we may not read: %(parts)s.") % {
        "parts": ", ".join(unproved)
    }


STEP = Step(
    key="rehearsal",
    title=gettext_lazy("Rehearse with a test application"),
    hint=gettext_lazy("One test application goes the whole way, and you watch"),
    minutes=2,
    tell=tell,
)
