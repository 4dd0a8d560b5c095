"""The way of webhooks past Django's handler: the same answers, one round trip, and nothing left on the connection."""

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from structlog.testing import capture_logs

from integrations.providers import get_provider
from integrations.types import SignedEvent
from tenants import data_keys
from tenants.models import DataKey, Tenant, User
from tenants.scoping import Entering, tenant_scope
from tests import server
from tests.factories import SigningSecretFactory, WebhookEndpointFactory
from tests.server import Answer, Application, portal, run, several_threads
from webhooks import addresses, endpoints, intake, short_path, storing
from webhooks.models import SigningSecret, WebhookEndpoint, WebhookEvent

from . import rows
from .lever import SECRET, delivery, path_of

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "e" * 48


def ask(path: str, body: bytes, method: str = "POST") -> Answer:
    """As a server calls the application."""
    with portal() as application:
        return run(server.ask(application, path, body, method=method))


async def at_once(application: Application, asked: Sequence[tuple[str, bytes]]) -> list[int]:
    """The statuses."""
    answers = await asyncio.gather(*(server.ask(application, *it) for it in asked))
    return [status for status, _, _ in answers]


@pytest.fixture
def stored_together(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each commit without a look-up had."""
    counts: list[int] = []

    def store_all(rows: Sequence[Entering]) -> Sequence[bool]:
        counts.append(len(rows))
        return storing.store_all(rows)

    monkeypatch.setattr(short_path, "store_all", store_all)
    return counts


def test_a_delivery_is_stored_and_answered_with_a_bare_status(endpoint: WebhookEndpoint) -> None:
    assert ask(path_of(endpoint), delivery()) == (200, {"content-length": "0"}, b"")
    assert rows.event().status == "received"


def test_the_same_body_again_is_accepted_and_counted(endpoint: WebhookEndpoint) -> None:
    body = delivery()
    assert [ask(path_of(endpoint), body)[0] for _ in range(3)] == [200, 200, 200]
    assert rows.event().repeats == 2


def test_nothing_of_the_tenant_is_left_on_the_connection(endpoint: WebhookEndpoint) -> None:
    for _ in range(2):
        ask(path_of(endpoint), delivery())
    assert_nothing_is_left_on_the_connection()


def assert_nothing_is_left_on_the_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('app.tenant', true), current_setting('app.across_tenants', true)"
        )
        assert cursor.fetchone() == ("", "")
        cursor.execute("SELECT count(*) FROM webhooks_webhookevent")
        assert cursor.fetchone() == (0,)


def test_what_is_remembered_is_stored_without_a_question(
    endpoint: WebhookEndpoint, stored_together: list[int]
) -> None:
    body = delivery()
    assert [ask(path_of(endpoint), it)[0] for it in (delivery(), body, body)] == [200, 200, 200]
    assert stored_together == [1, 1], "the first is looked up, and so is what is there already"
    assert [it.repeats for it in rows.events()] == [0, 1]


def test_a_withdrawn_token_proves_nothing_however_well_it_is_remembered(
    endpoint: WebhookEndpoint,
) -> None:
    path, late = path_of(endpoint), delivery()
    assert ask(path, delivery())[0] == 200
    assert addresses.remembered("lever", endpoint.key)
    with tenant_scope(endpoint.tenant_id):
        SigningSecret.objects.update(withdrawn_at=timezone.now())
    assert ask(path, late)[0] == 401


def test_what_is_neither_stored_nor_repeated_is_not_acknowledged(
    endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when its token is withdrawn between its proof and its insert."""
    monkeypatch.setattr(intake, "store", lambda *_: False)
    assert ask(path_of(endpoint), delivery())[0] == 401


def test_whatever_breaks_lever_is_asked_to_come_back_and_the_log_holds_no_body(
    endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise LookupError("broken")

    monkeypatch.setattr(intake, "store", breaks)
    body = delivery()
    with capture_logs() as logs:
        status, headers, _ = ask(path_of(endpoint), body)
    assert (status, headers["retry-after"]) == (503, "60")
    assert [it["event"] for it in logs] == ["webhook_not_taken"]
    assert body.decode() not in str(logs)
    assert endpoint.key not in str(logs)


@pytest.mark.parametrize("without", ["nestloop indexscan bitmapscan", "hashjoin mergejoin", "seqscan"])
def test_whatever_way_the_planner_takes_the_scope_is_entered_first(
    endpoint: WebhookEndpoint, without: str
) -> None:
    connection.close()  # with its prepared statements
    with connection.cursor() as cursor:
        for way in without.split():
            cursor.execute(f"SET enable_{way} = off")
    try:
        assert [ask(path_of(endpoint), delivery())[0] for _ in range(2)] == [200, 200]
    finally:
        connection.close()


def test_a_new_token_proves_at_once(endpoint: WebhookEndpoint, alice: User) -> None:
    path = path_of(endpoint)
    assert ask(path, delivery())[0] == 200
    endpoints.set_secret(endpoint, NEW, alice)
    assert ask(path, delivery(secret=NEW))[0] == 200


def test_the_address_of_an_ended_connection_is_unknown_at_once(
    endpoint: WebhookEndpoint, northwind: Tenant
) -> None:
    assert ask(path_of(endpoint), delivery())[0] == 200
    Tenant.objects.filter(pk=northwind.pk).update(status=Tenant.Status.OFFBOARDED)
    assert ask(path_of(endpoint), delivery())[0] == 401


def test_the_address_of_an_erased_connection_is_unknown_to_who_remembers_it(
    endpoint: WebhookEndpoint, northwind: Tenant
) -> None:
    assert ask(path_of(endpoint), delivery())[0] == 200
    Tenant.objects.filter(pk=northwind.pk).update(status=Tenant.Status.OFFBOARDED)
    with tenant_scope(northwind.pk):
        DataKey.objects.all().delete()
    data_keys.forget(northwind.pk)
    assert ask(path_of(endpoint), delivery())[0] == 401


def test_a_connection_that_broke_while_it_rested_costs_no_delivery(endpoint: WebhookEndpoint) -> None:
    assert ask(path_of(endpoint), delivery())[0] == 200
    connection.ensure_connection()
    connection.connection.close()  # as a restart of the server does
    assert ask(path_of(endpoint), delivery())[0] == 200
    with tenant_scope(endpoint.tenant_id):
        assert WebhookEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", lambda endpoint: path_of(endpoint), 405),
        ("POST", lambda endpoint: "/webhooks/nobody/" + endpoint.key, 404),
        ("POST", lambda endpoint: path_of(endpoint) + "/more", 404),
    ],
)
def test_what_is_no_webhook_is_answered_as_ever(
    endpoint: WebhookEndpoint, method: str, path: Callable[[WebhookEndpoint], str], status: int
) -> None:
    assert ask(path(endpoint), delivery(), method)[0] == status


