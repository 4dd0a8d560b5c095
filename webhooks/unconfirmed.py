"""Applications that Lever took and told nobody of: counted where we may not look into Lever ourselves."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from integrations.models import Delivery

# Lever tries a delivery five times, for some hours [I].
LEVER_MAY_TELL_FOR, CONFIRMATIONS_OF = timedelta(days=1), timedelta(days=7)
LEAST_MISSING, SHARE_MISSING = 3, 0.1


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """How many of one week's deliveries."""

    missing: int
    total: int


def look() -> Unconfirmed | None:
    """In the tenant's scope; few may be chance.

    Of an application without an id, as when a person said that it arrived, no webhook can be known to tell.
    """
    latest = timezone.now() - LEVER_MAY_TELL_FOR
    delivered = Delivery.objects.filter(
        status=Delivery.Status.DELIVERED, delivered_at__range=(latest - CONFIRMATIONS_OF, latest)
    ).exclude(application__external_id="")
    counts = delivered.aggregate(
        total=Count("pk"), missing=Count("pk", filter=Q(application__confirmed_at=None))
    )
    found = Unconfirmed(counts["missing"], counts["total"])
    is_many = found.missing >= LEAST_MISSING and found.missing >= SHARE_MISSING * found.total
    return found if is_many else None
