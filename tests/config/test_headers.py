"""What every answer tells the browser, whoever asks: run nothing foreign, show it nowhere else, keep nothing."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tenants.models import Tenant, User
from tests.people import browser_of

pytestmark = pytest.mark.django_db
PAGES = [
    "/",
    "/accounts/login/",
    "/t/northwind/",
    "/admin/",
    "/api/v1/docs",
    "/no/such/page",
    "/healthz",
    "/language/",
]


def directives(policy: str) -> dict[str, list[str]]:
    return {name: words for name, *words in (it.split() for it in policy.split(";"))}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", [None, "alice", "carol"])
def test_every_answer_is_guarded_and_kept_nowhere(
    request: pytest.FixtureRequest, northwind: Tenant, who: str | None, page: str
) -> None:
    answer = browser_of(request.getfixturevalue(who) if who else None).get(page)
    policy = directives(answer.headers["Content-Security-Policy"])
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert {it for it in policy["script-src"] if not it.startswith("'nonce-")} == {"'self'"}
    assert policy["style-src"] == policy["form-action"] == policy["connect-src"] == ["'self'"]
    assert {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }.items() <= answer.headers.items()
    assert "camera=(), " in answer.headers["Permissions-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert "private" in answer.headers["Cache-Control"]


def test_no_page_has_a_script_or_a_style_of_its_own(northwind: Tenant, alice: User, carol: User) -> None:
    for who, page in ((alice, "/t/northwind/setup/"), (carol, "/admin/"), (None, "/accounts/login/")):
        text = browser_of(who).get(page).content.decode()
        assert not re.search(
            r"<script(?![^>]*(?: src=| nonce=|application/json))|<style| style=| on\w+=\"", text
        )


def test_a_nonce_is_used_once(alice: User, northwind: Tenant) -> None:
    browser = browser_of(alice)
    policies = [browser.get("/accounts/login/code/").headers["Content-Security-Policy"] for _ in range(2)]
    assert "nonce" not in policies[0] or policies[0] != policies[1]


def test_no_script_and_no_other_site_gets_at_the_session(alice: User) -> None:
    """Set by a real answer, as the middleware does it."""
    browser = browser_of(alice)
    cookie = browser.post("/accounts/logout/").cookies[django_settings.SESSION_COOKIE_NAME]
    assert (cookie["domain"], cookie["path"], cookie["samesite"]) == ("", "/", "Lax")
    assert django_settings.SESSION_COOKIE_HTTPONLY
    assert django_settings.CSRF_COOKIE_HTTPONLY


def test_who_finds_a_weakness_is_told_whom_to_write_to(settings: Settings) -> None:
    settings.SECURITY_CONTACT = "mailto:security@appcast.example"
    answer = Client().get("/.well-known/security.txt")
    lines = dict(it.split(": ", 1) for it in answer.content.decode().splitlines())
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert lines["Contact"] == "mailto:security@appcast.example"
    assert lines["Canonical"] == f"{settings.PUBLIC_URL}/.well-known/security.txt"
    ends = datetime.fromisoformat(lines["Expires"]).astimezone(UTC)
    assert timedelta(days=30) < ends - timezone.now() < timedelta(days=365)
