"""At most so many applications and readings a second for one account, across all workers and machines."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import accumulate, count, pairwise

import pytest

from integrations.errors import RateLimitedError
from integrations.models import Connection
from integrations.services import pace
from integrations.services.allowances import Allowance
from tenants.scoping import tenant_scope
from tests.factories import ConnectionFactory

from .threads import at_once

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_turns_that_lie_apart() -> None:
    tenant_id = ConnectionFactory.create().tenant_id

    def turn() -> float:
        pace.wait_for_turn(tenant_id)
        return time.monotonic()

    turns = sorted(at_once(4, turn))
    gaps = [later - earlier for earlier, later in pairwise(turns)]
    assert turns[-1] - turns[0] > 3 * pace.POSTS.pitch.total_seconds() - 0.2
    assert min(gaps) > 0.3


def test_no_tenant_waits_for_another() -> None:
    crowded, other = ConnectionFactory.create(), ConnectionFactory.create()
    pace.slow_down(crowded.tenant_id, timedelta(hours=1))
    begun = time.monotonic()
    pace.wait_for_turn(other.tenant_id)
    assert time.monotonic() - begun < 0.4


def test_whose_turn_is_far_away_is_sent_away_at_once() -> None:
    tenant_id = ConnectionFactory.create().tenant_id
    pace.wait_for_turn(tenant_id)
    pace.slow_down(tenant_id, timedelta(seconds=10))
    begun = time.monotonic()
    with pytest.raises(RateLimitedError, match=r"pace\.queue") as refused:
        pace.wait_for_turn(tenant_id)
    assert time.monotonic() - begun < 0.4
    assert refused.value.retry_after == pace.LONGEST_WAIT


def test_who_was_sent_away_took_no_turn() -> None:
    connection = ConnectionFactory.create()
    pace.slow_down(connection.tenant_id, timedelta(minutes=1))
    before = next_post_at(connection)
    for _ in range(3):
        with pytest.raises(RateLimitedError):
            pace.wait_for_turn(connection.tenant_id)
    assert next_post_at(connection) == before


def next_post_at(connection: Connection) -> datetime | None:
    with tenant_scope(connection.tenant_id):
        return Connection.objects.get().next_post_at


def test_slowing_down_never_brings_a_turn_nearer() -> None:
    tenant_id = ConnectionFactory.create().tenant_id
    pace.slow_down(tenant_id, timedelta(minutes=10))
    pace.slow_down(tenant_id, timedelta(seconds=1))
    with pytest.raises(RateLimitedError):
        pace.wait_for_turn(tenant_id)


def test_readings_and_applications_do_not_wait_for_each_other_but_slow_down_together() -> None:
    tenant_id = ConnectionFactory.create().tenant_id
    begun = time.monotonic()
    for line in (pace.STARTS, pace.POSTS, pace.READS):
        pace.wait_for_turn(tenant_id, line)
    assert time.monotonic() - begun < pace.READS.pitch.total_seconds()
    pace.slow_down(tenant_id, timedelta(seconds=10))
    for line in (pace.STARTS, pace.POSTS, pace.READS):
        with pytest.raises(RateLimitedError):
            pace.wait_for_turn(tenant_id, line)


def test_ten_calls_leave_in_a_second_whoever_makes_them() -> None:
    def call(_: int) -> int:
        pace.wait_for_call(7)
        return int(time.time())

    with ThreadPoolExecutor(6) as workers:
        seconds = Counter(workers.map(call, range(24)))
    # Who is slow to look at the clock may be seen in a later second, never in an earlier one.
    until_then = list(accumulate(seconds[it] for it in range(min(seconds), max(seconds) + 1)))
    assert until_then[-1] == 24
    assert all(total <= 10 * number for number, total in enumerate(until_then, 1))


def test_each_call_of_many_is_counted_and_only_the_tenants_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "CALLS", Allowance("few", most=3, seconds=3600))
    monkeypatch.setattr(pace, "LONGEST_WAIT", timedelta())
    for _ in range(3):
        pace.wait_for_call(7)
    with pytest.raises(RateLimitedError) as refused:
        pace.wait_for_call(7)
    assert refused.value.code == pace.QUEUED
    pace.wait_for_call(8)


def test_calls_that_are_paid_ahead_are_made_at_once_and_those_beyond_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "CALLS", Allowance("ahead", most=3, seconds=3600))
    monkeypatch.setattr(pace, "LONGEST_WAIT", timedelta())
    paid, _, too_late = pace.pay_ahead([7, 8, 7], 2)
    for _ in range(2):
        paid.wait()
    for spent in (paid, too_late):
        with pytest.raises(RateLimitedError):
            spent.wait()
    pace.Calls(8).wait()
    with pytest.raises(RateLimitedError):
        pace.Calls(8).wait()


def test_calls_that_are_paid_ahead_count_for_their_second_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "LONGEST_WAIT", timedelta())
    monkeypatch.setattr(pace, "CALLS", Allowance("late", most=1, seconds=1))
    [paid] = pace.pay_ahead([7], 1)
    monkeypatch.setattr(pace, "CALLS", Allowance("spent", most=0, seconds=3600))
    moments = count(time.monotonic() + 1)
    monkeypatch.setattr("integrations.services.pace.time.monotonic", lambda: next(moments))
    with pytest.raises(RateLimitedError):
        paid.wait()
