"""One measurement of the portal's own work on a feed; the last line says what it took as JSON.

python -m benchmarks.feeds parse FILE | sync FILE [anew] | upsert FILE COUNT [anew] | publish | hour COUNT URL
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from integrations.appcast.markup import sanitised_html  # noqa: E402
from integrations.lever.feed import Download, LeverFeed  # noqa: E402
from integrations.lever.feed_reading import MOST_JOBS, Reading  # noqa: E402
from integrations.models import Feed, FeedSync, FormCheck, OutgoingFeed, Posting  # noqa: E402
from integrations.services import feeds, outgoing, postings, publishing, syncing  # noqa: E402
from integrations.types import PostingRecord  # noqa: E402
from tenants.models import Tenant  # noqa: E402
from tenants.scoping import across_tenants, tenant_scope  # noqa: E402

PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
SLUG = "bench-feed"


def parse(path: str) -> dict[str, float]:
    """Read and told apart, as a sync does with what has not changed."""
    began = time.perf_counter()
    with Path(path).open("rb") as source:
        rows = sum(bool(it.fingerprint) for it in Reading([]).xml(source))
    return {"rows": rows, "seconds": time.perf_counter() - began, "bytes": Path(path).stat().st_size}


def sync(path: str, anew: str = "") -> dict[str, float]:
    """One whole run, but for what comes over the network."""
    feed = _feed(SLUG)
    if anew:
        _empty(feed)
    run = feeds.start_sync(feed, FeedSync.Trigger.STAFF, may_close=MOST_JOBS)
    with _fetching(Path(path)):
        began = time.perf_counter()
        syncing.run(run.pk)
        seconds = time.perf_counter() - began
    with tenant_scope(feed.tenant_id):
        run.refresh_from_db()
    assert run.status == FeedSync.Status.DONE, (run.status, run.error_code, run.error_detail)
    return {"rows": run.found, "seconds": seconds, "written": run.new + run.changed}


def upsert(path: str, count: str, anew: str = "") -> dict[str, float]:
    """What Django offers: each row by `update_or_create`."""
    feed = _feed(SLUG)
    if anew:
        _empty(feed)
    with Path(path).open("rb") as source:
        offered = list(zip(range(int(count)), Reading([]).xml(source), strict=False))
    began = time.perf_counter()
    with tenant_scope(feed.tenant_id):
        for _, it in offered:
            record = it.record()
            assert record
            _update_or_create(feed.tenant_id, record, it.fingerprint)
    return {"rows": len(offered), "seconds": time.perf_counter() - began}


def _update_or_create(tenant_id: int, record: PostingRecord, fingerprint: str) -> None:
    values = postings._columns(record, fingerprint)
    values["description_html"] = sanitised_html(values["description_html"])
    now = timezone.now()
    Posting.objects.update_or_create(
        tenant_id=tenant_id,
        external_id=values.pop("external_id"),
        defaults={**values, "changed_at": now, "closed_at": None},
        create_defaults={**values, "changed_at": now, "first_seen_at": now},
    )


def publish() -> dict[str, Any]:
    feed = _feed(SLUG)
    with tenant_scope(feed.tenant_id):
        outgoing.begin(feed)
        row = OutgoingFeed.objects.get(feed=feed)
        OutgoingFeed.objects.update(next_attempt_at=timezone.now(), etag="")
    began = time.perf_counter()
    publishing.publish(row.pk)
    seconds = time.perf_counter() - began
    with tenant_scope(feed.tenant_id):
        row.refresh_from_db()
    return {"rows": row.jobs, "seconds": seconds, "key": feed.key, "bytes": row.size_bytes}


def hour(count: str, url: str) -> dict[str, float]:
    """Every tenant's feed once, scheduled and run, by this one process; `url` has a place for the site."""
    made = [_feed(f"bench-hour-{number}", url.format(number)) for number in range(int(count))]
    _run_all(made)  # the first has a list to read
    began = time.process_time()
    _run_all(made)
    spent = time.process_time() - began
    with across_tenants("a benchmark counts"):
        newest = FeedSync.objects.order_by("feed", "-pk").distinct("feed").filter(feed__in=made)
        assert all(it.is_unchanged for it in newest), "not all were unchanged"
    return {"rows": len(made), "seconds": spent}


def _run_all(made: list[Feed]) -> None:
    with across_tenants("a benchmark's hour"):
        Feed.objects.filter(pk__in=[it.pk for it in made]).update(next_sync_at=timezone.now())
    feeds.schedule()
    with across_tenants("a benchmark's worker"):
        due = list(FeedSync.objects.filter(finished_at=None, feed__in=made).values_list("pk", flat=True))
    for pk in due:
        syncing.run(pk)


def _feed(slug: str, url: str = "https://api.lever.co/v0/postings/bench?mode=xml") -> Feed:
    tenant, _ = Tenant.objects.get_or_create(slug=slug, defaults={"name": slug})
    with tenant_scope(tenant.pk):
        feed, _ = Feed.objects.get_or_create(
            tenant=tenant, defaults={"url": url, "site": slug, "confirmed_at": timezone.now()}
        )
    return feed


def _empty(feed: Feed) -> None:
    with tenant_scope(feed.tenant_id):
        for model in (FormCheck, Posting):
            model._default_manager.all()._raw_delete("default")


@contextmanager
def _fetching(path: Path) -> Any:
    source: IO[bytes] = path.open("rb")
    fetched = LeverFeed("", Download(200, "", b"", source))
    with source, patch.object(syncing, "get_provider") as provider:
        provider.return_value.fetch_feed.return_value = fetched
        yield


def _peak_mb() -> float:
    found = PEAK.search(Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


MEASUREMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "parse": parse,
    "sync": sync,
    "upsert": upsert,
    "publish": publish,
    "hour": hour,
}

if __name__ == "__main__":
    told = MEASUREMENTS[sys.argv[1]](*sys.argv[2:])
    print(json.dumps({**told, "peak_mb": _peak_mb()}))
