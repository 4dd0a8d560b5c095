"""Deliveries of all tenants in turn: at the pace of each account, a few at once."""

import threading
import time
from collections.abc import Iterator

import pytest
from celery.signals import worker_shutting_down
from django.db import connection
from django.utils import timezone
from structlog.testing import capture_logs

from integrations.models import Delivery
from integrations.services import (
    deliveries,
    delivering,
    delivery_claims,
    delivery_rows,
    pace,
    work,
)
from tenants.models import Tenant
from tests.factories import ConnectionFactory, DeliveryFactory

from .customer import WITH_RESUME, Customer
from .queued import AT_ONCE, account, end, fresh, waiting
from .threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("new_crew")]
GIVE = delivering.Crew.give


def test_a_turn_ends_as_soon_as_nothing_waits(called: list[str], begun: list[float]) -> None:
    rows = [waiting(ConnectionFactory.create().tenant, 1)[0] for _ in range(3)]
    began = time.monotonic()
    delivering.take_turn()
    assert time.monotonic() - began < delivering.SOON_SECONDS / 2
    assert (len(begun), called) == (3, [])
    assert [fresh(row).status for row in rows] == ["delivered"] * 3


def test_a_turn_goes_on_as_long_as_something_waits(
    tenant: Tenant, called: list[str], begun: list[float]
) -> None:
    """No message is waited for in between."""
    waiting(tenant, 4)
    delivering.take_turn()
    assert (len(begun), called) == (4, [])


def test_a_turn_that_is_over_too_soon_calls_the_next(
    tenant: Tenant, called: list[str], begun: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "TURN_SECONDS", 1.0)
    waiting(tenant, 5)
    delivering.take_turn()
    assert len(begun) == 3
    assert called == [Delivery.task]


def test_a_process_that_is_told_to_stop_leaves_what_waits_to_another(
    tenant: Tenant, called: list[str], begun: list[float]
) -> None:
    rows = waiting(tenant, 5)
    stop = threading.Timer(0.7, worker_shutting_down.send, ["deliveries@here"])
    stop.start()
    delivering.take_turn()
    stop.join()
    assert len(begun) == 2
    assert called == [Delivery.task]
    assert [bool(fresh(it).leased_until) for it in rows[2:]] == [False] * 3


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
    def take_turn() -> None:
        delivering.take_turn()
        connection.close()

    [row] = waiting(tenant, 1)
    turn = threading.Thread(target=take_turn)
    turn.start()
    while not called:
        time.sleep(0.01)
    assert (turn.is_alive(), fresh(row).lease) == (True, 0)
    busy.set()
    turn.join(timeout=20)
    assert fresh(row).lease == 1


def test_who_comes_while_all_threads_are_busy_stays_until_one_is_free(busy: threading.Event) -> None:
    """So no message is left to this process while it can do nothing with it."""
    with delivering.crew.turn:
        comes = threading.Thread(target=delivering.take_turn)
        comes.start()
        comes.join(timeout=0.3)
        assert comes.is_alive()
        busy.set()
        comes.join(timeout=0.5)
        assert not comes.is_alive()
        delivering.take_turn()  # and not for a moment then


def test_a_message_leaves_no_connection_to_the_database_open(called: list[str]) -> None:
    """With green threads each has one of its own, which ends with it."""

    def answer() -> bool:
        delivering.answer_call()
        return connection.connection is None

    assert at_once(1, answer) == [True]


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
