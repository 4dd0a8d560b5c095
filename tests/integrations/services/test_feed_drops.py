"""A feed that would close most jobs: held, asked about, and what a person says to it."""

import pytest

from integrations.lever.feed import LeverFeed
from integrations.models import FeedSync
from integrations.services import feeds
from sandbox.world.form_editor import set_state
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.lever_world import work_off

from .board import JOBS, feed, last, still_open, synced
from .customer import Customer

pytestmark = pytest.mark.django_db


def test_a_large_drop_is_held_and_the_last_list_stays(board: Customer) -> None:
    etag = feed(board).etag
    board.order("shrunken_feed")
    sync = synced(board)
    assert (sync.status, sync.error_code) == ("held", "feed.large_drop")
    assert str(sync.error_message).startswith(f"{sync.closed} open jobs are missing")
    assert len(sync.missing) == sync.closed
    assert set(sync.missing) <= {it.text for it in board.account.postings.values()}
    assert (still_open(board), feed(board).etag) == (JOBS, etag)
    assert synced(board).status == "held"


def test_a_feed_without_any_job_is_held_however_short_the_list_was(board: Customer) -> None:
    for index in range(JOBS - 1):
        set_state(board.offered(index), "closed")
    board.change(feed(board), synced_at=None)  # so that this drop is no question
    synced(board)
    assert still_open(board) == 1
    board.order("empty_feed")
    assert synced(board).status == "held"
    assert still_open(board) == 1


def test_a_drop_that_a_person_accepts_is_applied(board: Customer) -> None:
    board.order("shrunken_feed")
    held = synced(board)
    feeds.decide(held, FeedSync.Decision.ACCEPTED, board.user)
    work_off(FeedSync)
    sync = last(board)
    assert (sync.status, sync.closed, still_open(board)) == ("done", held.closed, JOBS - held.closed)
    with tenant_scope(board.tenant.pk):
        assert AuditEvent.objects.get(action="feed.drop_accepted").detail == {"closed": held.closed}


def test_an_acceptance_reaches_a_sync_that_waits_already(board: Customer) -> None:
    board.order("shrunken_feed")
    held = synced(board)
    waiting = feeds.start_sync(feed(board), FeedSync.Trigger.SCHEDULE)
    assert feeds.decide(held, FeedSync.Decision.ACCEPTED, board.user)
    assert last(board).pk == waiting.pk
    work_off(FeedSync)
    assert last(board).status == "done"


def test_a_drop_that_is_rejected_closes_nothing_and_is_asked_about_no_more(board: Customer) -> None:
    board.order("shrunken_feed")
    held = synced(board)
    assert feeds.decide(held, FeedSync.Decision.REJECTED, board.user)
    assert (still_open(board), last(board).pk) == (JOBS, held.pk)
    again = synced(board)
    assert (again.status, again.decision, again.decided_by) == ("held", "rejected", board.user)
    with tenant_scope(board.tenant.pk):
        assert AuditEvent.objects.get(action="feed.drop_rejected").detail == {"closed": held.closed}


def test_another_drop_than_the_rejected_one_is_asked_about(board: Customer) -> None:
    board.order("shrunken_feed")
    feeds.decide(synced(board), FeedSync.Decision.REJECTED, board.user)
    board.order("empty_feed")
    assert synced(board).waits_for_decision


def test_a_rejected_list_that_comes_back_later_is_asked_about_anew(board: Customer) -> None:
    board.order("empty_feed", times_left=1)
    feeds.decide(synced(board), FeedSync.Decision.REJECTED, board.user)
    assert synced(board).status == "done"
    board.order("empty_feed")
    assert synced(board).waits_for_decision


def test_a_list_that_nothing_tells_apart_is_asked_about_each_time(
    board: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LeverFeed, "is_told_apart", False)
    board.order("shrunken_feed")
    feeds.decide(synced(board), FeedSync.Decision.REJECTED, board.user)
    assert synced(board).waits_for_decision


def test_who_accepts_a_drop_accepts_no_larger_one(board: Customer) -> None:
    board.order("shrunken_feed", times_left=1)
    feeds.decide(synced(board), FeedSync.Decision.ACCEPTED, board.user)
    board.order("empty_feed")
    work_off(FeedSync)
    assert last(board).waits_for_decision
    assert still_open(board) == JOBS


def test_a_list_without_jobs_that_a_person_accepts_closes_all(board: Customer) -> None:
    board.order("empty_feed")
    feeds.decide(synced(board), FeedSync.Decision.ACCEPTED, board.user)
    work_off(FeedSync)
    assert (last(board).status, still_open(board)) == ("done", 0)


def test_a_good_sync_ends_what_was_held(board: Customer) -> None:
    board.order("shrunken_feed", times_left=1)
    held = synced(board)
    assert held.waits_for_decision
    assert synced(board).status == "done"
    assert not feeds.decide(held, FeedSync.Decision.ACCEPTED, board.user)
    assert last(board).finished_at


def test_what_was_decided_stays_so(board: Customer) -> None:
    board.order("shrunken_feed")
    held = synced(board)
    feeds.decide(held, FeedSync.Decision.REJECTED, board.user)
    assert not feeds.decide(held, FeedSync.Decision.ACCEPTED, board.user)
    assert last(board).pk == held.pk


def test_a_tenant_may_have_a_share_of_its_own(board: Customer) -> None:
    board.change(feed(board), largest_drop_percent=10)
    for index in range(5):
        set_state(board.offered(index), "closed")
    assert synced(board).status == "held"


def test_a_small_drop_closes_without_a_question(board: Customer) -> None:
    for index in range(5):
        set_state(board.offered(index), "closed")
    assert (synced(board).status, still_open(board)) == ("done", JOBS - 5)
