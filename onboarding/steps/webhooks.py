from django.contrib.humanize.templatetags.humanize import naturaltime

from webhooks import intake
from webhooks.models import RejectedRequest, WebhookEvent

from ..evidence import EndpointEvidence, Evidence, title_of
from .types import Actor, Mismatch, State, Step, StepState, not_started

WHERE = "Settings > Integrations and API > Webhooks"
ADMIN = "a Super Admin of your Lever account"
SWAP = "Press “Swap the two tokens”."
Reason = RejectedRequest.Reason


def tell(evidence: Evidence) -> StepState:
    needed = [it for it in evidence.endpoints if it.is_needed]
    wrong = next((it for it in needed if mismatch(it)), None)
    if wrong:
        return StepState(
            State.NEEDS_ATTENTION,
            f"What came for “{wrong.title}” is not right yet.",
            actor=Actor.CUSTOMER,
            mismatch=mismatch(wrong),
        )
    if all(it.is_proved for it in needed):
        latest = max(it.proved_at for it in needed if it.proved_at)
        return StepState(State.DONE, "Both webhooks deliver, correctly signed.", latest)
    if all(it.has_secret for it in needed):
        missing = " and ".join(f"“{it.title}”" for it in needed if not it.is_proved)
        says = f"Waiting for Lever's first delivery of {missing}; the rehearsal brings it, once switched on."
        return StepState(State.WAITING, says, actor=Actor.PROVIDER)
    if any(it.has_secret or it.is_proved or it.tested_at for it in needed):
        return StepState(State.IN_PROGRESS, "One webhook is still to be set up.", actor=Actor.CUSTOMER)
    return not_started("No webhook is set up yet.")


def mismatch(it: EndpointEvidence) -> Mismatch | None:
    """What is wrong with the latest request that proved nothing, unless a good one or a new token came after it."""
    good_at = max((at for at in (it.proved_at, it.tested_at) if at), default=None)
    rejected, put_aside = it.rejected, it.put_aside
    if rejected and put_aside and put_aside.received_at > rejected.received_at:
        rejected = None
    if rejected:
        is_over = good_at is not None and good_at > rejected.received_at
        return None if is_over else _of_rejected(it, rejected)
    if put_aside:
        is_over = good_at is not None and good_at > put_aside.received_at
        return None if is_over else _of_put_aside(it, put_aside)
    return None


def is_swapped(it: EndpointEvidence) -> bool:
    wrong = mismatch(it)
    return wrong is not None and wrong.path == SWAP


def _of_rejected(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch | None:
    came = f"a request {naturaltime(rejected.received_at)}, "
    signed = f"a delivery signed with the token of “{it.title}”"
    has_newer_token = it.secret_set_at is not None and it.secret_set_at > rejected.received_at
    if rejected.reason == Reason.NOT_A_WEBHOOK:
        return Mismatch(
            "a webhook of Lever", f"{came}that is none ({rejected.detail})", ADMIN, f"{WHERE}: check the URL."
        )
    if rejected.event_name not in {"", it.name}:
        return _wrong_url(it, rejected.event_name, came)
    if rejected.reason == Reason.UNSIGNED:
        return (
            None
            if has_newer_token
            else Mismatch(
                signed,
                f"{came}without a signature: no signature token was generated in Lever",
                ADMIN,
                f"{WHERE} > {it.title}: generate the signature token, then paste it here.",
            )
        )
    if rejected.reason == Reason.OTHER_EVENTS_TOKEN and not has_newer_token:
        return Mismatch(
            signed,
            f"{came}signed with the other event's token: the two tokens are swapped",
            "you, on this page",
            SWAP,
        )
    if not it.has_secret:
        return Mismatch(
            signed,
            f"{came}signed, but its token was not pasted here yet",
            "you, on this page",
            f"{WHERE} > {it.title}: copy the signature token.",
        )
    return Mismatch(
        signed,
        f"{came}signed with another token",
        "you, on this page",
        f"{WHERE} > {it.title}: copy the signature token again.",
    )


def _of_put_aside(it: EndpointEvidence, event: WebhookEvent) -> Mismatch | None:
    came = f"a delivery {naturaltime(event.received_at)}, "
    if event.kind != it.endpoint.event_kind:
        return _wrong_url(it, event.name, came)
    if event.received_at - event.triggered_at > intake.OLDEST:
        return Mismatch(
            f"a new delivery of “{it.title}”",
            f"{came}of something that happened {naturaltime(event.triggered_at)}: too old to count",
            ADMIN,
            "Move a candidate, or start the rehearsal.",
        )
    return None


def _wrong_url(it: EndpointEvidence, event_name: str, came: str) -> Mismatch:
    other = title_of(event_name)
    return Mismatch(
        f"“{it.title}” at this address",
        f"{came}of “{other}”: the URL of “{it.title}” was entered there",
        ADMIN,
        f"{WHERE} > {other}: enter its own URL from this page.",
    )


STEP = Step(
    key="webhooks",
    title="Switch on the webhooks",
    hint="Lever tells Appcast when an application arrives and when a candidate moves",
    minutes=4,
    tell=tell,
)
