"""What goes wrong with a feed: each has its code, and the last good list stays."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from integrations.models import FeedSync
from integrations.services import feeds, syncing
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import ConnectionFactory, FeedFactory
from tests.lever_world import make_due, work_off

from .board import JOBS, confirmed, feed, last, still_open, synced
from .customer import Customer
from .threads import at_once

pytestmark = pytest.mark.django_db
V0 = {"path_prefix": "/v0/"}


@pytest.fixture
def board(customer: Customer) -> Customer:
    customer.account.is_feed_on = True
    confirmed(customer)
    return customer


def waiting(customer: Customer) -> FeedSync:
    feeds.start_sync(feed(customer), FeedSync.Trigger.CUSTOMER)
    syncing.run(last(customer).pk)
    return last(customer)


def test_trouble_at_lever_is_tried_again_later(board: Customer) -> None:
    board.order("503", **V0, times_left=1)
    sync = waiting(board)
    assert (sync.status, sync.error_code, sync.finished_at) == ("running", "lever.unavailable", None)
    make_due(FeedSync)
    work_off(FeedSync)
    assert (last(board).status, last(board).error_code) == ("done", "")


def test_a_429_is_tried_again_when_lever_says(board: Customer) -> None:
    board.order("429", **V0, retry_after=600)
    sync = waiting(board)
    assert sync.error_code == "lever.rate_limited"
    assert sync.next_attempt_at
    assert sync.next_attempt_at - timezone.now() > timedelta(minutes=9)


@pytest.mark.parametrize(("kind", "status"), [("503", "done"), ("429", "running")])
def test_somebody_who_asks_does_not_wait_for_the_next_try_unless_lever_says_when(
    board: Customer, kind: str, status: str
) -> None:
    board.order(kind, **V0, times_left=1)
    sync = waiting(board)
    board.change(sync, next_attempt_at=timezone.now() + timedelta(minutes=10))
    feeds.start_sync(feed(board), FeedSync.Trigger.SCHEDULE)
    work_off(FeedSync)
    assert last(board).status == "running"
    feeds.start_sync(feed(board), FeedSync.Trigger.CUSTOMER)
    work_off(FeedSync)
    assert last(board).status == status


def test_trouble_that_stays_fails_this_sync_and_the_next_is_planned(board: Customer) -> None:
    board.order("500", **V0)
    feeds.start_sync(feed(board), FeedSync.Trigger.CUSTOMER)
    for _ in range(syncing.MOST_ATTEMPTS):
        make_due(FeedSync)
        syncing.run(last(board).pk)
    sync = last(board)
    assert (sync.status, sync.error_code, sync.next_attempt_at) == ("failed", "lever.unavailable", None)
    assert still_open(board) == JOBS
    assert feed(board).next_sync_at


def test_a_feed_that_breaks_off_is_read_as_json_and_if_that_breaks_too_the_list_stays(
    board: Customer,
) -> None:
    board.change(feed(board), etag="")
    board.order("malformed_feed", times_left=1)
    assert (synced(board).format, still_open(board)) == ("json", JOBS)
    board.order("malformed_feed")
    board.change(feed(board), etag="")
    sync = synced(board)
    assert (sync.status, sync.error_code) == ("failed", "lever.feed_not_understood")
    assert still_open(board) == JOBS


def test_a_site_that_is_gone_fails_and_the_list_stays(board: Customer) -> None:
    del board.server.world.accounts["northwind"]
    sync = synced(board)
    assert (sync.status, sync.error_code) == ("failed", "lever.feed_not_found")
    assert "Is “Job posting feed” switched on?" in str(sync.error_message)
    assert still_open(board) == JOBS


def renamed(customer: Customer) -> None:
    """The job site, in Lever's settings: its feed and careers page are at another address from now on."""
    accounts = customer.server.world.accounts
    customer.account.key = "northwind-group"
    accounts["northwind-group"] = accounts.pop("northwind")
    for posting in customer.account.postings.values():
        posting.site = customer.account.key


def test_a_site_that_was_renamed_is_known_by_its_new_name_once_its_feed_is_gone(board: Customer) -> None:
    board.change(board.connection(), site="northwind")
    renamed(board)
    assert synced(board).error_code == "lever.feed_not_found"
    assert board.connection().site == "northwind-group"
    assert feed(board).is_of_another(board.connection().site)


def test_whoever_gives_the_new_address_of_a_renamed_site_is_not_taken_for_another_company(
    board: Customer,
) -> None:
    board.change(board.connection(), site="northwind")
    renamed(board)
    address = f"{board.server.url}/v0/postings/northwind-group"
    feeds.confirm(board.tenant, feeds.understand(address), board.user)
    work_off(FeedSync)
    assert last(board).status == "done"
    assert not feed(board).is_of_another(board.connection().site)


@pytest.fixture
def other_region(customer: Customer, httpserver: HTTPServer, settings: Settings) -> str:
    """Which knows no site."""
    httpserver.expect_request(re.compile("^/v0/postings/")).respond_with_json({"ok": False}, 404)
    origin = f"http://127.0.0.1:{httpserver.port}"
    settings.OUTGOING_TRUSTED_ORIGINS = [origin, customer.server.url]
    return origin


