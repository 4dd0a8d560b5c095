"""The worker's part of a leaving: switching off at Lever what we may, then waiting for the day of the erasure."""

from integrations.models import Connection
from integrations.services import connections, work
from tenants.scoping import tenant_scope

from . import erasure, lever_side
from .models import Departure


def run(departure_id: int) -> None:
    departure = work.claim(Departure, departure_id)
    if departure is None:
        return
    if departure.status == Departure.Status.CLOSING:
        _close(departure)
    else:
        erasure.erase(departure)


def _close(departure: Departure) -> None:
    """Our access goes in any case: what could not be switched off by it, the customer switches off."""
    seen: lever_side.Seen = {}
    if not work.is_worn_out(departure):
        seen = {**lever_side.switched_off(departure.tenant), **lever_side.feed_seen(departure.tenant)}
    with tenant_scope(departure.tenant_id):
        for connection in Connection.objects.exclude(status=Connection.Status.DISCONNECTED):
            connections.disconnect(connection, departure.by or "portal")
        work.record(departure, status=Departure.Status.ENDED, seen=seen, next_attempt_at=departure.erase_at)
