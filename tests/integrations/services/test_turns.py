"""Crowds are done by turns: one call at a time, nobody's crowd before others', and rest where there is trouble."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.utils import timezone

from integrations.models import Conversion
from integrations.services import bell, turns, work
from integrations.services.turns import TroubleError
from tests.factories import ConversionFactory, TenantFactory

pytestmark = pytest.mark.django_db(transaction=True)
TASK = Conversion.task
OTHER_SIDE = "a receiver"


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The tenants, in order."""
    tenants: list[int] = []
    monkeypatch.setattr(current_app, "send_task", lambda _, args: tenants.append(int(args[0])))
    turns.forget_trouble(OTHER_SIDE)
    yield tenants
    turns.forget_trouble(OTHER_SIDE)
    for tenant in {1, 2, *tenants}:
        cache.delete(bell._called(TASK, tenant))


def take(tenant_id: int, *went: Any) -> None:
    """A turn in which each `go_on` goes so, and then nothing is left."""
    steps = iter(went)

    def go_on() -> bool:
        step = next(steps, False)
        if isinstance(step, TroubleError):
            raise step
        return bool(step)

    turns.take(Conversion, tenant_id, OTHER_SIDE, go_on)


def test_a_tenant_is_called_once_however_many_rows_wait(called: list[int]) -> None:
    rows = [ConversionFactory.create() for _ in range(2)]
    rows += [ConversionFactory.create(tenant=rows[0].tenant) for _ in range(5)]
    for _ in range(3):
        work.sweep()
    assert sorted(called) == sorted({it.tenant_id for it in rows})
    take(rows[0].tenant_id)
    work.sweep()
    assert called[2:] == [rows[0].tenant_id]


def test_a_tenant_that_rests_is_not_called(called: list[int]) -> None:
    row = ConversionFactory.create(tenant=TenantFactory.create(status="paused"))
    ConversionFactory.create(next_attempt_at=timezone.now() + timedelta(hours=1))
    work.sweep()
    assert row.tenant_id not in called
    assert called == []


def test_whose_turn_is_over_lines_up_again_behind_the_others(
    called: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_TURN", timedelta())
    bell.call(TASK, 1)
    bell.call(TASK, 2)
    take(1, True, True)
    assert called == [1, 2, 1]


def test_while_there_is_trouble_nothing_is_tried_and_nobody_called(called: list[int]) -> None:
    bell.call(TASK, 1)
    take(1, True, TroubleError())
    assert turns.rests_for(OTHER_SIDE) > timedelta()
    take(2, pytest.fail)
    bell.call(TASK, 1)
    bell.call(TASK, 2)
    assert called == [1]


def test_the_rest_doubles_up_to_a_limit_and_is_as_long_as_was_asked(called: list[int]) -> None:
    rests = []
    for _ in range(12):
        turns._rest(OTHER_SIDE, timedelta())
        rests.append(round(turns.rests_for(OTHER_SIDE).total_seconds()))
    assert rests[:4] == [2, 4, 8, 16]
    assert rests[-1] == turns.LONGEST_REST.total_seconds()
    turns._rest(OTHER_SIDE, timedelta(hours=2))
    assert round(turns.rests_for(OTHER_SIDE).total_seconds()) == 7200
    assert turns.forget_trouble(OTHER_SIDE) == 13
    assert turns.forget_trouble(OTHER_SIDE) == 0
