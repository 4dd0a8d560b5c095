"""Whose Lever is in trouble is left alone for a while; then one alone tries."""

import time

import pytest
from django.core.cache import cache
from redis.exceptions import RedisError

from integrations.models import Delivery
from integrations.services import (
    deliveries,
    delivering,
    delivery_claims,
    pace,
    turns,
    work,
)
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import ConnectionFactory

from .queued import AT_ONCE, end, waiting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("new_crew")]


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