def test_several_tenants_events_are_stored_by_one_commit_and_each_by_its_own_live_token(
    endpoint: WebhookEndpoint,
) -> None:
    other, ended = (WebhookEndpointFactory.create(event_kind="stage_changed") for _ in range(2))
    for it in (other, ended):
        SigningSecretFactory.create(tenant=it.tenant, endpoint=it, secret=SECRET)
    with tenant_scope(ended.tenant_id):
        SigningSecret.objects.update(withdrawn_at=timezone.now())
    stored = storing.store_all([_row(it) for it in (endpoint, ended, other, endpoint)])
    assert stored == [True, False, True, True]
    told = [(it.tenant_id, it.endpoint_id, json.loads(it.body)["event"]) for it in rows.events()]
    wanted = [(it.tenant_id, it.pk, "candidateStageChange") for it in (endpoint, other, endpoint)]
    assert sorted(told) == sorted(wanted)
    assert_nothing_is_left_on_the_connection()


def test_no_token_of_one_tenant_stores_anything_for_another(endpoint: WebhookEndpoint) -> None:
    other = WebhookEndpointFactory.create(event_kind="stage_changed")
    SigningSecretFactory.create(tenant=other.tenant, endpoint=other, secret=SECRET)
    foreign = replace(_proof(other), secret_id=_proof(endpoint).secret_id)
    event, body = _event()
    assert storing.store_all([_row(endpoint), storing.row_of(foreign, event, body)]) == [True, False]


