"""A tenant's feed: where it is, and its syncs, each a row. The last good list stays until a better one came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom

from django.db.models import F
from django.utils import timezone

from tenants import audit
from tenants.models import Tenant, User
from tenants.phrases import counted
from tenants.scoping import across_tenants, tenant_scope

from ..errors import ConfigurationError, IntegrationError, RateLimitedError, TransientError
from ..models import Connection, Feed, FeedSync, Posting
from ..models.feeds import PERIOD
from ..providers import FetchedFeed, get_provider
from ..retry import next_delay
from ..types import Account, FeedUrl, PostingRecord
from . import bell, grants, locks, postings, work

# A sync that would close more than this share of the open jobs waits for a person; so does one that finds none.
LARGEST_DROP = 0.3
SMALL_LIST = 3
MOST_ATTEMPTS = 6
SPREAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Downloaded:
    feed: FetchedFeed
    records: Sequence[PostingRecord]


def understand(pasted: str, provider: str = "lever") -> FeedUrl:
    """Raises ConfigurationError with what was expected, what came and what to do."""
    return get_provider(provider).understand_feed_url(pasted)


def proposed(connection: Connection) -> str:
    """The feed's address as the account tells it; "" when it does not."""
    account = Account(site=connection.site, region=connection.region)
    try:
        return get_provider(connection.provider).feed_url(account)
    except ConfigurationError:
        return ""


def confirm(tenant: Tenant, understood: FeedUrl, by: User) -> FeedSync:
    """Keep the address and look at once what is there. Another address than before starts a list of its own."""
    with tenant_scope(tenant.pk):
        locks.take_until_commit(f"feed:{tenant.pk}")
        feed = Feed.objects.select_for_update().first() or Feed(tenant=tenant)
        if feed.url != understood.url:
            feed.etag, feed.synced_at, feed.kept_beside = "", None, ""
            _give_up_running(feed)
        feed.url, feed.site, feed.corrections = understood.url, understood.site, list(understood.corrections)
        feed.confirmed_by, feed.confirmed_at = by, timezone.now()
        feed.save()
        audit.record("feed.confirmed", feed, tenant_id=tenant.pk, actor=by, url=feed.url)
        return start_sync(feed, FeedSync.Trigger.CUSTOMER)


def keep(tenant: Tenant, by: User) -> None:
    """The feed of another site than the connected account's is right: a company may have several."""
    with tenant_scope(tenant.pk):
        feed, connection = Feed.objects.select_for_update().first(), Connection.objects.first()
        if feed and connection and feed.is_of_another(connection.site):
            feed.kept_beside = connection.site
            feed.save(update_fields=["kept_beside"])
            audit.record(
                "feed.kept", feed, tenant_id=tenant.pk, actor=by, site=feed.site, account=connection.site
            )


def start_sync(feed: Feed, trigger: FeedSync.Trigger, *, is_drop_accepted: bool = False) -> FeedSync:
    """A new sync, or the one that is under way: there is one at a time."""
    with tenant_scope(feed.tenant_id):
        sync, is_new = FeedSync.objects.get_or_create(
            feed=feed,
            finished_at=None,
            defaults={
                "tenant_id": feed.tenant_id,
                "trigger": trigger,
                "is_drop_accepted": is_drop_accepted,
                "next_attempt_at": timezone.now(),
            },
        )
        if is_new:
            bell.ring(sync)
        elif is_drop_accepted:
            FeedSync.objects.filter(pk=sync.pk).update(is_drop_accepted=True)
    return sync


def is_read_as_json() -> bool:
    """In the tenant's scope: the last list was had in place of the XML that Lever did not give."""
    last = FeedSync.objects.filter(status=FeedSync.Status.DONE).first()
    return last is not None and last.format == "json"


def accept_drop(held: FeedSync, by: User) -> FeedSync:
    """A person looked at what the sync would close, and it is right."""
    with tenant_scope(held.tenant_id):
        audit.record("feed.drop_accepted", held, tenant_id=held.tenant_id, actor=by, closed=held.closed)
        return start_sync(held.feed, FeedSync.Trigger.STAFF, is_drop_accepted=True)


def schedule() -> None:
    """Start the syncs whose time has come; two schedulers do no harm, for both must find the time unchanged.

    The feed is public: it goes on while the customer must authorize again, and ends with the connection.
    """
    now = timezone.now()
    with across_tenants("the schedule of all feeds"):
        ended = Connection.objects.filter(status=Connection.Status.DISCONNECTED).values("tenant_id")
        due = list(Feed.objects.filter(next_sync_at__lte=now).exclude(tenant_id__in=ended))
    for feed in due:
        _start_if_still_due(feed)


