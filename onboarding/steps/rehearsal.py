from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..evidence import Evidence
from ..models import Rehearsal
from . import rehearsal_parts
from .rehearsal_part import Part
from .types import Actor, Mismatch, State, Step, StepState, not_started


def tell(evidence: Evidence) -> StepState:
    rehearsal = evidence.rehearsal
    if rehearsal is None:
        return not_started(_("No test application has been sent yet."))
    parts = rehearsal_parts.needed(rehearsal_parts.progress(rehearsal, evidence))
    failed = next((part for part in parts if part.state == "failed"), None)
    if failed:
        return _needs_attention(failed, rehearsal)
    why = next((part.mismatch for part in parts if part.mismatch), None)
    if rehearsal_parts.went_the_whole_way(parts):
        return StepState(State.DONE, _whole_way(parts), parts[-1].at, mismatch=why)
    if evidence.rests:
        return _at_rest(evidence, rehearsal)
    return _under_way([part for part in parts if part.state == "waiting"], rehearsal, why)


def _needs_attention(part: Part, rehearsal: Rehearsal) -> StepState:
    says = _("%(part)s: %(why)s") % {"part": part.title, "why": part.says}
    return StepState(State.NEEDS_ATTENTION, says, rehearsal.started_at, part.actor, part.mismatch)


def _at_rest(evidence: Evidence, rehearsal: Rehearsal) -> StepState:
    """Whoever paused resumes."""
    actor = Actor.CUSTOMER if evidence.pause and evidence.pause.is_ours else Actor.STAFF
    says = _("It goes on once the connection is resumed.")
    return StepState(State.IN_PROGRESS, says, rehearsal.started_at, actor)


def _under_way(waiting: Sequence[Part], rehearsal: Rehearsal, why: Mismatch | None) -> StepState:
    """What is stuck and can be mended comes first, then the customer's own task."""
    stuck = next((it for it in waiting if it.mismatch and it.actor is not Actor.NOBODY), None)
    if stuck:
        return _needs_attention(stuck, rehearsal)
    task = next((part for part in waiting if part.actor is Actor.CUSTOMER), None)
    following = task or waiting[0]
    says = _("Next: %(task)s") % {"task": following.says}
    state = STATES.get(following.actor, State.CHECKING)
    return StepState(state, says, rehearsal.started_at, following.actor, why)


def _whole_way(parts: Sequence[Part]) -> str:
    unproved = [_("“%(part)s”") % {"part": part.title} for part in parts if part.state == "unprovable"]
    if not unproved:
        return _("A test application went the whole way.")
    return _("A test application went the whole way, except for what we may not read: %(parts)s.") % {
        "parts": ", ".join(unproved)
    }


STATES = {Actor.CUSTOMER: State.IN_PROGRESS, Actor.PROVIDER: State.WAITING}
STEP = Step(
    key="rehearsal",
    title=gettext_lazy("Rehearse with a test application"),
    hint=gettext_lazy("One test application goes the whole way, and you watch"),
    minutes=2,
    tell=tell,
)
