"""What is said about policies is kept, and each link is opened as an applicant would, over HTTP to the sandbox."""

import socket
from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from integrations.services import work
from onboarding import policies, tasks
from onboarding.models import PolicyLink, PolicyStatement
from onboarding.models.policies import PolicyKind
from onboarding.policies import Statement
from sandbox.server import Server
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests import factories
from tests.lever_world import make_due, work_off

pytestmark = pytest.mark.django_db
PRIVACY = PolicyKind.PRIVACY


@pytest.fixture
def site(httpserver: HTTPServer, settings: Settings) -> HTTPServer:
    settings.OUTGOING_TRUSTED_ORIGINS = [httpserver.url_for("").rstrip("/")]
    return httpserver


def opened(tenant: Tenant, url: str, **fields: Any) -> PolicyLink:
    link = factories.PolicyLinkFactory.create(
        tenant=tenant, url=url, next_attempt_at=timezone.now(), **fields
    )
    tasks.open_policy_link(str(link.pk))
    return stored(tenant)


def stored(tenant: Tenant) -> PolicyLink:
    with tenant_scope(tenant.pk):
        return PolicyLink.objects.get()


def said(tenant: Tenant, by: User, *links: tuple[str, str]) -> list[PolicyLink]:
    policies.state(tenant, Statement(PRIVACY, is_needed=bool(links), links=links), by)
    with tenant_scope(tenant.pk):
        return list(PolicyLink.objects.all())


def test_a_page_that_anybody_can_open_is_the_proof(northwind: Tenant, sandbox: Server) -> None:
    link = opened(northwind, f"{sandbox.url}/sites/northwind/privacy")
    assert (link.is_reachable, str(link.error_message), link.checked_at is not None) == (True, "", True)


def test_a_page_that_is_not_there_says_what_came(northwind: Tenant, sandbox: Server) -> None:
    link = opened(northwind, f"{sandbox.url}/sites/northwind/imprint")
    assert (link.is_reachable, str(link.error_message)) == (False, "The page answers 404 instead of 200.")
    with override("de"):
        assert str(link.error_message) == "Die Seite antwortet mit 404 statt 200."


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://acme.example/privacy", "Expected an address that begins with https://"),
        ("https://127.0.0.1/privacy", "does not lead to the public internet"),
        ("https://169.254.169.254/latest/meta-data", "does not lead to the public internet"),
    ],
)
def test_an_address_that_the_portal_does_not_ask_is_refused(
    northwind: Tenant, url: str, message: str
) -> None:
    link = opened(northwind, url)
    assert not link.is_reachable
    assert message in str(link.error_message)


def test_a_redirect_is_followed(northwind: Tenant, site: HTTPServer) -> None:
    site.expect_request("/privacy").respond_with_data(status=302, headers={"Location": "/en/privacy"})
    site.expect_request("/en/privacy").respond_with_data("We keep little.")
    assert opened(northwind, site.url_for("/privacy")).is_reachable


def test_a_redirect_into_a_forbidden_network_is_not(northwind: Tenant, site: HTTPServer) -> None:
    inside = {"Location": "https://10.0.0.1/"}
    site.expect_request("/privacy").respond_with_data(status=302, headers=inside)
    assert "public internet" in str(opened(northwind, site.url_for("/privacy")).error_message)


