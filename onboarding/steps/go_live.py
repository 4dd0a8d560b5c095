from tenants.models import Tenant

from ..evidence import Evidence
from .types import Actor, State, Step, StepState, not_started


def tell(evidence: Evidence) -> StepState:
    tenant = evidence.tenant
    if tenant.status == Tenant.Status.LIVE:
        return StepState(State.DONE, "Appcast is live with your jobs.", tenant.live_at)
    if tenant.status == Tenant.Status.PAUSED:
        return StepState(State.NEEDS_ATTENTION, "Customer Success has paused this.", actor=Actor.STAFF)
    if tenant.status == Tenant.Status.OFFBOARDED:
        return StepState(State.NEEDS_ATTENTION, "Your company is off-boarded.", actor=Actor.STAFF)
    if tenant.live_requested_at:
        return StepState(
            State.CHECKING, "Customer Success is having a last look.", tenant.live_requested_at, Actor.STAFF
        )
    return not_started("Asked for once the steps above are done.")


STEP = Step(
    key="go-live",
    title="Go live",
    hint="Appcast Customer Success approves, and your jobs go out",
    minutes=1,
    tell=tell,
)
