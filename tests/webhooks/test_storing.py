"""One row for each signed body, whatever the network does; a body is kept sealed, and costs few queries."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants.scoping import across_tenants
from tests.factories import SigningSecretFactory, WebhookEndpointFactory
from webhooks.models import SigningSecret, WebhookEndpoint, WebhookEvent

from . import rows
from .door import knock
from .lever import SECRET, delivery, now_ms, post, stage_change

TOKEN = "cd" * 24


def test_the_same_body_again_is_counted_and_not_stored(endpoint: WebhookEndpoint) -> None:
    body = delivery()
    assert [post(endpoint, body).status_code for _ in range(3)] == [200, 200, 200]
    assert rows.event().repeats == 2


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_are_one(endpoint: WebhookEndpoint) -> None:
    body = delivery()

    def send(_: int) -> Any:
        try:
            return post(endpoint, body).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(send, range(10))) == [200] * 10
    assert rows.event().repeats == 9


def test_the_same_signature_with_another_body_is_kept_beside_the_first(endpoint: WebhookEndpoint) -> None:
    at = now_ms()
    bodies = [delivery(stage_change(toStageId=stage), token=TOKEN, at=at) for stage in ("offer", "hired")]
    assert [post(endpoint, body).status_code for body in bodies] == [200, 200]
    assert [it.body for it in rows.events()] == bodies
    assert len({it.key for it in rows.events()}) == 1


def test_digits_that_move_between_token_and_time_make_no_second_event(endpoint: WebhookEndpoint) -> None:
    """No separator stands between them, so both verify: the signed string is the key, not the token."""
    at = now_ms()
    post(endpoint, delivery(token=TOKEN, at=at))
    assert rows.event().key == hashlib.sha256(f"{TOKEN}{at}".encode()).hexdigest()


def test_the_same_delivery_at_two_tenants_is_two_events(endpoint: WebhookEndpoint) -> None:
    other = WebhookEndpointFactory.create()
    SigningSecretFactory.create(tenant=other.tenant, endpoint=other, secret=SECRET)
    body = delivery()
    assert [post(it, body).status_code for it in (endpoint, other)] == [200, 200]
    assert {it.tenant_id for it in rows.events()} == {endpoint.tenant_id, other.tenant_id}


def test_the_body_is_sealed_where_it_lies(endpoint: WebhookEndpoint) -> None:
    body = delivery()
    post(endpoint, body)
    assert rows.event().body == body
    with connection.cursor() as cursor, across_tenants("a test looks"):
        cursor.execute(f"SELECT body FROM {WebhookEvent._meta.db_table}")
        (sealed,) = cursor.fetchone()
    assert b"candidateStageChange" not in bytes(sealed)


def test_a_delivery_costs_one_statement_once_its_address_is_known(endpoint: WebhookEndpoint) -> None:
    """Before that the address with its tokens; and once a minute the token's proof."""
    asked = [_statements(endpoint) for _ in range(2)]
    assert [_words(statements) for statements in asked] == [
        ["SELECT", "INSERT", "UPDATE", "SELECT"],
        ["INSERT"],
    ]
    with across_tenants("a test looks"):
        assert SigningSecret.objects.get().matches == 1


def test_what_is_not_believed_costs_six(endpoint: WebhookEndpoint) -> None:
    with CaptureQueriesContext(connection) as asked:
        post(endpoint, delivery(secret="a" * 48))
    assert len(_words([it["sql"] for it in asked.captured_queries])) <= 6


def _statements(endpoint: WebhookEndpoint) -> list[str]:
    body = delivery()
    with CaptureQueriesContext(connection) as asked:
        knock(endpoint, body)
    return [it["sql"] for it in asked.captured_queries]


def _words(statements: list[str]) -> list[str]:
    scoping = ("SELECT set_config", "SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return [it.split()[0] for it in statements if not it.startswith(scoping)]
