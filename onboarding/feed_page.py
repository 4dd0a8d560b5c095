"""What the step of the feed shows beside its state: the first jobs, the counts over time, what boards refuse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from integrations.appcast.feed import FeedJob, places_of
from integrations.appcast.markup import text_of
from integrations.models import FeedComparison, FeedSync, OutgoingFeed, Posting
from integrations.services.comparisons import Why
from integrations.services.publishing import job_of
from tenants.models import Tenant
from tenants.phrases import Phrase

SAMPLES, FINDINGS, POINTS, FEWEST_DAYS, TITLES = 3, 10, 30, 3, 5
TEASER = 160
COLUMN, BAR, HEIGHT, SHORTEST = 10, 7, 60, 1


@dataclass(frozen=True, slots=True)
class Sample:
    """A job as a board shows it."""

    job: FeedJob
    places: Sequence[str]
    teaser: str


@dataclass(frozen=True, slots=True)
class Point:
    at: datetime
    found: int
    new: int
    closed: int
    x: int
    height: int

    @property
    def y(self) -> int:
        return HEIGHT - self.height


@dataclass(frozen=True, slots=True)
class History:
    """The last sync of each day, or while there are few days each sync; the oldest first."""

    points: Sequence[Point]
    is_by_day: bool

    @property
    def width(self) -> int:
        return COLUMN * len(self.points)

    @property
    def height(self) -> int:
        return HEIGHT

    @property
    def fewest(self) -> int:
        return min(it.found for it in self.points)

    @property
    def most(self) -> int:
        return max(it.found for it in self.points)


@dataclass(frozen=True, slots=True)
class Told:
    """A job of which something is to be said: that boards may refuse it, and why, or what is odd in it."""

    title: str
    url: str
    says: Sequence[Phrase]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some jobs are in one list and not in the other."""

    says: str
    count: int
    titles: Sequence[str]


@dataclass(frozen=True, slots=True)
class Differences:
    """Between Lever's API, the feed and what we publish, where a job counts once for each place."""

    in_lever: int
    in_feed: int
    published: int
    read_at: datetime | None
    reasons: Sequence[Reason]


WHY = {
    Why.UNEXPLAINED: _("We do not know why"),
    Why.NEW: _("Changed in Lever since the feed was read"),
    Why.CLOSED: _("Closed in Lever since the feed was read"),
    Why.GONE: _("No longer shown to us by Lever: deleted, or confidential"),
    Why.FILTERED: _("Left out by a filter in the feed's address"),
    Why.INTERNAL: _("Published internally only"),
    Why.UNLISTED: _("Unlisted in Lever"),
    Why.CONFIDENTIAL: _("Confidential in Lever"),
}


def samples(tenant: Tenant) -> list[Sample]:
    """In the tenant's scope, like all of these."""
    rows = Posting.objects.filter(closed_at=None).select_related("form_check")[:SAMPLES]
    return [_sample(job_of(row, tenant.name)) for row in rows]


def history() -> History | None:
    done = FeedSync.objects.filter(status=FeedSync.Status.DONE)
    by_day = done.annotate(day=TruncDate("finished_at")).order_by("-day", "-pk").distinct("day")[:POINTS]
    rows: list[FeedSync] = [*by_day]
    is_by_day = len(rows) >= FEWEST_DAYS
    rows = rows if is_by_day else list(done[:POINTS])
    most = max((it.found for it in rows), default=0) or 1
    points = [_point(number, it, most) for number, it in enumerate(reversed(rows))]
    return History(points, is_by_day) if len(points) > 1 else None


def findings() -> dict[str, object]:
    """What job boards may refuse, and what is odd: how many jobs, and the first of them."""
    published = OutgoingFeed.objects.first()
    refusable: Mapping[str, Any] = published.findings if published else {}
    odd: Mapping[str, Any] = refusable.get("odd", {})
    return {
        "refusable": _first_of(refusable),
        "refusable_count": published.refusable if published else 0,
        "odd": _first_of(odd),
        "odd_count": odd.get("count", 0),
    }


def _first_of(listed: Mapping[str, Any]) -> list[Told]:
    return [
        Told(it["title"], it["url"], [Phrase.parse(says) for says in it["says"]])
        for it in listed.get("jobs", [])[:FINDINGS]
    ]


def differences() -> Differences | None:
    """None where they could not be compared yet."""
    comparison = FeedComparison.objects.exclude(read_at=None).exclude(counts__isnull=True).first()
    if comparison is None or not (comparison.in_ats or comparison.in_feed):
        return None
    published = OutgoingFeed.objects.first()
    counts: Mapping[str, int] = comparison.counts or {}
    reasons = [
        Reason(str(label), count, [it["title"] for it in comparison.differences if it["why"] == why][:TITLES])
        for why, label in WHY.items()
        if (count := counts.get(why))
    ]
    jobs = published.jobs if published else 0
    return Differences(comparison.in_ats, comparison.in_feed, jobs, comparison.read_at, reasons)


def _sample(job: FeedJob) -> Sample:
    text = text_of(job.body_html)
    teaser = text if len(text) <= TEASER else f"{text[:TEASER].rsplit(' ', 1)[0]} …"
    return Sample(job, places_of(job), teaser)


def _point(number: int, sync: FeedSync, most: int) -> Point:
    """A list without any keeps a line, so that it is seen to be counted."""
    height = max(round(sync.found * HEIGHT / most), SHORTEST)
    at = sync.finished_at or sync.created_at
    return Point(at, sync.found, sync.new, sync.closed, number * COLUMN + (COLUMN - BAR) // 2, height)
