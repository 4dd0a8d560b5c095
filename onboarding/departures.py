"""The worker's part of a leaving: switching off at Lever what we may, then waiting for the day of the erasure."""

from datetime import timedelta

from django.utils import timezone

from integrations.models import Connection
from integrations.services import connections, work
from tenants.scoping import tenant_scope

from . import erasure, lever_side
from .models import Departure

LOOKED_FOR = timedelta(hours=1)
LOOKED_EVERY = timedelta(minutes=1)
WORTH_ANOTHER_LOOK = {"accepted", "unknown"}


def run(departure_id: int) -> None:
    departure = work.claim(Departure, departure_id)
    if departure is None:
        return
    if departure.status == Departure.Status.CLOSING:
        _close(departure)
    else:
        erasure.erase(departure)


def _close(departure: Departure) -> None:
    """Our access is kept for an hour at most, to see whether it was revoked, and goes in any case."""
    seen = departure.seen
    if not work.is_worn_out(departure):
        seen |= lever_side.switched_off(departure.tenant) | lever_side.feed_seen(departure.tenant)
    is_over = departure.ended_at is None or timezone.now() > departure.ended_at + LOOKED_FOR
    with tenant_scope(departure.tenant_id):
        if seen.get("access") in WORTH_ANOTHER_LOOK and not (is_over or work.is_worn_out(departure)):
            work.record(departure, seen=seen, next_attempt_at=work.after(LOOKED_EVERY))
            return
        for connection in Connection.objects.exclude(status=Connection.Status.DISCONNECTED):
            connections.disconnect(connection, departure.by or "portal")
        work.record(departure, status=Departure.Status.ENDED, seen=seen, next_attempt_at=departure.erase_at)
