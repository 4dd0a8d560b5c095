"""Deliveries of all tenants in turn: at the pace of each account, a few at once, and not while Lever is in trouble."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from integrations.models import Application, Connection, Delivery, DeliveryAttempt
from integrations.services import (
    deliveries,
    delivering,
    delivery_claims,
    delivery_rows,
    leases,
    pace,
    turns,
    work,
)
from tenants.models import Tenant
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import ConnectionFactory, DeliveryFactory

from .customer import WITH_RESUME, Customer
from .threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = replace(pace.STARTS, pitch=timedelta())
GIVE = delivering.Crew.give


@pytest.fixture(autouse=True)
def new_crew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(delivering, "crew", delivering.Crew())
    yield
    cache.clear()


@pytest.fixture
def tenant() -> Tenant:
    tenant: Tenant = ConnectionFactory.create().tenant
    return tenant


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks for which a message was sent."""
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args: sent.append(task))
    return sent


@pytest.fixture
def one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn is over after one look."""
    monkeypatch.setattr(delivering, "TURN_SECONDS", 0.0)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each was begun that came to Lever, which took all."""
    moments: list[float] = []

    def attempt(delivery: Delivery, _: object) -> bool:
        moments.append(time.monotonic())
        end(delivery)
        return True

    monkeypatch.setattr(deliveries, "attempt", attempt)
    return moments


def end(delivery: Delivery) -> None:
    with tenant_scope(delivery.tenant_id):
        work.record(delivery, status=Delivery.Status.DELIVERED, next_attempt_at=None)


def waiting(tenant: Tenant, count: int) -> list[Delivery]:
    return [DeliveryFactory.create(tenant=tenant) for _ in range(count)]


def account(tenant: Tenant) -> Connection:
    with tenant_scope(tenant.pk):
        return Connection.objects.get()


def fresh(row: Delivery) -> Delivery:
    with across_tenants("a test looks"):
        return Delivery.objects.get(pk=row.pk)


def test_a_turn_ends_as_soon_as_nothing_waits(called: list[str], begun: list[float]) -> None:
    rows = [waiting(ConnectionFactory.create().tenant, 1)[0] for _ in range(3)]
    began = time.monotonic()
    delivering.take_turn()
    assert time.monotonic() - began < delivering.TURN_SECONDS / 2
    assert (len(begun), called) == (3, [])
    assert [fresh(row).status for row in rows] == ["delivered"] * 3


def test_a_turn_that_is_over_too_soon_calls_the_next(
    tenant: Tenant, called: list[str], begun: list[float]
) -> None:
    waiting(tenant, 5)
    delivering.take_turn()
    assert len(begun) == 3
    assert called == [Delivery.task]


def test_they_begin_at_the_pace_at_which_they_may_leave(
    tenant: Tenant, called: list[str], begun: list[float]
) -> None:
    waiting(tenant, 3)
    for _ in range(2):
        delivering.take_turn()
    pitch = pace.STARTS.pitch.total_seconds()
    # What a look's lateness gives back, and how much longer the first takes to be read than the last.
    assert 2 * pitch - 0.1 - 0.1 < begun[-1] - begun[0] < 2 * pitch + 0.2


def test_who_is_looked_at_a_moment_late_loses_nothing(
    tenant: Tenant, called: list[str], begun: list[float], one_look: None
) -> None:
    waiting(tenant, 2)
    delivering.take_turn()
    first = account(tenant).next_start_at
    assert first
    time.sleep((first - timezone.now()).total_seconds() + 0.03)
    delivering.take_turn()
    assert account(tenant).next_start_at == first + pace.STARTS.pitch


def test_tenants_are_taken_in_turn(called: list[str], begun: list[float], one_look: None) -> None:
    """Where there are fewer threads than tenants, and whose pace lets them begin again at once come no sooner."""
    rows = [row for _ in range(3) for row in waiting(ConnectionFactory.create().tenant, 2)]
    order = []
    for _ in range(6):
        lanes = delivery_claims.ready(delivering.crew.last, 1)
        delivering.crew.last = lanes[0] if lanes else 0
        order += lanes
    tenants = list(dict.fromkeys(row.tenant_id for row in rows))
    assert order == [*tenants, *tenants[:2]]


