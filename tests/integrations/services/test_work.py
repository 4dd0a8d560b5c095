"""Rows as their own queue: claimed by one, written by whoever holds the lease, found again by the sweep."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Conversion, Delivery, Discovery, FeedSync, FormCheck, Work
from integrations.services import bell, conversion_sending, discoveries, forms, syncing, work
from integrations.services.work import LeaseLostError
from tenants.models import Tenant
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import (
    ConnectionFactory,
    ConversionFactory,
    DeliveryFactory,
    FeedSyncFactory,
    FormCheckFactory,
)

from .threads import at_once

pytestmark = pytest.mark.django_db
committing = pytest.mark.django_db(transaction=True)


def change(row: Work, **values: Any) -> None:
    with tenant_scope(row.tenant_id):
        type(row)._default_manager.filter(pk=row.pk).update(**values)


def again(row: Work) -> Any:
    with tenant_scope(row.tenant_id):
        return type(row)._default_manager.get(pk=row.pk)


@committing
def test_of_many_who_claim_at_once_one_gets_the_row() -> None:
    row = DeliveryFactory.create()
    claimed = at_once(4, lambda: work.claim(Delivery, row.pk))
    assert [it.pk for it in claimed if it] == [row.pk]
    assert again(row).lease == 1


def test_a_claimed_row_is_leased_and_counted() -> None:
    row = DeliveryFactory.create()
    claimed = work.claim(Delivery, row.pk)
    assert claimed
    assert (claimed.lease, claimed.attempts, claimed.unfinished) == (1, 1, 1)
    stored = again(row)
    assert stored.leased_until - timezone.now() > timedelta(seconds=Delivery.lease_seconds - 3)
    assert work.claim(Delivery, row.pk) is None


@pytest.mark.parametrize(
    "values",
    [
        {"next_attempt_at": None},
        {"next_attempt_at": timezone.now() + timedelta(days=900)},
        {"leased_until": timezone.now() + timedelta(days=900)},
    ],
)
def test_what_rests_waits_or_is_held_is_not_given_out(values: dict[str, Any]) -> None:
    row = DeliveryFactory.create(**values)
    assert work.claim(Delivery, row.pk) is None


@pytest.mark.parametrize("status", [Tenant.Status.PAUSED, Tenant.Status.OFFBOARDED])
def test_what_a_paused_tenant_has_waiting_stays(status: str) -> None:
    row = DeliveryFactory.create(tenant__status=status)
    assert work.claim(Delivery, row.pk) is None
    assert (row.pk in rung_by_the_sweep(Delivery)) is False


def test_a_worker_whose_lease_was_lost_writes_nothing() -> None:
    row = DeliveryFactory.create()
    slow = work.claim(Delivery, row.pk)
    change(row, leased_until=timezone.now() - timedelta(seconds=1))
    quick = work.claim(Delivery, row.pk)
    assert slow
    assert quick
    with tenant_scope(row.tenant_id), pytest.raises(LeaseLostError):
        work.record(slow, status="delivered")
    with tenant_scope(row.tenant_id), pytest.raises(LeaseLostError):
        work.note(slow, status="delivered")
    assert (again(row).status, again(row).lease) == ("ready", 2)
    with tenant_scope(row.tenant_id):
        work.record(quick, status="rejected", next_attempt_at=None)
    assert (again(row).status, again(row).leased_until, again(row).unfinished) == ("rejected", None, 0)


def test_a_note_renews_the_lease_and_keeps_the_count_of_crashes() -> None:
    row = DeliveryFactory.create()
    claimed = work.claim(Delivery, row.pk)
    change(row, leased_until=timezone.now() + timedelta(seconds=1))
    assert claimed
    with tenant_scope(row.tenant_id):
        work.note(claimed, status="sending")
    stored = again(row)
    assert stored.leased_until - timezone.now() > timedelta(seconds=Delivery.lease_seconds - 3)
    assert (stored.status, stored.unfinished, claimed.status) == ("sending", 1, "sending")


def test_after_five_crashes_a_row_is_given_out_to_be_buried() -> None:
    row = DeliveryFactory.create()
    for _ in range(5):
        claimed = work.claim(Delivery, row.pk)
        assert claimed
        assert not work.is_worn_out(claimed)
        change(row, leased_until=None)
    last = work.claim(Delivery, row.pk)
    assert last
    assert work.is_worn_out(last)


def send_conversion(pk: int) -> None:
    with across_tenants("a test looks"):
        tenant_id = Conversion.objects.get(pk=pk).tenant_id
    conversion_sending.send_due(tenant_id)


@pytest.mark.parametrize(
    ("make", "run", "ended"),
    [
        (lambda: FeedSyncFactory.create(status="queued", finished_at=None), syncing.run, "failed"),
        (FormCheckFactory.create, forms.check, "unreadable"),
        (ConversionFactory.create, send_conversion, "dead"),
        (lambda: discovery(), discoveries.run, "failed"),
    ],
)
def test_whatever_breaks_the_worker_is_buried_with_words(
    make: Callable[[], Work], run: Callable[[int], None], ended: str
) -> None:
    row = make()
    change(row, unfinished=work.MOST_UNFINISHED, next_attempt_at=timezone.now())
    run(row.pk)
    buried = again(row)
    assert (buried.status, buried.error_code, buried.leased_until) == (ended, "work.crashes", None)
    assert buried.next_attempt_at is None or buried.next_attempt_at > timezone.now()


def discovery() -> Discovery:
    connection = ConnectionFactory.create()
    return discoveries.start(connection)


def rung_by_the_sweep(model: type[Work]) -> list[object]:
    return list(work._forgotten(model))


def test_the_sweep_takes_the_tenants_in_turn() -> None:
    flood = [DeliveryFactory.create() for _ in range(1)]
    flood += [DeliveryFactory.create(tenant=flood[0].tenant) for _ in range(24)]
    alone = DeliveryFactory.create(next_attempt_at=timezone.now())
    found = rung_by_the_sweep(Delivery)
    assert alone.pk in found[:2]
    assert len(found) == work.MOST_PER_TENANT + 1


def test_the_sweep_rings_for_what_was_forgotten_and_not_for_what_was_rung_a_moment_ago() -> None:
    forgotten = DeliveryFactory.create()
    due_since = timezone.now() - 2 * work.RING_AGAIN_AFTER
    rung = DeliveryFactory.create(next_attempt_at=due_since, rung_at=timezone.now())
    assert rung_by_the_sweep(Delivery) == [forgotten.pk]
    assert rung_by_the_sweep(Delivery) == []
    change(rung, rung_at=timezone.now() - work.RING_AGAIN_AFTER)
    assert rung_by_the_sweep(Delivery) == [rung.pk]


def test_what_is_due_again_soon_after_it_was_rung_and_done_is_rung_again() -> None:
    row = DeliveryFactory.create(next_attempt_at=timezone.now() - timedelta(seconds=5))
    assert rung_by_the_sweep(Delivery) == [row.pk]
    change(
        row,
        rung_at=timezone.now() - timedelta(seconds=4),
        next_attempt_at=timezone.now() - timedelta(seconds=1),
    )
    assert rung_by_the_sweep(Delivery) == [row.pk]


def test_the_sweep_rings_for_every_kind_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [DeliveryFactory.create(), ConversionFactory.create(), discovery()]
    change(rows[2], rung_at=None)
    heard: list[tuple[str, list[object]]] = []
    monkeypatch.setattr(bell, "send", lambda task, *whom: heard.append((task, [*whom])))
    work.sweep()
    assert all((row.task, row.whom) in heard for row in rows)
    assert {Delivery, Conversion, Discovery, FeedSync, FormCheck} <= set(work.work_models())


def test_due_times_are_those_of_the_database() -> None:
    row = DeliveryFactory.create()
    with across_tenants("a test moves the time"):
        Delivery.objects.filter(pk=row.pk).update(next_attempt_at=work.after(timedelta(seconds=-1)))
    assert work.claim(Delivery, row.pk)
    with tenant_scope(row.tenant_id):
        assert work.claim_oldest(Delivery, row.tenant_id, 5) == []


def test_the_oldest_are_claimed_first_and_only_so_many() -> None:
    first = DeliveryFactory.create()
    moments = [timezone.now() - timedelta(minutes=minutes) for minutes in (3, 2, 1)]
    others = [DeliveryFactory.create(tenant=first.tenant, next_attempt_at=moment) for moment in moments]
    DeliveryFactory.create(next_attempt_at=moments[0])
    claimed = work.claim_oldest(Delivery, first.tenant_id, 2)
    assert {row.pk for row in claimed} == {others[0].pk, others[1].pk}


def test_what_is_given_back_is_as_it_was() -> None:
    row = DeliveryFactory.create(attempts=3)
    claimed = work.claim(Delivery, row.pk)
    assert claimed
    with tenant_scope(row.tenant_id):
        work.give_back(claimed)
    now = again(row)
    assert (now.attempts, now.unfinished, now.leased_until) == (3, 0, None)
    assert work.claim(Delivery, row.pk)
