"""How old the tenants' feeds are, and how long it took each to go live: each in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Now

from integrations.models import Feed
from tenants.models import Tenant

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NONE = timedelta(0)
# What a span is called, and where it ends; the last has no end.
FEED_SPANS = (("1 h", HOUR), ("2 h", 2 * HOUR), ("6 h", 6 * HOUR), ("1 d", DAY), ("7 d", 7 * DAY))
LIVE_SPANS = (("1 d", DAY), ("3 d", 3 * DAY), ("1 w", 7 * DAY), ("2 w", 14 * DAY), ("4 w", 28 * DAY))
LONGEST = timedelta(days=100_000)


class Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Spread:
    """`median` is None where nothing has an age yet."""

    spans: Sequence[tuple[str, int]]
    median: timedelta | None


def of_feeds() -> Spread:
    """Across tenants: since the last good sync of those that are served."""
    feeds = Feed.objects.exclude(tenant__status=Tenant.Status.OFFBOARDED).exclude(synced_at=None)
    return _spread(feeds, Now() - F("synced_at"), FEED_SPANS)


def of_going_live() -> Spread:
    """Across tenants: from the day that each was added."""
    return _spread(Tenant.objects.exclude(live_at=None), F("live_at") - F("created_at"), LIVE_SPANS)


def _spread(rows: QuerySet[Any], age: Any, spans: Sequence[tuple[str, timedelta]]) -> Spread:
    ends = [NONE, *(end for _, end in spans), LONGEST]
    names = [f"under {name}" for name, _ in spans] + [f"over {spans[-1][0]}"]
    counts = {
        name: Count("pk", filter=Q(age__gte=start, age__lt=end))
        for name, (start, end) in zip(names, pairwise(ends), strict=True)
    }
    aged = rows.annotate(age=ExpressionWrapper(age, output_field=DurationField())).filter(age__gte=NONE)
    told = aged.aggregate(median=Median("age"), **{f"span_{i}": it for i, it in enumerate(counts.values())})
    return Spread([(name, told[f"span_{i}"]) for i, name in enumerate(names)], told["median"])
