"""How much a sender may send: counted after the proof, for each tenant; and far less for whoever proves nothing."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from structlog.testing import capture_logs

from integrations.models import Application, Posting
from integrations.services import allowances
from integrations.services.allowances import Allowance, SpentError
from tenants.caches import KeptCache
from tenants.models import Tenant
from tenants.scoping import across_tenants
from tests.factories import SenderSecretFactory
from webhooks.api import proof
from webhooks.api.proof import HANDING_IN, STRANGERS, STRANGERS_AT_TENANT

from . import appcast
from .appcast import SECRET, ask_for_list, header, send

NOW = 1_769_860_801


class Clock:
    """The time that windows are opened by; signatures have their own."""

    def __init__(self) -> None:
        self.now = NOW

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(allowances, "time", made)
    return made


def spent(allowance: Allowance, *subject: object, times: int) -> None:
    for _ in range(times):
        allowance.spend(*subject)


def is_sent_away(answer: HttpResponse, seconds: int) -> bool:
    assert (answer.status_code, json.loads(answer.content)["error"]) == (429, "rate_limited")
    return answer["Retry-After"] == str(seconds)


def count() -> int:
    with across_tenants("a test looks"):
        return Application.objects.count()


def unsigned(**extra: Any) -> Any:
    return send(b"{}", signature="", **extra)


def test_a_tenant_that_sent_too_much_comes_back_in_the_next_window(posting: Posting, clock: Clock) -> None:
    spent(HANDING_IN, posting.tenant_id, times=HANDING_IN.most - 1)
    assert send(appcast.application()).status_code == 202
    body = appcast.application(applicant__email="bea@mail.example")
    assert is_sent_away(send(body), HANDING_IN.seconds - NOW % HANDING_IN.seconds)
    assert count() == 1
    clock.now += HANDING_IN.seconds
    assert send(body).status_code == 202


def test_every_proved_request_is_counted_whatever_it_is_answered(posting: Posting) -> None:
    spent(HANDING_IN, posting.tenant_id, times=HANDING_IN.most - 2)
    body = appcast.application(job__job_reference="elsewhere")
    assert [send(body).status_code for _ in range(3)] == [404, 404, 429]


def test_what_one_tenant_sends_is_not_counted_for_another_nor_what_it_asks(
    posting: Posting, southgate: Tenant
) -> None:
    SenderSecretFactory.create(tenant=southgate, secret=SECRET)
    spent(HANDING_IN, posting.tenant_id, times=HANDING_IN.most)
    path = appcast.PATH.replace("northwind", "southgate")
    assert send(appcast.application(), path=path).status_code == 404
    assert ask_for_list().status_code == 200


def test_nobody_else_spends_what_is_the_tenants(posting: Posting) -> None:
    spent(HANDING_IN, posting.tenant_id, times=HANDING_IN.most - 1)
    assert [unsigned(REMOTE_ADDR="192.0.2.7").status_code for _ in range(9)] == [401] * 9
    assert send(appcast.application()).status_code == 202


def test_who_signs_nothing_is_soon_sent_away_unread(posting: Posting, clock: Clock) -> None:
    spent(STRANGERS_AT_TENANT, "192.0.2.7", "northwind", times=STRANGERS_AT_TENANT.most - 1)
    assert unsigned(REMOTE_ADDR="192.0.2.7").status_code == 401
    with CaptureQueriesContext(connection) as asked:
        assert is_sent_away(unsigned(REMOTE_ADDR="192.0.2.7"), 60 - NOW % 60)
    assert len(asked) == 0
    assert send(appcast.application()).status_code == 202
    clock.now += STRANGERS_AT_TENANT.seconds
    assert unsigned(REMOTE_ADDR="192.0.2.7").status_code == 401


def test_a_wrong_secret_of_one_tenant_locks_no_other_out(posting: Posting, southgate: Tenant) -> None:
    spent(STRANGERS_AT_TENANT, "127.0.0.1", "southgate", times=STRANGERS_AT_TENANT.most)
    assert send(appcast.application()).status_code == 202


def test_who_tries_many_tenants_is_sent_away_at_all_of_them(posting: Posting) -> None:
    spent(STRANGERS, "192.0.2.7", times=STRANGERS.most - 1)
    elsewhere = appcast.PATH.replace("northwind", "nobody")
    assert [unsigned(path=elsewhere, REMOTE_ADDR="192.0.2.7").status_code for _ in range(2)] == [401, 429]
    body = appcast.application()
    assert send(body, REMOTE_ADDR="192.0.2.7").status_code == 429
    assert send(body).status_code == 202


def test_the_address_is_the_visitors_and_not_the_balancers(posting: Posting, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    spent(STRANGERS_AT_TENANT, "192.0.2.7", "northwind", times=STRANGERS_AT_TENANT.most)
    assert unsigned(HTTP_X_FORWARDED_FOR="203.0.113.9, 192.0.2.7").status_code == 429
    assert unsigned(HTTP_X_FORWARDED_FOR="192.0.2.7, 203.0.113.9").status_code == 401


def test_an_address_that_makes_no_sense_is_no_error_of_ours(posting: Posting, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    assert unsigned(HTTP_X_FORWARDED_FOR="nowhere").status_code == 401
    assert unsigned(HTTP_X_FORWARDED_FOR="a, b").status_code == 401


def test_of_many_at_once_no_more_pass_than_may() -> None:
    allowance = Allowance("crowd", most=50, seconds=60)

    def one(_: int) -> bool:
        try:
            allowance.spend("northwind")
        except SpentError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(one, range(200))) == 50


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Somebody takes the connection, and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield server.getsockname()[1]


def test_while_the_cache_is_away_everybody_passes(
    posting: Posting, monkeypatch: pytest.MonkeyPatch, settings: Settings, silent_port: int
) -> None:
    options = {"OPTIONS": settings.CACHES["default"]["OPTIONS"]}
    for port in (1, silent_port):
        monkeypatch.setattr(allowances, "cache", KeptCache(f"redis://127.0.0.1:{port}", options))
        monkeypatch.setattr(allowances, "away_until", 0.0)
        began = time.monotonic()
        with capture_logs() as logs:
            assert [ask_for_list().status_code for _ in range(5)] == [200] * 5
        assert time.monotonic() - began < 3
        assert [it["event"] for it in logs if it["log_level"] == "warning"].count(
            "allowance_not_counted"
        ) == 1


def test_a_cache_that_is_back_counts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    allowance = Allowance("back", most=1, seconds=60)
    allowance.spend("northwind")
    away = SimpleNamespace(time=lambda: NOW, monotonic=lambda: 100.0)
    monkeypatch.setattr(allowances, "time", away)
    monkeypatch.setattr(allowances, "away_until", 100.5)
    allowance.spend("northwind")
    monkeypatch.setattr(allowances, "away_until", 99.5)
    with pytest.raises(SpentError):
        allowance.spend("northwind")


def test_the_limit_says_nothing_about_whether_a_tenant_exists(posting: Posting) -> None:
    answers = []
    for slug in ("northwind", "nobody"):
        path, body = appcast.PATH.replace("northwind", slug), b"{}"
        told = [
            send(body, path=path, signature=header(body, "x"), REMOTE_ADDR="192.0.2.7").status_code
            for _ in range(STRANGERS_AT_TENANT.most + 1)
        ]
        answers.append(told)
    assert answers[0] == answers[1] == [401] * STRANGERS_AT_TENANT.most + [429]


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("203.0.113.4", "203.0.113.5", False),
        ("2001:db8::1", "2001:db8::2:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_of_ipv6_the_network_is_counted(
    rf: RequestFactory, settings: Settings, one: str, other: str, are_alike: bool
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    addresses = [proof._address(rf.get("/", REMOTE_ADDR=it)) for it in (one, other)]
    assert all(addresses)
    assert (addresses[0] == addresses[1]) is are_alike


def test_a_count_that_vanished_lets_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def vanished(*_: object) -> int:
        raise ValueError("Key not found")

    monkeypatch.setattr(cache, "incr", vanished)
    Allowance("test", 1, 60).spend("somebody")
