"""A feed's syncs: the first, an unchanged one, what changed, closed and came back, and another address."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.errors import ConfigurationError
from integrations.models import FeedSync, FormCheck, OutgoingFeed, Posting
from integrations.services import feeds, syncing, work
from integrations.services import postings as rows
from sandbox.world.form_editor import set_state
from tenants.scoping import tenant_scope
from tests.lever_world import work_off

from .board import JOBS, address, confirmed, feed, last, postings, still_open, synced
from .customer import Customer
from .threads import at_once

pytestmark = pytest.mark.django_db


def hours_to_next(customer: Customer) -> float:
    due = feed(customer).next_sync_at
    assert due
    return (due - timezone.now()).total_seconds() / 3600


def test_the_first_sync_brings_every_job_and_asks_for_its_form(customer: Customer) -> None:
    customer.account.is_feed_on = True
    sync = confirmed(customer)
    assert (sync.status, sync.format, sync.found, sync.new) == ("done", "xml", JOBS, JOBS)
    assert (sync.error_code, sync.next_attempt_at) == ("", None)
    offered = customer.offered(0)
    posting = postings(customer)[offered.id]
    assert (posting.title, posting.url, posting.commitment) == (
        offered.text,
        offered.hosted_url,
        offered.commitment,
    )
    assert posting.locations == [offered.location]
    with tenant_scope(customer.tenant.pk):
        assert FormCheck.objects.filter(next_attempt_at__lte=timezone.now()).count() == JOBS
    assert feed(customer).synced_at


def test_a_list_that_changed_is_read_again_sooner(customer: Customer) -> None:
    customer.account.is_feed_on = True
    confirmed(customer)
    assert 0.18 < hours_to_next(customer) < 0.25
    synced(customer)
    assert 0.75 < hours_to_next(customer) < 1


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_the_next_sync_begins_within_the_hour_whatever_the_chance(
    board: Customer, monkeypatch: pytest.MonkeyPatch, chance: float
) -> None:
    """The schedule, which looks once a minute, included."""
    monkeypatch.setattr(syncing, "SystemRandom", lambda: SimpleNamespace(random=lambda: chance))
    synced(board)
    assert 0.75 < hours_to_next(board) <= 59 / 60


def test_camel_case_xml_says_the_same(customer: Customer) -> None:
    customer.account.is_feed_on, customer.account.feed_style = True, "snake"
    confirmed(customer)
    snake = postings(customer)
    customer.account.feed_style = "camel"
    sync = synced(customer)
    assert (sync.status, sync.format, sync.new, sync.closed) == ("done", "xml", 0, 0)
    assert {it.title for it in snake.values()} == {it.title for it in postings(customer).values()}


def test_the_camel_case_account_is_read(customer: Customer) -> None:
    halden = customer.server.world.accounts["halden"]
    halden.is_feed_on = True
    sync = confirmed(customer, site="halden")
    public = {it.id: it.text for it in halden.postings.values() if it.is_public}
    assert (sync.format, {key: it.title for key, it in postings(customer).items()}) == ("xml", public)


def test_an_unchanged_feed_rewrites_nothing(board: Customer) -> None:
    before = {key: it.changed_at for key, it in postings(board).items()}
    sync = synced(board)
    assert (sync.is_unchanged, sync.found, sync.unchanged, sync.changed) == (True, JOBS, JOBS, 0)
    assert {key: it.changed_at for key, it in postings(board).items()} == before


def test_an_unchanged_feed_costs_one_request_and_five_statements(board: Customer) -> None:
    feeds.start_sync(feed(board), FeedSync.Trigger.SCHEDULE)
    sync, asked_before = last(board), len(board.server.world.log)
    with CaptureQueriesContext(connection) as statements:
        syncing.run(sync.pk)
    assert last(board).is_unchanged
    (request,) = list(board.server.world.log)[asked_before:]
    assert (request.path, request.status) == ("/v0/postings/northwind", 304)
    within_test = ("SAVEPOINT", "RELEASE", "SELECT set_config('app.tenant', '', true)")
    assert len([it for it in statements if not it["sql"].startswith(within_test)]) <= 5


def test_without_an_etag_the_contents_tell_that_nothing_changed(board: Customer) -> None:
    before = {key: it.changed_at for key, it in postings(board).items()}
    board.change(feed(board), etag="")
    sync = synced(board)
    assert (sync.is_unchanged, sync.unchanged, sync.changed) == (False, JOBS, 0)
    assert {key: it.changed_at for key, it in postings(board).items()} == before


def test_one_changed_job_is_rewritten_alone_and_its_form_read_again(board: Customer) -> None:
    before = postings(board)
    with tenant_scope(board.tenant.pk):
        FormCheck.objects.update(next_attempt_at=None)
    changed = board.offered(0)
    changed.text = "Night Manager"
    sync = synced(board)
    assert (sync.changed, sync.unchanged, sync.new) == (1, JOBS - 1, 0)
    after = postings(board)
    assert after[changed.id].title == "Night Manager"
    assert [key for key, it in after.items() if it.changed_at != before[key].changed_at] == [changed.id]
    with tenant_scope(board.tenant.pk):
        due = FormCheck.objects.filter(next_attempt_at__isnull=False)
        assert list(due.values_list("posting__external_id", flat=True)) == [changed.id]


def test_a_job_that_is_missing_closes_and_one_that_comes_back_reopens(board: Customer) -> None:
    set_state(board.offered(0), "closed")
    board.change(postings(board)[board.offered(0).id], owner_name="Robin Reed")
    assert synced(board).closed == 1
    closed = postings(board)[board.offered(0).id]
    assert (closed.is_open, closed.owner_name) == (False, "")
    with tenant_scope(board.tenant.pk):
        assert FormCheck.objects.get(posting=closed).next_attempt_at is None
    set_state(board.offered(0), "published")
    sync = synced(board)
    assert (sync.reopened, sync.new, sync.changed) == (1, 0, 0)
    assert still_open(board) == JOBS
    with tenant_scope(board.tenant.pk):
        assert FormCheck.objects.get(posting=closed).next_attempt_at


def test_a_job_that_was_closed_between_two_syncs_reopens_though_the_feed_says_the_same(
    board: Customer,
) -> None:
    close(board)
    assert still_open(board) == JOBS - 1
    assert (synced(board).is_unchanged, still_open(board)) == (False, JOBS)


@pytest.mark.parametrize("step", ["compared", "_leave_unchanged"])
def test_so_does_one_that_closes_while_the_feed_is_being_read(
    board: Customer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    where: Any = rows if step == "compared" else syncing
    real = getattr(where, step)

    def close_meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(where, step, real)
        answer = real(*given) if step == "compared" else None
        close(board)
        return answer or real(*given)

    if step == "compared":
        board.offered(1).text = "Night Manager"
    monkeypatch.setattr(where, step, close_meanwhile)
    assert (synced(board).status, still_open(board)) == ("done", JOBS - 1)
    assert (synced(board).status, still_open(board)) == ("done", JOBS)


def close(customer: Customer) -> None:
    """As the reader of forms does."""
    with tenant_scope(customer.tenant.pk):
        rows.close(customer.tenant.pk, [Posting.objects.get(external_id=customer.offered(0).id).pk])


def due(customer: Customer) -> datetime | None:
    """When our own feed is made next."""
    with tenant_scope(customer.tenant.pk):
        return OutgoingFeed.objects.get().next_attempt_at


def test_nothing_is_published_before_the_feed_was_read_and_then_even_a_list_without_jobs(
    customer: Customer,
) -> None:
    for posting in customer.account.postings.values():
        set_state(posting, "closed")
    customer.account.is_feed_on = True
    feeds.confirm(customer.tenant, feeds.understand(address(customer)), customer.user)
    assert due(customer) is None
    work_off(FeedSync)
    assert (last(customer).status, last(customer).found) == ("done", 0)
    assert due(customer)


@pytest.mark.parametrize("change", ["changed", "closed"])
def test_what_a_sync_changes_is_published_soon(board: Customer, change: str) -> None:
    work_off(OutgoingFeed)
    at_rest = due(board)
    assert at_rest
    if change == "changed":
        board.offered(0).text = "Night Manager"
    else:
        set_state(board.offered(0), "closed")
    assert getattr(synced(board), change) == 1
    soon = due(board)
    assert soon
    assert soon < at_rest - timedelta(hours=23)


def test_another_address_starts_anew(board: Customer) -> None:
    halden = board.server.world.accounts["halden"]
    halden.is_feed_on = True
    sync = confirmed(board, site="halden")
    assert (sync.status, sync.closed, sync.is_unchanged) == ("done", JOBS, False)
    assert still_open(board) == sync.found > 0


def test_another_address_without_jobs_is_looked_at_first(board: Customer) -> None:
    halden = board.server.world.accounts["halden"]
    for posting in halden.postings.values():
        set_state(posting, "closed")
    assert confirmed(board, site="halden").status == "held"
    assert still_open(board) == JOBS


def test_another_filter_of_the_same_place_may_not_close_most_jobs_unasked(board: Customer) -> None:
    filtered = f"{address(board)}&team={board.offered(0).team}"
    feeds.confirm(board.tenant, feeds.understand(filtered), board.user)
    work_off(FeedSync)
    assert last(board).waits_for_decision
    assert still_open(board) == JOBS


def test_what_is_being_read_is_given_up_before_the_feed_is_locked(board: Customer) -> None:
    feeds.start_sync(feed(board), FeedSync.Trigger.SCHEDULE)
    with CaptureQueriesContext(connection) as asked:
        confirmed(board, site="halden")
    said = [it["sql"] for it in asked]
    gives_up = next(i for i, it in enumerate(said) if it.startswith('UPDATE "integrations_feedsync"'))
    locks = next(i for i, it in enumerate(said) if '"integrations_feed"' in it and "FOR NO KEY UPDATE" in it)
    assert gives_up < locks


def test_a_worker_that_still_reads_the_old_address_keeps_nothing_of_it(
    board: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    halden = feeds.understand(address(board, site="halden"))
    real = rows.compared

    def confirm_meanwhile() -> Any:
        monkeypatch.setattr(rows, "compared", real)
        feeds.confirm(board.tenant, halden, board.user)
        return real()

    board.offered(0).text = "Night Manager"
    monkeypatch.setattr(rows, "compared", confirm_meanwhile)
    slow = feeds.start_sync(feed(board), FeedSync.Trigger.SCHEDULE)
    with pytest.raises(work.LeaseLostError):
        syncing.run(slow.pk)


def test_nobody_elses_address_can_be_kept() -> None:
    with pytest.raises(ConfigurationError):
        feeds.understand("https://jobs.example/feed.xml")


def test_the_address_is_proposed_from_the_account(customer: Customer) -> None:
    connection = customer.connection()
    assert feeds.proposed(connection) == ""
    connection.site = "northwind"
    assert feeds.proposed(connection) == address(customer, "xml")


def test_a_sync_stays_within_its_tenant(board: Customer, southgate: Any, charlie: Any) -> None:
    feeds.confirm(southgate, feeds.understand(address(board)), charlie)
    work_off(FeedSync)
    with tenant_scope(southgate.pk):
        assert Posting.objects.count() == JOBS
    assert len(postings(board)) == JOBS


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_at_the_same_moment_has_the_one_that_is_under_way(board: Customer) -> None:
    row = feed(board)

    def ask_and_end() -> None:
        for _ in range(20):
            sync = feeds.start_sync(row, FeedSync.Trigger.CUSTOMER)
            with tenant_scope(row.tenant_id):
                FeedSync.objects.filter(pk=sync.pk).update(finished_at=timezone.now(), next_attempt_at=None)

    assert at_once(8, ask_and_end) == [None] * 8
