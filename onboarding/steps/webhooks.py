from django.utils.timesince import timesince

from webhooks.models import RejectedRequest

from ..evidence import EndpointEvidence, Evidence
from .types import Actor, Mismatch, State, Step, StepState, not_started

WHERE = "Settings > Integrations and API > Webhooks"
Reason = RejectedRequest.Reason


def tell(evidence: Evidence) -> StepState:
    needed = [it for it in evidence.endpoints if it.is_needed]
    wrong = next((it for it in needed if mismatch(it)), None)
    if wrong and wrong.rejected:
        return StepState(
            State.NEEDS_ATTENTION,
            f"“{wrong.name}”: {wrong.rejected.get_reason_display()}.",
            wrong.rejected.received_at,
            Actor.CUSTOMER,
            mismatch(wrong),
        )
    if all(it.is_proved for it in needed):
        latest = max(it.proved_at for it in needed if it.proved_at)
        return StepState(State.DONE, "Both webhooks deliver, correctly signed.", latest)
    if all(it.has_secret for it in needed):
        missing = ", ".join(f"“{it.name}”" for it in needed if not it.is_proved)
        return StepState(State.WAITING, f"Waiting for the first delivery of {missing}.", actor=Actor.PROVIDER)
    if any(it.has_secret or it.is_proved or it.tested_at for it in needed):
        return StepState(State.IN_PROGRESS, "One webhook is still to be set up.", actor=Actor.CUSTOMER)
    return not_started("No webhook is set up yet.")


def mismatch(it: EndpointEvidence) -> Mismatch | None:
    """What is wrong with the latest request, unless a good one came after it."""
    rejected = it.rejected
    if rejected is None or (it.proved_at and it.proved_at > rejected.received_at):
        return None
    came = f"a request {timesince(rejected.received_at)} ago, "
    who, signed = "a Super Admin of your Lever account", f"a delivery signed with the token of “{it.name}”"
    match rejected.reason:
        case Reason.UNSIGNED:
            return Mismatch(
                signed,
                f"{came}without a signature: no signature token was generated in Lever",
                who,
                f"{WHERE} > {it.name}: generate the signature token, then paste it here.",
            )
        case Reason.OTHER_EVENTS_TOKEN:
            return Mismatch(
                signed,
                f"{came}signed with the other event's token: the two tokens are swapped",
                "you, on this page",
                "Press “Swap the two tokens”.",
            )
        case Reason.NO_TOKEN_YET:
            return Mismatch(
                signed,
                f"{came}signed, but its token was not pasted here yet",
                "you, on this page",
                f"{WHERE} > {it.name}: copy the signature token.",
            )
        case Reason.WRONG_SIGNATURE:
            return Mismatch(
                signed,
                f"{came}signed with another token",
                "you, on this page",
                f"{WHERE} > {it.name}: copy the signature token again.",
            )
    return Mismatch(
        "a webhook of Lever", f"{came}that is none ({rejected.detail})", who, f"{WHERE}: check the URL."
    )


STEP = Step(
    key="webhooks",
    title="Switch on the webhooks",
    hint="Lever tells Appcast when an application arrives and when a candidate moves",
    minutes=4,
    tell=tell,
)