def run(sync_id: int) -> None:
    sync = work.claim(FeedSync, sync_id)
    if sync is None:
        return
    with tenant_scope(sync.tenant_id):
        feed = Feed.objects.get(pk=sync.feed_id)
        if work.is_worn_out(sync):
            _end(sync, feed, status=FeedSync.Status.FAILED, **work.WORN_OUT)
            return
        provider = grants.provider_slug()
        work.note(sync, status=FeedSync.Status.RUNNING, started_at=sync.started_at or timezone.now())
    try:
        fetched = get_provider(provider).fetch_feed(feed.url, "" if sync.is_drop_accepted else feed.etag)
        records = [] if fetched.is_unchanged else list(fetched)
    except (TransientError, RateLimitedError) as error:
        _try_later(sync, feed, error)
    except IntegrationError as error:
        _fail(sync, feed, error)
    else:
        _keep(sync, feed, Downloaded(fetched, records))


def _keep(sync: FeedSync, feed: Feed, downloaded: Downloaded) -> None:
    with tenant_scope(sync.tenant_id):
        if downloaded.feed.is_unchanged:
            count = Posting.objects.filter(closed_at=None).count()
            _finish(sync, feed, downloaded, is_unchanged=True, found=count, unchanged=count)
            return
        sync.refresh_from_db(fields=["is_drop_accepted"])
        change = postings.compare(downloaded.records)
        if not sync.is_drop_accepted and _is_suspicious(change, is_first=feed.synced_at is None):
            _hold(sync, feed, downloaded, change)
            return
        postings.apply(sync.tenant_id, change)
        _finish(sync, feed, downloaded, **change.counts)


def _start_if_still_due(feed: Feed) -> None:
    with tenant_scope(feed.tenant_id):
        still_due = Feed.objects.select_for_update(skip_locked=True).filter(
            pk=feed.pk, next_sync_at=feed.next_sync_at
        )
        for row in still_due:
            start_sync(row, FeedSync.Trigger.SCHEDULE)


def _give_up_running(feed: Feed) -> None:
    """Its lease goes too, so that what a worker is reading from the old address is not kept."""
    FeedSync.objects.filter(feed_id=feed.pk, finished_at=None).update(
        status=FeedSync.Status.FAILED,
        finished_at=timezone.now(),
        next_attempt_at=None,
        lease=F("lease") + 1,
        leased_until=None,
    )


def _is_suspicious(change: postings.Change, *, is_first: bool) -> bool:
    """The first list of an address may be another one, but hardly none."""
    was_open = len(change.closed) + change.counts["unchanged"] + change.counts["changed"]
    if was_open and not change.counts["found"]:
        return True
    return not is_first and was_open > SMALL_LIST and len(change.closed) > LARGEST_DROP * was_open


def _hold(sync: FeedSync, feed: Feed, downloaded: Downloaded, change: postings.Change) -> None:
    _end(
        sync,
        feed,
        status=FeedSync.Status.HELD,
        error_code="feed.large_drop",
        error_message=counted(
            "%(count)s open job is missing from the feed. It stays open until somebody looks.",
            "%(count)s open jobs are missing from the feed. They stay open until somebody looks.",
            len(change.closed),
        ),
        warnings=downloaded.feed.warnings,
        format=downloaded.feed.format,
        **change.counts,
    )


def _finish(sync: FeedSync, feed: Feed, downloaded: Downloaded, **outcome: object) -> None:
    Feed.objects.filter(pk=feed.pk).update(etag=downloaded.feed.etag[:200], synced_at=timezone.now())
    _end(
        sync,
        feed,
        status=FeedSync.Status.DONE,
        format=downloaded.feed.format,
        warnings=downloaded.feed.warnings,
        **work.NO_ERROR,
        **outcome,
    )


def _try_later(sync: FeedSync, feed: Feed, error: TransientError | RateLimitedError) -> None:
    if sync.attempts >= MOST_ATTEMPTS:
        _fail(sync, feed, error)
        return
    asked = error.retry_after if isinstance(error, RateLimitedError) else None
    delay = asked or next_delay(sync.attempts, SystemRandom())
    with tenant_scope(sync.tenant_id):
        work.record(sync, next_attempt_at=work.after(delay), **work.failure(error))


def _fail(sync: FeedSync, feed: Feed, error: IntegrationError) -> None:
    with tenant_scope(sync.tenant_id):
        _end(sync, feed, status=FeedSync.Status.FAILED, **work.failure(error))


def _end(sync: FeedSync, feed: Feed, **outcome: object) -> None:
    now = timezone.now()
    work.record(sync, finished_at=now, next_attempt_at=None, **outcome)
    Feed.objects.filter(pk=feed.pk).update(
        next_sync_at=now + PERIOD + SPREAD * (SystemRandom().random() - 0.5)
    )
