from integrations.types import Capability

from ..evidence import Evidence
from .types import Actor, Mismatch, State, Step, StepState, not_started


def tell(evidence: Evidence) -> StepState:
    connection = evidence.connection
    if connection is None:
        return not_started("Lever has not been authorized yet.")
    if not connection.is_active:
        return StepState(
            State.NEEDS_ATTENTION,
            "Lever no longer accepts our access.",
            connection.failing_since,
            Actor.CUSTOMER,
            Mismatch(
                expected="an authorization that works",
                received=connection.error_message or "it was withdrawn",
                who="a Super Admin of your Lever account",
                path="Press “Authorize Lever” on this page and accept the permissions.",
            ),
        )
    if Capability.DELIVER not in evidence.capabilities:
        return StepState(
            State.NEEDS_ATTENTION,
            "Permissions are missing without which Appcast Apply cannot work.",
            connection.authorized_at,
            Actor.CUSTOMER,
            Mismatch(
                expected="the permissions marked as needed on this page",
                received=", ".join(connection.scopes) or "none",
                who="a Super Admin of your Lever account",
                path="Press “Authorize Lever again” on this page and accept all permissions.",
            ),
        )
    if connection.proved_at is None:
        return StepState(State.CHECKING, "Trying the new access.", connection.authorized_at)
    account = f"{connection.site}, " if connection.site else ""
    return StepState(
        State.DONE,
        f"Lever answers to our access ({account}region {connection.region or 'global'}).",
        connection.proved_at,
    )


STEP = Step(
    key="authorize",
    title="Authorize Lever",
    hint="A Super Admin signs in to Lever and accepts the permissions",
    minutes=2,
    tell=tell,
)