def test_no_more_are_begun_than_threads_are_free(
    called: list[str], one_look: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is at work has none: what they cannot take now is left to another process, unclaimed."""
    first, second, third = [waiting(ConnectionFactory.create().tenant, 1)[0] for _ in range(3)]
    may_end = threading.Event()

    def slow(delivery: Delivery, _: object) -> bool:
        may_end.wait(timeout=20)
        end(delivery)
        connection.close()
        return True

    monkeypatch.setattr(delivering, "THREADS", 2)
    monkeypatch.setattr(delivering, "crew", delivering.Crew())
    monkeypatch.setattr(delivering.Crew, "give", GIVE)
    monkeypatch.setattr(deliveries, "attempt", slow)
    delivering.take_turn()
    delivering.take_turn()
    leases_then = [bool(fresh(it).leased_until) for it in (first, second, third)]
    may_end.set()
    while delivering.crew.free < delivering.THREADS:
        time.sleep(0.02)
    assert leases_then == [True, True, False]


def test_no_more_than_a_few_are_under_way(
    tenant: Tenant, called: list[str], one_look: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And threads take what a turn gives them without keeping it."""
    rows, may_end = waiting(tenant, delivering.MOST_AT_ONCE + 2), threading.Event()
    under_way = []

    def slow(delivery: Delivery, _: object) -> bool:
        under_way.append(delivery.pk)
        may_end.wait(timeout=20)
        end(delivery)
        connection.close()
        return True

    monkeypatch.setattr(delivering.Crew, "give", GIVE)
    monkeypatch.setattr(pace, "STARTS", AT_ONCE)
    monkeypatch.setattr(deliveries, "attempt", slow)
    for _ in rows:
        delivering.take_turn()
    assert delivering.crew.free == delivering.THREADS - delivering.MOST_AT_ONCE
    may_end.set()
    while delivering.crew.free < delivering.THREADS:
        time.sleep(0.02)
    assert sorted(under_way) == sorted(row.pk for row in rows[: delivering.MOST_AT_ONCE])


def test_who_comes_while_a_turn_is_taken_makes_that_one_look_again(
    tenant: Tenant, called: list[str], begun: list[float]
) -> None:
    other, came_at = ConnectionFactory.create().tenant, []

    def come() -> None:
        waiting(other, 1)
        came_at.append(time.monotonic())
        delivering.take_turn()
        connection.close()

    waiting(tenant, 2)
    comes = threading.Timer(0.1, come)
    comes.start()
    delivering.take_turn()
    comes.join()
    assert len(begun) == 3
    assert begun[1] - came_at[0] < pace.STARTS.pitch.total_seconds() / 2


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The one thread of this process is at work until this is set."""
    may_end = threading.Event()

    def work() -> None:
        may_end.wait(timeout=20)

    monkeypatch.setattr(delivering, "THREADS", 1)
    monkeypatch.setattr(delivering, "crew", delivering.Crew())
    monkeypatch.setattr(delivering.Crew, "give", GIVE)
    delivering.crew.give(work)
    yield may_end
    may_end.set()
    while not delivering.crew.free:
        time.sleep(0.02)


def test_while_all_threads_are_busy_others_are_called(
    tenant: Tenant, called: list[str], busy: threading.Event
) -> None:
    waiting(tenant, 1)
    turn = threading.Thread(target=delivering.take_turn)
    turn.start()
    while not called:
        time.sleep(0.01)
    assert turn.is_alive()
    turn.join()


@pytest.mark.parametrize("is_busy", [True, False])
def test_who_comes_while_all_threads_are_busy_stays_until_the_turn_is_over(
    tenant: Tenant, called: list[str], busy: threading.Event, is_busy: bool
) -> None:
    """So no message is left to this process while it can do nothing with it."""
    if not is_busy:
        busy.set()
        while not delivering.crew.free:
            time.sleep(0.01)
    with delivering.crew.turn:
        comes = threading.Thread(target=delivering.take_turn)
        comes.start()
        comes.join(timeout=0.3)
        assert comes.is_alive() is is_busy
    comes.join(timeout=20)  # the turn is its own now
    assert not comes.is_alive()


def test_a_delivery_opens_no_connection_to_the_database_of_its_own(customer: Customer) -> None:
    """There may be many threads, and several processes of them: what all keep open together is few."""
    customer.submit(WITH_RESUME)
    claimed = work.claim(Delivery, customer.delivery().pk)
    assert claimed
    [(delivery, whole)] = delivery_rows.read([claimed])

    def deliver() -> tuple[bool | None, bool]:
        return deliveries.attempt(delivery, whole), connection.connection is None

    assert at_once(1, deliver) == [(True, True)]
    assert (fresh(claimed).status, len(customer.received())) == ("delivered", 1)


def test_what_breaks_is_told_and_keeps_its_lease(
    tenant: Tenant, called: list[str], one_look: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: Delivery) -> bool:
        raise work.LeaseLostError

    monkeypatch.setattr(deliveries, "attempt", breaks)
    [row] = waiting(tenant, 1)
    with capture_logs() as logs:
        delivering.take_turn()
    assert [(it["event"], it["delivery"]) for it in logs] == [("delivery_broke", row.pk)]
    assert (fresh(row).unfinished, bool(fresh(row).leased_until)) == (1, True)


def test_whose_lever_fails_again_and_again_is_left_alone_and_then_tried_by_one(
    tenant: Tenant, called: list[str], one_look: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def fails(delivery: Delivery, _: object) -> bool:
        tried.append(delivery.tenant_id)
        with tenant_scope(delivery.tenant_id):
            work.record(delivery, status=Delivery.Status.RETRY_WAIT, error_code="lever.unavailable")
        return False

    monkeypatch.setattr(pace, "STARTS", AT_ONCE)
    monkeypatch.setattr(deliveries, "attempt", fails)
    waiting(tenant, 2)
    for _ in range(turns.FAILURES_IN_A_ROW + 3):
        delivering.take_turn()
    assert len(tried) == turns.FAILURES_IN_A_ROW
    assert delivery_claims.ready(0, 9) == [], "until it is over"
    other = ConnectionFactory.create().tenant
    waiting(other, 1)
    delivering.take_turn()
    assert tried[turns.FAILURES_IN_A_ROW :] == [other.pk], "nobody else waits for it"
    lanes = [tenant.pk, other.pk]
    records = dict(zip(lanes, turns.records_of([f"deliveries:{it}" for it in lanes]), strict=True))
    record = records[tenant.pk]
    monkeypatch.setattr(time, "time", lambda: record.until + 1)
    assert dict(delivering._at_once(records)) == {
        tenant.pk: 1,
        other.pk: delivering.MOST_AT_ONCE,
    }


def test_what_goes_well_is_noted_only_where_something_went_wrong(
    tenant: Tenant, called: list[str], begun: list[float], one_look: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[str, bool]] = []
    monkeypatch.setattr(turns, "note", lambda *it: noted.append(it))
    waiting(tenant, 1)
    delivering.take_turn()
    assert (len(begun), noted) == (1, [])
    other = ConnectionFactory.create().tenant
    waiting(other, 1)
    monkeypatch.setattr(turns, "records_of", lambda sides: [turns.Record(0, 0.0, "-") for _ in sides])
    delivering.take_turn()
    assert noted == [(f"deliveries:{other.pk}", True)]


def test_half_of_the_last_twenty_is_trouble_too() -> None:
    for number in range(turns.LAST_TRIES):
        turns.note("somebody", is_well=number % 2 == 0)
    assert turns.rests_for("somebody")


def test_what_goes_well_now_and_then_is_no_trouble() -> None:
    for number in range(turns.LAST_TRIES * 2):
        turns.note("somebody else", is_well=number % 4 == 0)
        if turns.rests_for("somebody else"):
            break
    assert number < turns.LAST_TRIES
    for number in range(turns.LAST_TRIES * 2):
        turns.note("a third", is_well=number % 4 != 0)
    assert not turns.rests_for("a third")


@pytest.mark.parametrize("status", [Tenant.Status.PAUSED, Tenant.Status.OFFBOARDED])
def test_what_a_paused_tenant_has_waiting_is_not_begun_and_takes_no_turn(
    tenant: Tenant, called: list[str], begun: list[float], status: str
) -> None:
    [row] = waiting(tenant, 1)
    Tenant.objects.filter(pk=tenant.pk).update(status=status)
    delivering.take_turn()
    assert (begun, fresh(row).attempts, account(tenant).next_start_at) == ([], 0, None)


def test_what_waits_is_begun_without_an_account_too(called: list[str], begun: list[float]) -> None:
    """To be told that nobody has authorized."""
    row = DeliveryFactory.create()
    delivering.take_turn()
    assert (len(begun), fresh(row).attempts) == (1, 1)


def test_a_worker_whose_lease_was_lost_neither_sends_nor_records(tenant: Tenant) -> None:
    [row] = waiting(tenant, 1)
    [slow] = delivery_claims.claim({tenant.pk: 1})
    with tenant_scope(tenant.pk):
        Delivery.objects.update(leased_until=row.created_at)
    quick = work.claim(Delivery, row.pk)
    assert quick
    with pytest.raises(work.LeaseLostError):
        delivery_rows.begin_sending(slow, {})
    with pytest.raises(work.LeaseLostError):
        delivery_rows.record_delivered(slow, row.created_at, "an-id")
    assert (fresh(row).status, bool(fresh(row).leased_until)) == ("ready", True)
    with tenant_scope(tenant.pk):
        assert Application.objects.get().external_id == ""
        assert not DeliveryAttempt.objects.exists()


def test_whose_turn_is_far_is_not_waited_for_and_nothing_is_claimed(
    tenant: Tenant, called: list[str], begun: list[float]
) -> None:
    [row] = waiting(tenant, 1)
    pace.slow_down(tenant.pk, pace.LONGEST_WAIT * 3)
    delivering.take_turn()
    assert (begun, fresh(row).leased_until, fresh(row).attempts) == ([], None, 0)
    assert called == [], "the sweep calls again"


def test_ten_workers_at_once_begin_none_twice(tenant: Tenant, called: list[str], begun: list[float]) -> None:
    rows = waiting(tenant, 3)
    others = [waiting(ConnectionFactory.create().tenant, 1)[0] for _ in range(5)]
    lanes = {row.tenant_id: 4 for row in (*rows, *others)}
    claimed = [it.pk for several in at_once(10, lambda: delivery_claims.claim(lanes)) for it in several]
    assert sorted(claimed) == sorted(row.pk for row in (rows[0], *others))
    assert [fresh(row).lease for row in rows] == [1, 0, 0]


def test_a_lease_is_renewed_as_long_as_somebody_works_on_it(tenant: Tenant) -> None:
    [row] = waiting(tenant, 1)
    claimed = work.claim(Delivery, row.pk)
    assert claimed
    with leases.kept(claimed):
        before = fresh(row).leased_until
        time.sleep(0.05)
        leases.renew_all()
        after = fresh(row).leased_until
    leases.renew_all()
    assert before
    assert after
    assert after > before
    assert fresh(row).leased_until == after, "nobody holds it any more"


def test_a_lease_that_ran_out_is_not_renewed_but_lost(tenant: Tenant) -> None:
    [row] = waiting(tenant, 1)
    claimed = work.claim(Delivery, row.pk)
    assert claimed
    with tenant_scope(tenant.pk):
        Delivery.objects.update(leased_until=row.created_at)
    with leases.kept(claimed):
        leases.renew_all()
    assert fresh(row).leased_until == row.created_at
    assert work.claim(Delivery, row.pk)
    with pytest.raises(work.LeaseLostError), tenant_scope(tenant.pk):
        work.note(claimed, status=Delivery.Status.SENDING)


def test_a_second_claim_of_a_row_is_renewed_although_the_first_is_still_held(tenant: Tenant) -> None:
    """Its lease ran out while the database was away; both are worked on by threads of one process."""
    [row] = waiting(tenant, 1)
    first = work.claim(Delivery, row.pk)
    assert first
    with tenant_scope(tenant.pk):
        Delivery.objects.update(leased_until=row.created_at)
    second = work.claim(Delivery, row.pk)
    assert second
    with leases.kept(first), leases.kept(second):
        before = fresh(row).leased_until
        time.sleep(0.05)
        leases.renew_all()
        after = fresh(row).leased_until
    assert before
    assert after
    assert after > before


def test_what_asks_nobody_tells_nothing_of_lever(
    tenant: Tenant, called: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other_side = f"deliveries:{tenant.pk}"
    for _ in range(turns.FAILURES_IN_A_ROW - 1):
        turns.note(other_side, is_well=False)
    monkeypatch.setattr(pace, "STARTS", AT_ONCE)
    monkeypatch.setattr(deliveries, "attempt", lambda delivery, _: end(delivery))
    waiting(tenant, 2)
    delivering.take_turn()
    assert not turns.rests_for(other_side)
    turns.note(other_side, is_well=False)
    assert turns.rests_for(other_side)


def test_failures_that_were_under_way_do_not_lengthen_the_rest() -> None:
    for _ in range(turns.FAILURES_IN_A_ROW + 3):
        turns.note("a fourth", is_well=False)
    assert turns.rests_for("a fourth") <= turns.FIRST_REST


def test_all_goes_on_while_the_cache_is_away(
    tenant: Tenant, called: list[str], begun: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise RedisError

    for name in ("get", "get_many", "set", "add", "delete", "delete_many"):
        monkeypatch.setattr(cache, name, away)
    waiting(tenant, 1)
    delivering.take_turn()
    assert len(begun) == 1
