"""The history of syncs does not grow for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import Feed, FeedSync
from integrations.services import upkeep
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import FeedFactory, FeedSyncFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def feed(northwind: Tenant) -> Feed:
    row: Feed = FeedFactory.create(tenant=northwind)
    return row


def sync(feed: Feed, days: int, *, is_unchanged: bool = False) -> FeedSync:
    at = timezone.now() - timedelta(days=days)
    row: FeedSync = FeedSyncFactory.create(
        tenant=feed.tenant, feed=feed, finished_at=at, is_unchanged=is_unchanged
    )
    return row


def left(feed: Feed) -> set[int]:
    upkeep.forget_old_syncs()
    with tenant_scope(feed.tenant_id):
        return set(FeedSync.objects.values_list("pk", flat=True))


def test_what_changed_nothing_goes_after_a_week_and_the_rest_after_a_season(feed: Feed) -> None:
    sync(feed, 91)
    sync(feed, 8, is_unchanged=True)
    kept = [sync(feed, 89), sync(feed, 6, is_unchanged=True), sync(feed, 0)]
    assert left(feed) == {it.pk for it in kept}


def test_the_last_one_stays_however_old(feed: Feed) -> None:
    sync(feed, 500)
    last = sync(feed, 400, is_unchanged=True)
    under_way = FeedSyncFactory.create(tenant=feed.tenant, feed=feed, status="queued", finished_at=None)
    assert left(feed) == {last.pk, under_way.pk}


def test_they_go_by_the_thousand(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "MOST_SYNCS_AT_ONCE", 2)
    for _ in range(4):
        sync(feed, 100)
    assert len(left(feed)) == 2
    assert len(left(feed)) == 1
