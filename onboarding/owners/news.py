"""What is due to one channel: problems of its person's tenants that are new, still there, or over."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from tenants.models import Tenant

from ..models import Channel, Problem, Told
from ..problems import SAME_WITHIN

# What goes within this time is not worth a message.
SETTLES_AFTER = timedelta(minutes=5)
# Between one telling and the next of what nobody has taken up; the last gap repeats.
GAPS = (timedelta(days=1), timedelta(days=3), timedelta(days=7))
Before = tuple[int, datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class News:
    """`before` is how each was told so far, should the message be refused."""

    new: Sequence[Problem]
    repeated: Sequence[Problem]
    over: Sequence[Problem]
    rows: Sequence[Told] = field(repr=False)
    before: Sequence[Before] = field(repr=False)

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.repeated or self.over)


def take(channel: Channel, now: datetime) -> News:
    """Across tenants. From here on it counts as told."""
    told = {it.problem_id: it for it in changeable(channel)}
    open_rows = list(_open(channel, now).select_related("tenant"))
    known = {pk for pk, it in told.items() if it.ended_at is None}
    new = [it for it in open_rows if it.pk not in known]
    repeated = [it for it in open_rows if it.pk in known and _is_due_again(told[it.pk], now)]
    over = list(_over(told, now).select_related("tenant"))
    rows = [
        told.get(it.pk) or Told(tenant_id=it.tenant_id, channel=channel, problem=it)
        for it in (*new, *repeated)
    ]
    ended = [told[it.pk] for it in over]
    before = [(it.count, it.last_at, it.ended_at) for it in (*rows, *ended)]
    for row in rows:
        row.count, row.last_at, row.ended_at = row.count + 1, now, None
        row.save()
    for row in ended:
        row.ended_at = now
        row.save()
    return News(new, repeated, over, [*rows, *ended], before)


def give_back(news: News) -> None:
    """Across tenants: as if it had not been taken."""
    for row, (count, last_at, ended_at) in zip(news.rows, news.before, strict=True):
        row.count, row.last_at, row.ended_at = count, last_at, ended_at
        row.save() if count else row.delete()


def changeable(channel: Channel) -> QuerySet[Told]:
    """All that may still change: what is over for both sides is history."""
    return Told.objects.filter(Q(ended_at=None) | Q(problem__resolved_at=None), channel=channel)


def _open(channel: Channel, now: datetime) -> QuerySet[Problem]:
    served = Tenant.objects.filter(owner=channel.user).exclude(status=Tenant.Status.OFFBOARDED)
    rows = Problem.objects.filter(tenant__in=served, status=Problem.Status.OPEN, resolved_at=None)
    return rows.filter(since__lt=now - SETTLES_AFTER).order_by("since")


def _is_due_again(told: Told, now: datetime) -> bool:
    gap = GAPS[min(told.count, len(GAPS)) - 1]
    return told.last_at is not None and now - told.last_at >= gap


def _over(told: dict[int, Told], now: datetime) -> QuerySet[Problem]:
    """Once it would not be the same any more, should it come back."""
    waiting = [pk for pk, it in told.items() if it.ended_at is None]
    is_over = Q(resolved_at__lt=now - SAME_WITHIN)
    return Problem.objects.filter(is_over, pk__in=waiting).order_by("resolved_at")
