from integrations.types import Capability

from .. import rehearsals
from ..evidence import Evidence
from .types import Actor, State, Step, StepState, not_started


def tell(evidence: Evidence) -> StepState:
    rehearsal = evidence.rehearsal
    if rehearsal is None:
        return not_started("No test application has been sent yet.")
    can_read = Capability.READ_OPPORTUNITIES in evidence.capabilities
    parts = rehearsals.progress(rehearsal, can_read=can_read)
    failed = next((part for part in parts if part.state == "failed"), None)
    if failed:
        return StepState(
            State.NEEDS_ATTENTION, f"{failed.title}: {failed.says}", rehearsal.started_at, Actor.CUSTOMER
        )
    waiting = next((part for part in parts if part.state == "waiting"), None)
    if waiting is None:
        unproved = [part.title.lower() for part in parts if part.state == "unprovable"]
        but = f", except for what we may not read: {', '.join(unproved)}" if unproved else ""
        return StepState(State.DONE, f"A test application went the whole way{but}.", parts[-1].at)
    if waiting.is_for_customer:
        return StepState(State.IN_PROGRESS, f"Next: {waiting.title}.", rehearsal.started_at, Actor.CUSTOMER)
    return StepState(State.CHECKING, f"Next: {waiting.title}.", rehearsal.started_at)


STEP = Step(
    key="rehearsal",
    title="Rehearse with a test application",
    hint="One test application goes the whole way, and you watch",
    minutes=2,
    tell=tell,
)