def test_many_at_once_are_all_stored_by_few_commits(
    endpoint: WebhookEndpoint, stored_together: list[int]
) -> None:
    path = path_of(endpoint)
    assert ask(path, delivery())[0] == 200
    with portal(several_threads) as application:
        answers = run(at_once(application, [(path, delivery()) for _ in range(80)]))
    assert set(answers) == {200}
    assert (len(rows.events()), sum(stored_together)) == (81, 80)
    assert len(stored_together) < 10


def test_what_is_long_is_not_read_where_others_would_wait(
    endpoint: WebhookEndpoint, stored_together: list[int]
) -> None:
    assert ask(path_of(endpoint), delivery())[0] == 200
    assert ask(path_of(endpoint), delivery().ljust(intake.MOST_AT_ONCE + 1))[0] == 200
    assert stored_together == []


def test_what_breaks_together_is_stored_alone_and_told_once(
    endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_of(endpoint)
    assert ask(path, delivery())[0] == 200

    def breaks(rows: Sequence[Entering]) -> Sequence[bool]:
        raise OperationalError("broken")

    monkeypatch.setattr(short_path, "store_all", breaks)
    with portal(several_threads) as application, capture_logs() as logs:
        answers = run(at_once(application, [(path, delivery()) for _ in range(8)]))
    assert answers == [200] * 8
    assert len(rows.events()) == 9
    assert sum(it["count"] for it in logs if it["event"] == "webhooks_not_stored_together") == 8
    assert len(logs) <= 2


def test_the_same_events_in_two_orders_at_once_wait_for_nobody(endpoint: WebhookEndpoint) -> None:
    """Two processes get what Lever sends twice."""
    proof, start = _proof(endpoint), Barrier(2)
    events = [[_event() for _ in range(20)] for _ in range(10)]

    def store(step: int) -> int:
        """How many were new to it."""
        try:
            new = 0
            for some in events:
                start.wait(10)
                new += sum(storing.store_all([storing.row_of(proof, *it) for it in some[::step]]))
            return new
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as processes:
        assert sum(processes.map(store, [1, -1])) == 200


def test_a_row_that_somebody_holds_keeps_only_its_own_tenant_waiting(endpoint: WebhookEndpoint) -> None:
    other = WebhookEndpointFactory.create(event_kind="stage_changed")
    SigningSecretFactory.create(tenant=other.tenant, endpoint=other, secret=SECRET)

    assert [ask(path_of(it), delivery())[0] for it in (endpoint, other)] == [200, 200]
    asked = [(path_of(it), delivery()) for it in (endpoint, other, endpoint, other)]
    with portal(several_threads) as application, tenant_scope(endpoint.tenant_id):
        list(WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.pk))
        answers = run(at_once(application, asked))
    assert answers == [503, 200, 503, 200]
    assert len(rows.events()) == 4


def _proof(endpoint: WebhookEndpoint) -> storing.Proof:
    with tenant_scope(endpoint.tenant_id):
        secret = SigningSecret.objects.get()
    return storing.Proof(endpoint.tenant_id, endpoint.pk, endpoint.event_kind, secret.pk)


def _event() -> tuple[SignedEvent, bytes]:
    body = delivery()
    return get_provider("lever").parse_event(body), body


def _row(endpoint: WebhookEndpoint) -> Entering:
    return storing.row_of(_proof(endpoint), *_event())
