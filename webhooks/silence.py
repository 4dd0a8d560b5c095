"""Expected events that stopped, measured by each event's own past: a function of what is stored and the time.

The clock stands still at weekends. The usual pause of an event is its longest one, but for the rare. The thresholds
stand in the runbook; they were chosen by playing companies whose events come by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.db.models import F
from django.db.models.functions import TruncHour

from integrations.types import EventKind

from .models import WebhookEndpoint, WebhookEvent

HISTORY = timedelta(weeks=12)
LEAST_SPAN, LEAST_DAYS = timedelta(weeks=4), 8
FACTOR = 4
# Of all pauses, and of the time that they took.
RARE, RARE_TIME = 1 / 10, 1 / 7
# With the factor, one whole day off never counts, and two where recruiters make the events: see the tests.
SHORTEST, SHORTEST_OF_APPLICANTS = timedelta(hours=72), timedelta(hours=36)
A_MONDAY = datetime(2001, 1, 1, tzinfo=UTC)
WEEK, WEEKDAYS = timedelta(weeks=1), timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing came after `since`; the pauses before were at most `usual` on weekdays."""

    since: datetime
    usual: timedelta

    @property
    def usual_hours(self) -> int:
        return max(round(self.usual.total_seconds() / 3600), 1)


def of_endpoint(endpoint: WebhookEndpoint, last_at: datetime, now: datetime) -> Silence | None:
    """In the tenant's scope; `last_at` is when its event came last. While events come, no history is read."""
    shortest = shortest_for(EventKind(endpoint.event_kind))
    if weekday_time(now) - weekday_time(last_at) <= shortest:
        return None
    return judge([*_hours_before(endpoint, last_at), last_at], now, shortest)


def shortest_for(kind: EventKind) -> timedelta:
    """Candidates apply on holidays too; whatever else happens to them needs a recruiter at work."""
    return SHORTEST_OF_APPLICANTS if kind is EventKind.APPLICATION_CREATED else SHORTEST


def judge(arrivals: Sequence[datetime], now: datetime, shortest: timedelta) -> Silence | None:
    """Whether nothing since the last of these, the oldest first, is more than this event's pauses explain."""
    if not _is_enough(arrivals):
        return None
    last, usual = arrivals[-1], usual_pause(arrivals)
    is_silent = weekday_time(now) - weekday_time(last) > max(FACTOR * usual, shortest)
    return Silence(last, usual) if is_silent else None


def usual_pause(arrivals: Sequence[datetime]) -> timedelta:
    """Few pauses were longer, and they took little of the time: a holiday, say, or an earlier silence."""
    times = [weekday_time(it) for it in arrivals]
    pauses = sorted((after - before for before, after in pairwise(times)), reverse=True)
    passed_over, limit = timedelta(), RARE_TIME * (times[-1] - times[0])
    for pause in pauses[: int(RARE * len(pauses))]:
        if passed_over + pause > limit:
            return pause
        passed_over += pause
    return pauses[int(RARE * len(pauses))]


def weekday_time(at: datetime) -> timedelta:
    """How far a clock had come that stands still from Saturday to Sunday, in UTC."""
    weeks, rest = divmod(at - A_MONDAY, WEEK)
    return weeks * WEEKDAYS + min(rest, WEEKDAYS)


def _is_enough(arrivals: Sequence[datetime]) -> bool:
    return arrivals[-1] - arrivals[0] >= LEAST_SPAN and len({it.date() for it in arrivals}) >= LEAST_DAYS


def _hours_before(endpoint: WebhookEndpoint, last_at: datetime) -> list[datetime]:
    """The hours in which its event came, of the weeks before the last: the past stays as it is while nothing comes."""
    came = WebhookEvent.objects.filter(
        endpoint=endpoint,
        kind=F("endpoint__event_kind"),
        received_at__gt=last_at - HISTORY,
        received_at__lt=last_at,
    ).exclude(status=WebhookEvent.Status.QUARANTINED)
    hours = came.annotate(hour=TruncHour("received_at", tzinfo=UTC)).order_by("hour")
    return list(hours.values_list("hour", flat=True).distinct())
