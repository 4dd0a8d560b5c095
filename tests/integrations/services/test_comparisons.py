"""What Lever's API tells beside what the feed holds: each difference with its reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.lever.client import LeverClient
from integrations.models import FeedComparison, FeedSync, Posting
from integrations.services import comparisons, feeds, leases, readings
from integrations.services.comparisons import Why
from integrations.types import ListedPosting, Visibility
from sandbox.world.form_editor import set_state
from tenants.scoping import tenant_scope
from tests.lever_world import lift_limits, make_due, work_off

from .board import JOBS, address, feed
from .customer import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(customer: Customer) -> Customer:
    customer.account.is_feed_on = True
    lift_limits(customer.server)
    with_site(customer, "northwind")
    feeds.confirm(customer.tenant, feeds.understand(address(customer, "xml")), customer.user)
    work_off(FeedSync)
    return customer


def with_site(customer: Customer, site: str) -> None:
    customer.change(customer.connection(), site=site)


def compared(customer: Customer) -> FeedComparison:
    readings.schedule()
    make_due(FeedComparison)
    work_off(FeedComparison)
    return row(customer)


def row(customer: Customer) -> FeedComparison:
    with tenant_scope(customer.tenant.pk):
        return FeedComparison.objects.get()


def reasons(customer: Customer) -> list[tuple[str, str]]:
    return [(it["title"], it["why"]) for it in compared(customer).differences]


def test_lists_that_agree_have_no_difference_but_what_is_not_public(board: Customer) -> None:
    found = compared(board)
    assert (found.in_ats, found.in_feed) == (JOBS, JOBS)
    assert found.read_at
    assert {it["why"] for it in found.differences} <= {Why.INTERNAL, Why.UNLISTED}
    not_public = [it for it in board.account.postings.values() if it.takes_applications and not it.is_public]
    assert len(found.differences) == len(not_public)


def test_what_is_not_public_is_in_no_feed(board: Customer) -> None:
    set_state(board.offered(0), "internal")
    board.offered(1).distribution_channels = ["internal"]
    feeds.start_sync(feed(board), FeedSync.Trigger.SCHEDULE)
    work_off(FeedSync)
    found = reasons(board)
    assert (board.offered(0).text, Why.UNLISTED) in found
    assert (board.offered(1).text, Why.INTERNAL) in found


def test_what_changed_since_the_feed_was_read_is_told_from_what_nobody_can_explain(board: Customer) -> None:
    set_state(board.offered(0), "closed")
    del board.account.postings[board.offered(1).id]
    titles = board.offered(0).text
    found = dict(reasons(board))
    assert found[titles] == Why.CLOSED
    assert Why.GONE in found.values()


@pytest.mark.parametrize(("minutes", "why"), [(5, Why.NEW), (-5, Why.UNEXPLAINED)])
def test_a_public_job_that_the_feed_lacks(board: Customer, minutes: int, why: Why) -> None:
    missing = board.offered(0)
    set_state(missing, "closed")
    feeds.start_sync(feed(board), FeedSync.Trigger.SCHEDULE)
    work_off(FeedSync)
    set_state(missing, "published")
    at = timezone.now() + timedelta(minutes=minutes)
    missing.updated_at = int(at.timestamp() * 1000)
    assert (missing.text, why) in reasons(board)


def test_a_filter_in_the_feeds_address_explains_what_it_leaves_out(board: Customer) -> None:
    team = board.offered(0).team or ""
    pasted = f"{address(board, 'xml')}&team={team}"
    feeds.allow_drop(feed(board), 100, board.user)
    feeds.confirm(board.tenant, feeds.understand(pasted), board.user)
    work_off(FeedSync)
    for posting in board.account.postings.values():
        posting.updated_at = int((timezone.now() - timedelta(days=1)).timestamp() * 1000)
    found = compared(board)
    assert {it["why"] for it in found.differences} >= {Why.FILTERED}
    assert Why.UNEXPLAINED not in {it["why"] for it in found.differences}


def test_the_feed_of_another_site_is_compared_with_nothing(board: Customer) -> None:
    set_state(board.offered(0), "internal")
    assert compared(board).differences
    with_site(board, "halden")
    found = compared(board)
    assert (found.in_ats, found.in_feed, found.differences) == (0, 0, [])


def test_all_differences_are_counted_and_the_first_of_each_reason_told(
    board: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparisons, "MOST_TOLD", 1)
    listed = [ListedPosting(f"u{n}", f"Unlisted {n}", Visibility.UNLISTED, None) for n in range(3)]
    monkeypatch.setattr(LeverClient, "listed_postings", lambda _: listed)
    with tenant_scope(board.tenant.pk):
        Posting.objects.filter(closed_at=None).exclude(external_id=board.offered(0).id).update(
            closed_at=timezone.now()
        )
    set_state(board.offered(0), "closed")
    found = compared(board)
    assert (found.counts, found.count) == ({"unlisted": 3, "closed": 1}, 4)
    assert [it["why"] for it in found.differences] == ["unlisted", "closed"]


def test_a_large_account_is_read_under_one_lease(board: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    leases: list[timedelta] = []

    def measure(_: LeverClient) -> list[ListedPosting]:
        until = row(board).leased_until
        assert until
        leases.append(until - timezone.now())
        return []

    monkeypatch.setattr(LeverClient, "listed_postings", measure)
    compared(board)
    assert leases[0] > timedelta(minutes=9)


def test_nobody_asks_lever_for_it_every_time(board: Customer) -> None:
    before = compared(board).tried_at
    feeds.start_sync(feed(board), FeedSync.Trigger.CUSTOMER)
    work_off(FeedSync, FeedComparison)
    assert row(board).tried_at == before


def test_however_long_it_takes_nobody_else_begins_it(
    board: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[timedelta] = []

    def slow(client: LeverClient) -> list[ListedPosting]:
        board.change(row(board), leased_until=timezone.now() + timedelta(seconds=1))
        leases.renew_all()
        left.append((row(board).leased_until or timezone.now()) - timezone.now())
        return []

    monkeypatch.setattr(LeverClient, "listed_postings", slow)
    compared(board)
    assert left[0] > timedelta(minutes=5)