def test_a_site_that_is_unknown_in_one_region_is_found_in_the_other(
    customer: Customer, other_region: str
) -> None:
    customer.account.is_feed_on = True
    pasted = f"{other_region}/v0/postings/northwind"
    feeds.confirm(customer.tenant, feeds.understand(pasted), customer.user)
    work_off(FeedSync)
    assert (last(customer).status, last(customer).found) == ("done", JOBS)
    kept = feed(customer)
    assert kept.url == f"{customer.server.url}/v0/postings/northwind?mode=xml"
    assert "another of its regions" in str(kept.corrections[-1])
    assert synced(customer).is_unchanged


@pytest.mark.parametrize(("site", "status"), [("northwind", "done"), ("halden", "failed")])
def test_where_the_account_tells_its_region_no_stranger_is_taken_for_it(
    customer: Customer, other_region: str, site: str, status: str
) -> None:
    customer.account.is_feed_on = True
    for posting in customer.account.postings.values():
        posting.site = site
    customer.change(customer.connection(), site=site, region="global")
    feeds.confirm(customer.tenant, feeds.understand(f"{other_region}/v0/postings/northwind"), customer.user)
    work_off(FeedSync)
    assert last(customer).status == status


def test_only_where_nobody_knows_the_site_it_is_looked_for_elsewhere(
    customer: Customer, httpserver: HTTPServer, settings: Settings
) -> None:
    httpserver.expect_request(re.compile("^/v0/postings/")).respond_with_data("", 403)
    origin = f"http://127.0.0.1:{httpserver.port}"
    settings.OUTGOING_TRUSTED_ORIGINS = [origin, customer.server.url]
    customer.account.is_feed_on = True
    feeds.confirm(customer.tenant, feeds.understand(f"{origin}/v0/postings/northwind"), customer.user)
    work_off(FeedSync)
    assert (last(customer).status, last(customer).error_code) == ("failed", "lever.feed_refused")


def test_a_site_that_no_region_knows_is_told_of_the_given_address(
    customer: Customer, other_region: str
) -> None:
    feeds.confirm(customer.tenant, feeds.understand(f"{other_region}/v0/postings/nobody"), customer.user)
    work_off(FeedSync)
    assert (last(customer).status, last(customer).error_code) == ("failed", "lever.feed_not_found")
    assert feed(customer).url == f"{other_region}/v0/postings/nobody?mode=xml"


def test_a_feed_that_was_there_is_not_looked_for_elsewhere(board: Customer, other_region: str) -> None:
    board.change(feed(board), url=f"{other_region}/v0/postings/northwind?mode=xml", etag="")
    assert synced(board).error_code == "lever.feed_not_found"
    assert still_open(board) == JOBS


def test_a_feed_that_is_switched_off_is_read_as_json_with_a_warning(customer: Customer) -> None:
    sync = confirmed(customer)
    assert (sync.status, sync.format, sync.found) == ("done", "json", JOBS)
    assert "We read the same list as JSON." in str(sync.warnings[0])


def test_a_feed_whose_time_has_come_is_synced(board: Customer) -> None:
    feeds.schedule()
    assert last(board).finished_at, "its time has not come"
    board.change(feed(board), next_sync_at=timezone.now())
    feeds.schedule()
    assert (last(board).trigger, last(board).status) == ("schedule", "queued")
    feeds.schedule()
    with tenant_scope(board.tenant.pk):
        assert FeedSync.objects.filter(finished_at=None).count() == 1


def test_a_feed_goes_on_while_lever_must_be_authorized_again(board: Customer) -> None:
    board.change(feed(board), next_sync_at=timezone.now())
    board.change(board.connection(), status="needs_authorization")
    feeds.schedule()
    assert last(board).status == "queued"


def test_the_feed_of_a_disconnected_tenant_rests(board: Customer) -> None:
    board.change(feed(board), next_sync_at=timezone.now())
    board.change(board.connection(), status="disconnected")
    feeds.schedule()
    assert last(board).finished_at


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_start_one_sync_of_each_feed() -> None:
    due = timezone.now() - timedelta(minutes=1)
    all_feeds = [FeedFactory.create(next_sync_at=due) for _ in range(3)]
    for row in all_feeds:
        ConnectionFactory.create(tenant=row.tenant)
    assert at_once(3, feeds.schedule) == [None, None, None]
    for row in all_feeds:
        with tenant_scope(row.tenant_id):
            assert FeedSync.objects.count() == 1


def test_all_due_feeds_are_scheduled_by_two_statements() -> None:
    for _ in range(20):
        FeedFactory.create(next_sync_at=timezone.now())
    with CaptureQueriesContext(connection) as asked:
        feeds.schedule()
    statements = [it["sql"] for it in asked if "integrations_" in it["sql"]]
    assert [it.split()[0] for it in statements] == ["SELECT", "INSERT"]
    with across_tenants("a test counts"):
        assert FeedSync.objects.filter(status="queued").count() == 20


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_the_same_sync(board: Customer) -> None:
    row = feed(board)
    started = at_once(3, lambda: feeds.start_sync(row, FeedSync.Trigger.CUSTOMER).pk)
    assert len(set(started)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_keep_one_feed(customer: Customer) -> None:
    understood = feeds.understand(f"{customer.server.url}/v0/postings/northwind")
    started = at_once(2, lambda: feeds.confirm(customer.tenant, understood, customer.user).pk)
    assert len(set(started)) == 1
    assert feed(customer).url == understood.url
