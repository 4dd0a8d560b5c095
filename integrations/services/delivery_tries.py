"""What is kept of each try of a delivery, once it has ended."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from ..models import Delivery, DeliveryAttempt
from . import work
from .delivery_outcomes import Outcome

UNKNOWN = {Delivery.Status.SENDING, Delivery.Status.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Try:
    """As it begins. What may have arrived is looked for, all else is sent."""

    started_at: datetime
    is_look: bool


def begin(delivery: Delivery) -> Try:
    return Try(timezone.now(), is_look=delivery.status in UNKNOWN)


def is_in_doubt(this: Try, outcome: Outcome) -> bool:
    """Held without having been found, nor believed absent: to send it once more may double it."""
    return this.is_look and outcome["status"] == Delivery.Status.HELD


def keep(this: Try, delivery: Delivery, outcome: Outcome, http_status: int | None) -> None:
    """In the tenant's scope, after the outcome is recorded."""
    has_left = delivery.sent_at is not None and delivery.sent_at >= this.started_at
    DeliveryAttempt.objects.create(
        tenant_id=delivery.tenant_id,
        delivery=delivery,
        number=delivery.attempts,
        started_at=this.started_at,
        finished_at=timezone.now(),
        outcome=delivery.status,
        is_look=this.is_look,
        manifest=delivery.manifest if has_left else {},
        http_status=http_status,
        **({name: outcome[name] for name in work.NO_ERROR} if "error_code" in outcome else {}),
    )
