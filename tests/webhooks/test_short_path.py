"""The way of webhooks past Django's handler: the same answers, one round trip, and nothing left on the connection."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone
from structlog.testing import capture_logs

from config.wsgi import django
from integrations.providers import get_provider
from integrations.types import SignedEvent
from tenants import data_keys
from tenants.models import DataKey, Tenant, User
from tenants.scoping import Entering, tenant_scope
from tests.factories import SigningSecretFactory, WebhookEndpointFactory
from webhooks import addresses, endpoints, intake, short_path, storing
from webhooks.models import SigningSecret, WebhookEndpoint, WebhookEvent

from . import rows
from .lever import SECRET, delivery, path_of

pytestmark = pytest.mark.django_db(transaction=True)
Answer = tuple[int, dict[str, str], bytes]
NEW = "e" * 48


def ask(path: str, body: bytes, method: str = "POST") -> Answer:
    """As a server calls the application."""
    told: list[Any] = []

    def start(*status_and_headers: Any) -> Any:
        told.extend(status_and_headers)

    environ = RequestFactory().generic(method, path, body, content_type="application/json").environ
    pieces = short_path.before(django)(environ, start)
    return int(told[0].split()[0]), dict(told[1]), b"".join(pieces)


def test_a_delivery_is_stored_and_answered_with_a_bare_status(endpoint: WebhookEndpoint) -> None:
    assert ask(path_of(endpoint), delivery()) == (200, {"Content-Length": "0"}, b"")
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
    assert (status, headers["Retry-After"]) == (503, "60")
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


def test_many_at_once_are_all_stored_and_answered(endpoint: WebhookEndpoint) -> None:
    def send(_: int) -> int:
        try:
            return ask(path_of(endpoint), delivery())[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as senders:
        assert set(senders.map(send, range(80))) == {200}
    assert len(rows.events()) == 80


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

    def send(to: WebhookEndpoint) -> int:
        try:
            return ask(path_of(to), delivery())[0]
        finally:
            connection.close()

    assert [send(it) for it in (endpoint, other)] == [200, 200]
    with ThreadPoolExecutor(4) as senders, tenant_scope(endpoint.tenant_id):
        list(WebhookEndpoint.objects.select_for_update().filter(pk=endpoint.pk))
        answers = list(senders.map(send, [endpoint, other, endpoint, other]))
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
