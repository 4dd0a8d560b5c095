"""What is not believed gets one answer, and is kept so that a wrong token can be found and mended."""

from typing import Any

import pytest
from django.test import Client

from tenants.models import Tenant, User
from tenants.scoping import across_tenants
from tests.factories import SigningSecretFactory, WebhookEndpointFactory
from webhooks import endpoints, intake
from webhooks.models import RejectedRequest, SigningSecret, WebhookEndpoint

from . import rows
from .lever import OTHER_SECRET, delivery, now_ms, post, signature

TOKEN = "ab" * 24
DEEP = b'{"a":' * 30 + b"1" + b"}" * 30
MALFORMED = {
    "empty": b"",
    "no JSON": b"event=candidateHired",
    "a list": b"[]",
    "a text": b'"x"',
    "not UTF-8": b'{"event":"\xff"}',
    "NaN": b'{"triggeredAt":NaN}',
    "infinite": b'{"triggeredAt":1e999}',
    "a key twice": b'{"token":"a","token":"b"}',
    "deep": DEEP,
    "endless": b"[" * 100_000,
    "a huge integer": b'{"triggeredAt":' + b"9" * 5000 + b"}",
    "many values": b'{"data":[' + b"1," * 2500 + b"1]}",
    "broken off": delivery()[:-5],
    "a short token": delivery(token="ab"),
    "twelve digits": delivery(at=999_999_999_999),
    "a lone surrogate": b'{"event":"\\ud800"}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_webhook_is_not_believed(endpoint: WebhookEndpoint, body: bytes) -> None:
    answer = post(endpoint, body)
    assert (answer.status_code, answer.content, rows.reasons()) == (401, b"", ["not_a_webhook"])
    assert rows.rejected()[0].detail


def test_a_signature_by_another_token_is_not_believed(endpoint: WebhookEndpoint) -> None:
    assert post(endpoint, delivery(secret=OTHER_SECRET)).status_code == 401
    assert rows.reasons() == ["wrong_signature"]
    assert rows.events() == []


def test_an_unsigned_delivery_is_not_believed(endpoint: WebhookEndpoint) -> None:
    assert post(endpoint, delivery(secret=None)).status_code == 401
    assert rows.reasons() == ["unsigned"]


def test_the_other_events_token_is_recognised(endpoint: WebhookEndpoint) -> None:
    other = WebhookEndpointFactory.create(tenant=endpoint.tenant, event_kind="application_created")
    SigningSecretFactory.create(tenant=endpoint.tenant, endpoint=other, secret=OTHER_SECRET)
    assert post(endpoint, delivery(secret=OTHER_SECRET)).status_code == 401
    assert rows.reasons() == ["other_events_token"]


def test_another_tenants_token_is_a_wrong_one(endpoint: WebhookEndpoint, southgate: Tenant) -> None:
    SigningSecretFactory.create(tenant=southgate, secret=OTHER_SECRET)
    assert post(endpoint, delivery(secret=OTHER_SECRET)).status_code == 401
    assert rows.reasons() == ["wrong_signature"]


@pytest.mark.parametrize("secret", [OTHER_SECRET, intake.DUMMY_SECRET, ""])
def test_without_a_token_nothing_is_believed(northwind: Tenant, secret: str) -> None:
    endpoint = WebhookEndpointFactory.create(tenant=northwind)
    at = now_ms()
    body = (
        delivery(secret=None, token=TOKEN, at=at)[:-1]
        + f',"signature":"{signature(secret, TOKEN, at)}"}}'.encode()
    )
    assert post(endpoint, body).status_code == 401
    assert rows.reasons() == ["no_token_yet"]


def test_a_withdrawn_token_proves_nothing(endpoint: WebhookEndpoint, alice: User) -> None:
    for secret in ("d" * 48, "e" * 48):
        endpoints.set_secret(endpoint, secret, alice)
    assert post(endpoint, delivery()).status_code == 401


def test_an_unknown_address_answers_like_a_wrong_signature(endpoint: WebhookEndpoint) -> None:
    def shown(answer: Any) -> tuple[int, bytes, dict[str, str]]:
        return answer.status_code, answer.content, dict(answer.headers)

    for body in (delivery(), delivery(secret=OTHER_SECRET), b"{}"):
        absent = Client().post(f"/webhooks/lever/{'x' * 32}", body, content_type="application/json")
        assert shown(absent) == shown(post(endpoint, delivery(secret=OTHER_SECRET)))
    assert rows.events() == []


def test_the_body_is_kept_sealed(endpoint: WebhookEndpoint) -> None:
    body = delivery(secret=OTHER_SECRET)
    post(endpoint, body)
    assert rows.rejected()[0].body == body
    with across_tenants("a test looks"):
        (raw,) = RejectedRequest.objects.extra(select={"raw": "body"}).values_list("raw", flat=True)
    assert b"candidateStageChange" not in bytes(raw)


def test_an_endless_stream_of_them_fills_nothing(
    endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_REJECTED", 3)
    bodies = [delivery(secret=OTHER_SECRET) for _ in range(5)]
    for body in bodies:
        post(endpoint, body)
    assert [it.body for it in rows.rejected()] == bodies[2:]


def test_the_cap_is_of_one_address(endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_REJECTED", 1)
    other = WebhookEndpointFactory.create(tenant=endpoint.tenant, event_kind="hired")
    for it in (endpoint, other, endpoint, other):
        post(it, delivery(secret=None))
    assert {it.endpoint_id for it in rows.rejected()} == {endpoint.pk, other.pk}


def test_neither_the_token_nor_who_set_it_is_touched(endpoint: WebhookEndpoint) -> None:
    post(endpoint, delivery(secret=OTHER_SECRET))
    with across_tenants("a test looks"):
        assert SigningSecret.objects.get().last_matched_at is None
