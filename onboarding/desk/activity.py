"""How often each event of one tenant came on each of the last days."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from integrations.types import EventKind
from tenants.models import Tenant
from webhooks.models import WebhookEndpoint

from ..health.counting import DAYS
from ..pictures import Column, columns

Bars = Sequence[Column[str]]


def since() -> datetime:
    """The first midnight of the days that are shown."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=DAYS - 1)


def of_endpoints(tenant: Tenant) -> Mapping[int, Bars]:
    """By endpoint, in one statement; tests are no activity."""
    first = since()
    dates = [first.date() + timedelta(days=day) for day in range(DAYS)]
    is_recent = Q(events__received_at__gte=first) & ~Q(events__kind=EventKind.TEST)
    endpoints = WebhookEndpoint.objects.filter(tenant=tenant).order_by()
    counted = endpoints.filter(is_recent).values_list("pk", TruncDate("events__received_at", tzinfo=UTC))
    by_endpoint: dict[int, dict[date, int]] = {}
    for endpoint, day, count in counted.annotate(count=Count("events")):
        by_endpoint.setdefault(endpoint, {})[day] = count
    return {
        endpoint: columns([(f"{it:%-d %b}", counts.get(it, 0)) for it in dates])
        for endpoint, counts in by_endpoint.items()
    }
