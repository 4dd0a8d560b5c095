"""How a try of a delivery ends, as what is written to its row."""

from datetime import timedelta
from random import SystemRandom
from typing import Any

from django.utils import timezone

from tenants.phrases import Phrase

from ..errors import (
    AuthorizationError,
    ConfigurationError,
    IntegrationError,
    RateLimitedError,
    RejectedError,
    TransientError,
    UnconfirmedError,
)
from ..models import Delivery
from ..retry import next_delay
from . import pace, work

LOOK_AGAIN_AFTER = timedelta(seconds=60)
LOOKS_UNTIL_ABSENT = 2
ID_IS_LOOKED_FOR, LOOK_DAILY = timedelta(days=14), timedelta(days=1)
WAIT_FOR_GRANT = timedelta(minutes=15)
RESTING = {Delivery.Status.HELD, Delivery.Status.REJECTED}

Outcome = dict[str, Any]
# Its own pace, or what the ATS asks for: it is not in trouble.
MERELY_LATER = {"", pace.QUEUED, "lever.rate_limited"}


def is_well(error: IntegrationError) -> bool | None:
    """Whether the ATS does its part, as far as this error tells: a refusal is an answer."""
    match error:
        case TransientError() | UnconfirmedError():
            return False
        case RejectedError():
            return True
    return None


def is_trouble(delivery: Delivery) -> bool:
    """The try that has just been recorded failed by the other side, or by the way there."""
    has_failed = delivery.status in (Delivery.Status.RETRY_WAIT, Delivery.Status.UNKNOWN)
    return has_failed and delivery.error_code not in MERELY_LATER


def delivered(external_id: str) -> Outcome:
    """Without its id no event in the ATS is known for its own: then that is looked for."""
    return {
        "status": Delivery.Status.DELIVERED,
        "next_attempt_at": None if external_id else work.after(LOOK_AGAIN_AFTER),
        "delivered_at": timezone.now(),
        "external_id": external_id,
        **work.NO_ERROR,
    }


def unnamed(delivery: Delivery) -> Outcome:
    """It is delivered and its id is not found: looked for less and less often, and not for ever."""
    since = timezone.now() - (delivery.delivered_at or timezone.now())
    pause = min(max(since, LOOK_AGAIN_AFTER), LOOK_DAILY)
    return {"next_attempt_at": work.after(pause) if since < ID_IS_LOOKED_FOR else None}


def held(code: str, message: str | Phrase) -> Outcome:
    return {
        "status": Delivery.Status.HELD,
        "next_attempt_at": None,
        "error_code": code[:60],
        "error_message": Phrase.of(message),
        "error_detail": "",
    }


def crashed(*, may_have_arrived: bool) -> Outcome:
    says = (
        Phrase("This delivery broke our worker several times. It may have arrived in Lever.")
        if may_have_arrived
        else Phrase("This delivery broke our worker several times.")
    )
    return held("delivery.crashes", says)


def erased() -> Outcome:
    """There is nothing left to send, nor to look for."""
    return {
        "status": Delivery.Status.REJECTED,
        "next_attempt_at": None,
        "error_code": "application.erased",
        "error_message": Phrase("The personal data of this application were erased before it was delivered."),
        "error_detail": "",
    }


def unknown() -> Outcome:
    """Nobody can tell yet: look again."""
    return {"status": Delivery.Status.UNKNOWN, "next_attempt_at": work.after(LOOK_AGAIN_AFTER)}


def not_found(looks: int) -> Outcome:
    """Absence is believed after looks that lie apart; then it is sent once more."""
    seen = {"looked_at": timezone.now(), **work.NO_ERROR}
    if looks < LOOKS_UNTIL_ABSENT:
        return {**unknown(), "looks": looks, **seen}
    return {
        "status": Delivery.Status.RETRY_WAIT,
        "looks": 0,
        "next_attempt_at": work.after(timedelta()),
        **seen,
    }


def of_failed_look(delivery: Delivery, error: IntegrationError) -> Outcome:
    """While looking fails, it stays unknown: never a blind second send."""
    if isinstance(error, ConfigurationError):
        return {"status": Delivery.Status.HELD, "next_attempt_at": None, **_failure(error)}
    delay = max(next_delay(delivery.attempts, SystemRandom()), LOOK_AGAIN_AFTER)
    return {
        "status": Delivery.Status.UNKNOWN,
        "next_attempt_at": work.after(delay),
        **_failure(error),
    }


def of_failed_send(delivery: Delivery, error: IntegrationError) -> Outcome:
    """One reaction for each of the six errors. What the settings forbid is held, for it can be mended."""
    delay = next_delay(delivery.attempts, SystemRandom())
    status, wait = Delivery.Status.RETRY_WAIT, delay
    match error:
        case UnconfirmedError():
            status, wait = Delivery.Status.UNKNOWN, LOOK_AGAIN_AFTER
        case RateLimitedError():
            wait = max(error.retry_after or delay, pace.POSTS.pitch)
            if error.code != pace.QUEUED:
                pace.slow_down(delivery.tenant_id, wait)
        case AuthorizationError():
            wait = WAIT_FOR_GRANT
        case ConfigurationError():
            status = Delivery.Status.HELD
        case RejectedError():
            status = Delivery.Status.REJECTED
    return {
        "status": status,
        "next_attempt_at": None if status in RESTING else work.after(wait),
        **_failure(error),
    }


def _failure(error: IntegrationError) -> Outcome:
    """`http_status` is the try's, not the row's."""
    return {**work.failure(error), "http_status": error.http_status}
