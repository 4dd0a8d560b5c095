"""One run of a feed: fetched, read as it comes, compared, and kept, or held until a person has decided."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import Any

from django.db import connection as database
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from tenants.phrases import Phrase, counted
from tenants.scoping import tenant_scope

from ..errors import ConfigurationError, IntegrationError, RateLimitedError, TransientError
from ..models import Connection, Feed, FeedSync, Posting
from ..models.feeds import PERIOD
from ..providers import FetchedFeed, Provider, get_provider
from ..retry import next_delay
from ..types import FeedUrl, OfferedPosting
from . import comparisons, discoveries, feeds, outgoing, posting_rows, postings, work
from .postings import Change

# Shorter lists may lose more than their share unasked, but never all.
SMALL_LIST = 3
MOST_ATTEMPTS = 6
MOST_TITLES = 50
NOT_FOUND = "lever.feed_not_found"
SOON = timedelta(minutes=15)
SPREAD = 0.2
# The schedule looks once a minute for whose time has come.
A_MINUTE = timedelta(minutes=1)
TOLD_EVERY_SECONDS = 2
# A feed of which nothing changed is asked for hourly, by every tenant.
UNCHANGED = """
    WITH ended AS (
        UPDATE integrations_feedsync
        SET status = 'done', is_unchanged = TRUE, format = %(format)s, etag = %(etag)s,
            found = open.count, unchanged = open.count, finished_at = now(), next_attempt_at = NULL,
            leased_until = NULL, unfinished = 0, error_code = '', error_message = '', error_detail = ''
        FROM (SELECT count(*) FROM integrations_posting
              WHERE tenant_id = %(tenant)s AND closed_at IS NULL) open
        WHERE id = %(sync)s AND lease = %(lease)s
        RETURNING feed_id)
    UPDATE integrations_feed
    SET synced_at = now(), next_sync_at = now() + %(pause)s
    FROM ended WHERE id = feed_id
"""


@dataclass(frozen=True, slots=True)
class Run:
    """`sync` is leased, its feed as it was when the run began."""

    sync: FeedSync
    fetched: FetchedFeed

    @property
    def feed(self) -> Feed:
        return self.sync.feed

    @property
    def told(self) -> dict[str, Any]:
        return {
            "format": self.fetched.format,
            "etag": self.fetched.etag[:200],
            "warnings": self.fetched.warnings,
        }


def run(sync_id: int) -> None:
    begun = {"status": FeedSync.Status.RUNNING, "started_at": Coalesce("started_at", Now())}
    sync = work.claim(FeedSync, sync_id, "feed", **begun)
    if sync is None:
        return
    if work.is_worn_out(sync):
        with tenant_scope(sync.tenant_id):
            _end(sync, status=FeedSync.Status.FAILED, **work.WORN_OUT)
        return
    try:
        _sync(sync)
    except (TransientError, RateLimitedError) as error:
        _try_later(sync, error)
    except IntegrationError as error:
        _fail(sync, error)


def _sync(sync: FeedSync) -> None:
    if sync.feed.synced_at is None and _is_of_another(sync):
        discoveries.look_at_site(sync.tenant_id)
    fetched = _fetched(sync)
    running = Run(sync, fetched)
    if fetched.is_unchanged:
        _leave_unchanged(running)
        return
    with tenant_scope(sync.tenant_id):
        comparison = postings.compared()
    with comparison as change:
        for offered in _read(running, change):
            change.take(offered)
        _warn_of_doubles(running.fetched, change)
        _keep(running, change)


def _is_of_another(sync: FeedSync) -> bool:
    """Than the connected account's, as far as we know."""
    with tenant_scope(sync.tenant_id):
        connection = Connection.objects.first()
    return connection is not None and sync.feed.is_of_another(connection.site)


def _fetched(sync: FeedSync) -> FetchedFeed:
    feed, provider = sync.feed, get_provider(sync.feed.provider)
    try:
        return provider.fetch_feed(feed.url, "" if sync.may_close else feed.etag)
    except ConfigurationError as unknown:
        is_new = unknown.code == NOT_FOUND and feed.synced_at is None
        found = _found_elsewhere(provider, sync) if is_new else None
        if found is None:
            raise unknown
        other, fetched = found
        with tenant_scope(sync.tenant_id):
            work.note(sync)
            corrections = [*feed.corrections, *other.corrections]
            Feed.objects.filter(pk=feed.pk).update(url=other.url, corrections=corrections)
        return fetched


def _found_elsewhere(provider: Provider, sync: FeedSync) -> tuple[FeedUrl, FetchedFeed] | None:
    """Of a site that is asked for the first time nobody knows in which region it is, unless the account tells."""
    with tenant_scope(sync.tenant_id):
        account = Connection.objects.exclude(region="").exclude(site="").first()
    own = feeds.place_of(feeds.proposed(account)) if account else ""
    for other in provider.feeds_elsewhere(sync.feed.url):
        if own and own != feeds.place_of(other.url):
            continue  # of another company of that name
        with suppress(IntegrationError):
            return other, provider.fetch_feed(other.url, "")
    return None


