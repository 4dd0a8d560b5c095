"""What is refused before anybody looks inside: method, encoding, size, a broken body, a database that is away."""

import io

import pytest
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tenants.models import User
from tests.people import browser_of
from webhooks import intake, views
from webhooks.endpoints import url_of
from webhooks.models import WebhookEndpoint

from . import rows
from .lever import delivery, path_of, post

ABSENT = "x" * 32


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_only_post_is_a_delivery(endpoint: WebhookEndpoint, method: str) -> None:
    answer = getattr(Client(), method)(path_of(endpoint))
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_an_encoded_body_is_refused(endpoint: WebhookEndpoint) -> None:
    answers = [
        post(endpoint, delivery(), headers={"Content-Encoding": it}) for it in ("gzip", "br", "identity")
    ]
    assert [answer.status_code for answer in answers] == [415, 415, 200]


def test_a_body_may_have_256_kib(endpoint: WebhookEndpoint) -> None:
    body = delivery()
    assert post(endpoint, body.ljust(intake.LARGEST_BODY)).status_code == 200
    assert post(endpoint, body.ljust(intake.LARGEST_BODY + 1)).status_code == 413
    assert len(rows.events()) == 1
    assert rows.rejected() == []


class Unreadable(io.BytesIO):
    def read(self, *_: object) -> bytes:
        raise OSError("the sender is gone")


def test_nothing_is_read_of_what_announces_too_much(endpoint: WebhookEndpoint) -> None:
    request = RequestFactory().generic("POST", path_of(endpoint), b"{}", CONTENT_LENGTH="999999999")
    request.META["wsgi.input"] = Unreadable()
    assert views.receive(request, "lever", endpoint.key).status_code == 413


def test_a_body_that_breaks_off_is_asked_for_again(endpoint: WebhookEndpoint) -> None:
    request = RequestFactory().generic("POST", path_of(endpoint), b"{}")
    request.META["wsgi.input"] = Unreadable()
    assert views.receive(request, "lever", endpoint.key).status_code == 408
    assert rows.rejected() == []


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, InternalError])
def test_without_a_database_lever_is_asked_to_come_back(
    endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise error("the database is away")

    monkeypatch.setattr(intake, "store", fail)
    answer = post(endpoint, delivery())
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


@pytest.mark.parametrize("is_secure", [True, False])
@pytest.mark.parametrize("slash", ["", "/"])
def test_there_is_never_a_redirect(
    endpoint: WebhookEndpoint, settings: Settings, slash: str, is_secure: bool
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    paths = [f"{path_of(endpoint)}{slash}", f"/webhooks/lever/{ABSENT}{slash}"]
    answers = [
        Client().post(it, delivery(), content_type="application/json", secure=is_secure) for it in paths
    ]
    assert [it.status_code for it in answers] == [200, 401]


def test_another_provider_is_nowhere(endpoint: WebhookEndpoint) -> None:
    answer = Client().post(f"/webhooks/acme/{endpoint.key}", delivery(), content_type="application/json")
    assert answer.status_code == 404


def test_the_address_that_customers_copy_has_no_slash_at_its_end(
    endpoint: WebhookEndpoint, settings: Settings
) -> None:
    assert url_of(endpoint) == f"{settings.PUBLIC_URL}{path_of(endpoint)}"


def test_no_session_and_no_person_is_looked_up(endpoint: WebhookEndpoint) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = post(endpoint, delivery(), Client(enforce_csrf_checks=True))
    assert (answer.status_code, len(answer.cookies)) == (200, 0)
    assert not [it for it in asked.captured_queries if "tenants_user" in it["sql"] or "session" in it["sql"]]


def test_a_session_that_comes_along_is_left_as_it_is(endpoint: WebhookEndpoint, alice: User) -> None:
    browser = browser_of(alice)
    before = dict(browser.session)
    answer = post(endpoint, delivery(), browser)
    assert (answer.status_code, len(answer.cookies), dict(browser.session)) == (200, 0, before)
