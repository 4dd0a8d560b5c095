"""What Lever's own list of webhooks, as last read, tells of ours: gone, leading elsewhere, or without applicants.

Whether an event is switched on is not in that list; its silence tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import F

from integrations.models import WebhookReading
from integrations.services import grants, webhook_readings
from integrations.services.webhook_readings import Listed
from integrations.types import Capability

from . import endpoints
from .models import SigningSecret, WebhookEndpoint, WebhookEvent


class Change(StrEnum):
    REMOVED = "removed"
    MOVED = "moved"
    NARROWED = "narrowed"


@dataclass(frozen=True, slots=True)
class Drift:
    """`host` is where a moved one leads now."""

    change: Change
    seen_at: datetime
    host: str = ""


def of_tenant(ended_at: datetime | None = None) -> dict[int, Drift]:
    """By endpoint, in the tenant's scope. What came after the reading may say more than it.

    What was set up before the connection ended is not missed.
    """
    reading = WebhookReading.objects.select_related("connection").exclude(read_at=None).first()
    if reading is None or reading.read_at is None:
        return {}
    if Capability.READ_WEBHOOKS not in grants.capabilities(reading.connection):
        return {}
    listed = webhook_readings.listed(reading)
    found = {it: of_endpoint(it, listed, reading.read_at) for it in WebhookEndpoint.objects.all()}
    return {
        endpoint.pk: drift
        for endpoint, drift in found.items()
        if drift
        and _was_set_up(endpoint, ended_at)
        and not _is_mended(endpoint, drift.change, since=reading.read_at)
    }


def of_endpoint(endpoint: WebhookEndpoint, listed: Sequence[Listed], seen_at: datetime) -> Drift | None:
    name, address = endpoints.event_name(endpoint), webhook_readings.hash_of(endpoints.url_of(endpoint))
    of_event = [it for it in listed if it.event_name == name]
    ours = [it for it in of_event if it.addresses[:1] == [address]]
    if ours:
        is_whole = any(it.covers_applicants for it in ours)
        return None if is_whole else Drift(Change.NARROWED, seen_at)
    for it in of_event:
        if it.external_id == endpoint.external_id or address in it.addresses:
            return Drift(Change.MOVED, seen_at, it.host)
    return Drift(Change.REMOVED, seen_at)


def _was_set_up(endpoint: WebhookEndpoint, ended_at: datetime | None) -> bool:
    came = WebhookEvent.objects.filter(endpoint=endpoint)
    present = came.filter(received_at__gt=ended_at) if ended_at else came
    return bool(endpoint.external_id) or present.exists()


def _is_mended(endpoint: WebhookEndpoint, change: Change, since: datetime) -> bool:
    """By a delivery or a new token. What still comes says nothing of what is left out: only one made anew does."""
    came = WebhookEvent.objects.filter(
        endpoint=endpoint, kind=F("endpoint__event_kind"), received_at__gt=since
    ).exclude(status=WebhookEvent.Status.QUARANTINED)
    tokens = SigningSecret.objects.filter(endpoint=endpoint, withdrawn_at=None, created_at__gt=since)
    if change is Change.NARROWED:
        return bool(endpoint.external_id) and tokens.exists()
    return came.exists() or tokens.exists()