def _read(running: Run, change: Change) -> Iterator[OfferedPosting]:
    """What was read so far is told every few seconds, which renews the lease too."""
    tell_at = time.monotonic() + TOLD_EVERY_SECONDS
    for offered in running.fetched:
        yield offered
        if time.monotonic() > tell_at:
            with tenant_scope(running.sync.tenant_id):
                work.note(running.sync, found=change.found)
            tell_at = time.monotonic() + TOLD_EVERY_SECONDS


def _warn_of_doubles(fetched: FetchedFeed, change: Change) -> None:
    if not fetched.has_begun_anew:
        fetched.warnings += [
            Phrase("“%(title)s” stands in the feed twice with one id; the first is used.", title=title)
            for title in change.doubles
        ]


def _leave_unchanged(running: Run) -> None:
    sync = running.sync
    values: dict[str, Any] = {
        **running.told,
        "sync": sync.pk,
        "lease": sync.lease,
        "tenant": sync.tenant_id,
        "pause": _spread(PERIOD),
    }
    with tenant_scope(sync.tenant_id), database.cursor() as cursor:
        cursor.execute(UNCHANGED, values)
        if not cursor.rowcount:
            raise work.LeaseLostError(f"sync {sync.pk}, lease {sync.lease}")


def _keep(running: Run, change: Change) -> None:
    sync = running.sync
    with tenant_scope(sync.tenant_id):
        work.note(sync)
        sync.refresh_from_db(fields=["may_close"])
        if _is_suspicious(running, change):
            _hold(running, change)
            return
        counts = posting_rows.apply(sync.tenant_id, change)
        _end(sync, status=FeedSync.Status.DONE, **running.told, **counts, **work.NO_ERROR)
        if running.feed.synced_at is None:
            outgoing.ask(sync.tenant_id)
        Feed.objects.filter(pk=sync.feed_id).update(etag=_etag(running, counts), synced_at=timezone.now())
        if sync.trigger != FeedSync.Trigger.SCHEDULE:
            comparisons.ask()


def _etag(running: Run, counts: dict[str, int]) -> str:
    """None while a job of the list was closed elsewhere meanwhile: an unchanged list would never open it again."""
    is_open = Posting.objects.filter(closed_at=None).count() == counts["found"]
    return str(running.told["etag"]) if is_open else ""


def _is_suspicious(running: Run, change: Change) -> bool:
    """The first list of an address may be another one, but hardly none. Who accepts a drop accepts none larger."""
    feed, missing = running.feed, len(change.missing)
    if missing <= running.sync.may_close:
        return False
    most = feed.largest_drop_percent * change.was_open / 100
    is_large = feed.synced_at is not None and change.was_open > SMALL_LIST and missing > most
    return is_large or not change.found


def _hold(running: Run, change: Change) -> None:
    counts = change.counts
    message = counted(
        "%(count)s open job is missing from the feed. It stays open until somebody looks.",
        "%(count)s open jobs are missing from the feed. They stay open until somebody looks.",
        counts["closed"],
    )
    _end(
        running.sync,
        status=FeedSync.Status.HELD,
        error_code="feed.large_drop",
        error_message=message,
        **running.told,
        **counts,
        missing=_titles(change),
        **_decided_before(running),
    )


def _titles(change: Change) -> list[str]:
    """Enough to tell whether they are closed indeed."""
    ids = postings.ids_of(change.missing)[:MOST_TITLES]
    return list(Posting.objects.filter(pk__in=ids).values_list("title", flat=True))


def _decided_before(running: Run) -> dict[str, object]:
    """Nobody is asked twice in a row about the same list."""
    before = FeedSync.objects.filter(feed=running.feed).exclude(finished_at=None).first()
    if before is None or before.decision != FeedSync.Decision.REJECTED:
        return {}
    if not running.fetched.is_told_apart or before.etag != running.told["etag"]:
        return {}
    return {name: getattr(before, name) for name in ("decision", "decided_by_id", "decided_at")}


def _try_later(sync: FeedSync, error: TransientError | RateLimitedError) -> None:
    if sync.attempts >= MOST_ATTEMPTS:
        _fail(sync, error)
        return
    asked = error.retry_after if isinstance(error, RateLimitedError) else None
    delay = asked or next_delay(sync.attempts, SystemRandom())
    with tenant_scope(sync.tenant_id):
        work.record(sync, next_attempt_at=work.after(delay), **work.failure(error))


def _fail(sync: FeedSync, error: IntegrationError) -> None:
    if error.code == NOT_FOUND:
        discoveries.look_at_site(sync.tenant_id)
    with tenant_scope(sync.tenant_id):
        _end(sync, status=FeedSync.Status.FAILED, **work.failure(error))


def _end(sync: FeedSync, **outcome: object) -> None:
    """A list that has just changed often changes again soon: somebody is at work on it."""
    work.record(sync, finished_at=timezone.now(), next_attempt_at=None, **outcome)
    has_changed = sync.status == FeedSync.Status.DONE and any(
        (sync.new, sync.changed, sync.closed, sync.reopened)
    )
    pause = _spread(SOON if has_changed else PERIOD)
    Feed.objects.filter(pk=sync.feed_id).update(next_sync_at=Now() + pause)


def _spread(pause: timedelta) -> timedelta:
    """No crowd of tenants stays one, and nobody's next sync begins later than that."""
    return (pause - A_MINUTE) * (1 - SPREAD * SystemRandom().random())
