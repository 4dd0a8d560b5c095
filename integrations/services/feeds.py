"""A tenant's feed: where it is, when it is read, and what people decide. `syncing` reads it."""

from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import across_tenants, tenant_scope

from ..errors import ConfigurationError
from ..models import Connection, Feed, FeedSync
from ..models.feeds import GRACE, PERIOD, Standing
from ..providers import get_provider
from ..types import Account, FeedUrl
from . import bell, grants, locks, outgoing

MOST_AT_ONCE = 1000
RESTING = (Tenant.Status.PAUSED, Tenant.Status.OFFBOARDED)


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


def place_of(url: str) -> str:
    """Without the filters: another choice among the same jobs may still not close most of them unasked."""
    return url.partition("?")[0].casefold()


def confirm(tenant: Tenant, understood: FeedUrl, by: User) -> FeedSync:
    """Keep the address and look at once what is there. Another place than before has a list of its own."""
    with tenant_scope(tenant.pk):
        locks.take_until_commit(f"feed:{tenant.pk}")
        _give_up_running(understood.url)
        feed = Feed.objects.select_for_update(no_key=True).first() or Feed(tenant=tenant)
        if feed.url != understood.url:
            feed.etag = ""
        if place_of(feed.url) != place_of(understood.url):
            feed.synced_at, feed.kept_beside = None, ""
        feed.provider = grants.provider_slug()
        feed.url, feed.site, feed.corrections = understood.url, understood.site, list(understood.corrections)
        feed.confirmed_by, feed.confirmed_at = by, timezone.now()
        feed.save()
        outgoing.begin(feed)
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


def start_sync(feed: Feed, trigger: FeedSync.Trigger, *, may_close: int = 0) -> FeedSync:
    """A new sync, or the one that is under way: there is one at a time. It may wait, if the other side said so."""
    with tenant_scope(feed.tenant_id):
        # Else one that ends between two looks would be found by neither.
        locks.take_until_commit(f"sync:{feed.pk}")
        sync, is_new = FeedSync.objects.get_or_create(
            feed=feed,
            finished_at=None,
            defaults={
                "tenant_id": feed.tenant_id,
                "trigger": trigger,
                "may_close": may_close,
                "next_attempt_at": timezone.now(),
            },
        )
        if is_new:
            bell.ring(sync)
            return sync
        if may_close:
            FeedSync.objects.filter(pk=sync.pk).update(may_close=may_close)
        if trigger != FeedSync.Trigger.SCHEDULE:
            _hasten(sync)
    return sync


def _hasten(sync: FeedSync) -> None:
    """What waits for its next try, unless the other side has said when: somebody looks at it now."""
    waits = FeedSync.objects.filter(pk=sync.pk, finished_at=None, next_attempt_at__gt=Now())
    if waits.exclude(error_code__endswith=".rate_limited").update(next_attempt_at=Now()):
        sync.refresh_from_db(fields=["next_attempt_at"])
        bell.ring(sync)


def is_read_as_json() -> bool:
    """In the tenant's scope: the last list was had in place of the XML that Lever did not give."""
    last = FeedSync.objects.filter(status=FeedSync.Status.DONE).first()
    return last is not None and last.format == "json"


def decide(held: FeedSync, decision: FeedSync.Decision, by: User) -> bool:
    """Whether what the sync would close is closed indeed; False where that is no question any more.

    A sync that has ended since then has answered it, or asks another one.
    """
    with tenant_scope(held.tenant_id):
        ended_since = FeedSync.objects.filter(feed=held.feed_id, pk__gt=held.pk).exclude(finished_at=None)
        undecided = FeedSync.objects.filter(pk=held.pk, status=FeedSync.Status.HELD, decision="")
        is_question = undecided.filter(~Exists(ended_since))
        if not is_question.update(decision=decision, decided_by=by, decided_at=timezone.now()):
            return False
        audit.record(f"feed.drop_{decision}", held, tenant_id=held.tenant_id, actor=by, closed=held.closed)
        if decision == FeedSync.Decision.ACCEPTED:
            trigger = FeedSync.Trigger.STAFF if by.is_staff else FeedSync.Trigger.CUSTOMER
            start_sync(held.feed, trigger, may_close=held.closed)
        return True


def allow_drop(feed: Feed, percent: int, by: User) -> None:
    """How many of the jobs may close without a question."""
    with tenant_scope(feed.tenant_id):
        if (
            Feed.objects.filter(pk=feed.pk)
            .exclude(largest_drop_percent=percent)
            .update(largest_drop_percent=percent)
        ):
            audit.record("feed.largest_drop_set", feed, tenant_id=feed.tenant_id, actor=by, percent=percent)


def with_standing(rows: QuerySet[Feed]) -> QuerySet[Any]:
    """Each with its `standing`, the `rank` of that, and the last sync's `last_error`."""
    ended = FeedSync.objects.filter(feed=OuterRef("pk")).exclude(finished_at=None).order_by("-pk")
    last = {name: Subquery(ended.values(name)[:1]) for name in ("status", "decision", "error_message")}
    told = rows.annotate(
        last_status=last["status"], last_decision=last["decision"], last_error=last["error_message"]
    )
    gone = Connection.objects.filter(tenant=OuterRef("tenant"), status=Connection.Status.DISCONNECTED)
    standing = Case(
        When(Q(tenant__status__in=RESTING) | Exists(gone), then=Value(Standing.RESTING)),
        When(last_status=FeedSync.Status.HELD, last_decision="", then=Value(Standing.HELD)),
        When(synced_at__lt=Now() - PERIOD - GRACE, then=Value(Standing.LATE)),
        When(last_status=FeedSync.Status.FAILED, then=Value(Standing.FAILING)),
        When(synced_at=None, then=Value(Standing.NOT_READ)),
        default=Value(Standing.IN_TIME),
    )
    ranks = [When(standing=it, then=Value(rank)) for rank, it in enumerate(Standing)]
    return told.annotate(standing=standing).annotate(rank=Case(*ranks))


def schedule() -> None:
    """Make the syncs whose time has come, in two statements for all tenants; the sweep rings for them.

    The feed is public: it goes on while the customer must authorize again, and ends with the connection.
    Two schedulers do no harm: each takes what the other has not locked, and a feed has one sync at a time.
    """
    with across_tenants("the schedule of all feeds"):
        ended = Connection.objects.filter(status=Connection.Status.DISCONNECTED).values("tenant_id")
        running = FeedSync.objects.filter(finished_at=None).values("feed_id")
        due = (
            Feed.objects.filter(next_sync_at__lte=Now()).exclude(tenant_id__in=ended).exclude(pk__in=running)
        )
        locked = due.order_by("next_sync_at").select_for_update(skip_locked=True, no_key=True)[:MOST_AT_ONCE]
        FeedSync.objects.bulk_create(map(_scheduled, locked), ignore_conflicts=True, batch_size=MOST_AT_ONCE)


def _scheduled(feed: Feed) -> FeedSync:
    return FeedSync(
        feed=feed,
        tenant_id=feed.tenant_id,
        trigger=FeedSync.Trigger.SCHEDULE,
        next_attempt_at=timezone.now(),
    )


def _give_up_running(url: str) -> None:
    """In the tenant's scope, and before the feed is locked, as syncs do: what reads another address than `url`.

    Its lease goes too, so that what a worker is reading is not kept.
    """
    FeedSync.objects.filter(finished_at=None).exclude(feed__url=url).update(
        status=FeedSync.Status.FAILED,
        finished_at=timezone.now(),
        next_attempt_at=None,
        lease=F("lease") + 1,
        leased_until=None,
    )
