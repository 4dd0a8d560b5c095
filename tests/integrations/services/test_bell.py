"""The doorbell rings after the commit, and nobody waits for it."""

import time
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import transaction
from structlog.testing import capture_logs

from dev.ports import free_port
from integrations.models import FormCheck
from integrations.services import bell
from tenants.scoping import tenant_scope
from tests.factories import FormCheckFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    rung: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args: rung.append((task, args)))
    return rung


def test_it_rings_once_the_row_is_committed(heard: list[Any]) -> None:
    row = FormCheckFactory.create()
    with tenant_scope(row.tenant_id):
        bell.ring(row)
        assert heard == []
    assert heard == [("integrations.tasks.check_form", [str(row.pk)])]
    with tenant_scope(row.tenant_id):
        assert FormCheck.objects.get().rung_at


def test_it_does_not_ring_for_what_was_rolled_back(heard: list[Any]) -> None:
    row = FormCheckFactory.create()
    with transaction.atomic(), tenant_scope(row.tenant_id):
        bell.ring(row)
        transaction.set_rollback(True)
    assert heard == []


def test_a_broker_that_is_down_is_logged_and_swallowed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with current_app.connection_for_write(f"redis://127.0.0.1:{free_port()}/0") as nowhere:
        real = current_app.send_task
        monkeypatch.setattr(
            current_app, "send_task", lambda task, args: real(task, args=args, connection=nowhere)
        )
        begun = time.monotonic()
        with capture_logs() as logs:
            bell.send("integrations.tasks.check_form", 7)
    assert time.monotonic() - begun < 3, "whoever rings is a customer's request"
    assert [(it["event"], it["row"]) for it in logs] == [("bell_not_heard", "7")]


def test_a_call_to_everybody_that_was_lost_is_made_again_soon(
    heard: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[float] = []

    def add(_key: str, _value: object, seconds: float) -> bool:
        kept.append(seconds)
        return False

    monkeypatch.setattr(cache, "add", add)
    bell.call("integrations.tasks.deliver")
    bell.call("integrations.tasks.send_conversions", 7)
    assert kept == [bell.CALL_ALL_AGAIN_AFTER.total_seconds(), bell.CALL_AGAIN_AFTER.total_seconds()]
    assert kept[0] <= 3 < kept[1]