def test_a_site_that_is_down_is_not_reachable(northwind: Tenant, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        origin = f"http://127.0.0.1:{free.getsockname()[1]}"
    settings.OUTGOING_TRUSTED_ORIGINS = [origin]
    link = opened(northwind, f"{origin}/privacy")
    assert (link.is_reachable, bool(link.error_message)) == (False, True)


def test_what_is_said_is_kept_with_who_said_it(northwind: Tenant, alice: User) -> None:
    links = said(northwind, alice, ("", "https://acme.example/privacy"), ("de", "https://acme.example/de"))
    assert [(it.locale, it.url, it.checked_at) for it in links] == [
        ("", "https://acme.example/privacy", None),
        ("de", "https://acme.example/de", None),
    ]
    with tenant_scope(northwind.pk):
        statement = PolicyStatement.objects.get()
        assert (statement.kind, statement.is_needed, statement.stated_by) == (PRIVACY, True, alice)
        assert AuditEvent.objects.get().detail["links"] == [it.url for it in links]


def test_another_address_must_be_opened_again_and_the_same_keeps_its_proof(
    northwind: Tenant, alice: User
) -> None:
    proved = {"checked_at": timezone.now(), "is_reachable": True}
    for locale, path in (("", "privacy"), ("de", "de")):
        url = f"https://acme.example/{path}"
        factories.PolicyLinkFactory.create(tenant=northwind, locale=locale, url=url, **proved)
    links = said(northwind, alice, ("", "https://acme.example/privacy"), ("de", "https://acme.example/neu"))
    assert [(it.url, it.is_reachable, it.checked_at is None) for it in links] == [
        ("https://acme.example/privacy", True, False),
        ("https://acme.example/neu", False, True),
    ]


@pytest.mark.parametrize("kept", [(), (("", "https://acme.example/privacy"),)])
def test_links_that_are_not_said_any_more_go(
    northwind: Tenant, alice: User, kept: Sequence[tuple[str, str]]
) -> None:
    said(northwind, alice, ("", "https://acme.example/privacy"), ("de", "https://acme.example/de"))
    assert len(said(northwind, alice, *kept)) == len(kept)


def test_links_of_the_other_kind_stay(northwind: Tenant, alice: User) -> None:
    factories.PolicyLinkFactory.create(tenant=northwind, kind="terms", url="https://acme.example/terms")
    assert [it.kind for it in said(northwind, alice)] == ["terms"]


def in_minutes(link: PolicyLink) -> int:
    assert link.next_attempt_at
    return round((link.next_attempt_at - timezone.now()).total_seconds() / 60)


def test_a_link_that_opens_is_opened_again_after_a_week(northwind: Tenant, sandbox: Server) -> None:
    assert in_minutes(opened(northwind, f"{sandbox.url}/sites/northwind/privacy")) == 7 * 24 * 60


def test_one_that_does_not_open_is_opened_again_after_an_hour(northwind: Tenant, sandbox: Server) -> None:
    assert in_minutes(opened(northwind, f"{sandbox.url}/sites/northwind/imprint")) == 60


def test_a_site_in_trouble_is_tried_again_within_minutes_and_what_is_known_stays(
    northwind: Tenant, site: HTTPServer
) -> None:
    site.expect_request("/privacy").respond_with_data(status=503)
    checked_at = timezone.now() - timedelta(days=7)
    link = opened(northwind, site.url_for("/privacy"), is_reachable=True, checked_at=checked_at)
    assert (link.is_reachable, link.checked_at, in_minutes(link) < 5) == (True, checked_at, True)
    for _ in range(policies.TRIES - 1):
        make_due(PolicyLink)
        work_off(PolicyLink)
    link = stored(northwind)
    assert (link.is_reachable, in_minutes(link)) == (False, 60)
    assert str(link.error_message) == "The page answers 503 instead of 200."


def test_saying_it_again_opens_what_does_not_open(northwind: Tenant, alice: User, site: HTTPServer) -> None:
    address = site.url_for("/privacy")
    site.expect_ordered_request("/privacy").respond_with_data(status=404)
    said(northwind, alice, ("", address))
    work_off(PolicyLink)
    assert not stored(northwind).is_reachable
    site.expect_ordered_request("/privacy").respond_with_data("We keep little.")
    said(northwind, alice, ("", address))
    work_off(PolicyLink)
    assert stored(northwind).is_reachable


def test_a_link_that_was_changed_while_it_was_opened_keeps_its_own_state(
    northwind: Tenant, alice: User, sandbox: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    (link,) = said(northwind, alice, ("", f"{sandbox.url}/sites/northwind/privacy"))
    monkeypatch.setattr(
        policies, "_open", lambda _: said(northwind, alice, ("", "https://acme.example/other"))
    )
    with pytest.raises(work.LeaseLostError):
        policies.run(link.pk)
    link = stored(northwind)
    assert (link.url, link.checked_at, in_minutes(link)) == ("https://acme.example/other", None, 0)


def test_links_of_before_they_were_work_go_on_in_their_rhythm(northwind: Tenant, southgate: Tenant) -> None:
    """What opened is due a week after it did; what did not, or never was opened, is due at once."""
    two_days_ago = timezone.now() - timedelta(days=2)
    before = {"open": (northwind, True, two_days_ago), "broken": (southgate, False, two_days_ago)}
    for name, (tenant, is_reachable, at) in {**before, "new": (northwind, False, None)}.items():
        factories.PolicyLinkFactory.create(
            tenant=tenant, locale=name[:2], url=name, is_reachable=is_reachable, checked_at=at
        )
    with connection.cursor() as cursor:
        cursor.execute(import_module("onboarding.migrations.0009_policy_links_are_due").DUE)
    with across_tenants("a test looks"):
        due = {it.url: in_minutes(it) for it in PolicyLink.objects.all()}
    assert due == {"open": 5 * 24 * 60, "broken": 0, "new": 0}
