"""What is said about policies is kept, and each link is opened as an applicant would, over HTTP to the sandbox."""

import socket
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from onboarding import policies, tasks
from onboarding.models import PolicyLink, PolicyStatement
from onboarding.models.policies import PolicyKind
from onboarding.policies import Statement
from sandbox.server import Server
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db
PRIVACY = PolicyKind.PRIVACY


def opened(tenant: Tenant, url: str) -> PolicyLink:
    link = factories.PolicyLinkFactory.create(tenant=tenant, url=url)
    tasks.check_policy_link(str(link.pk))
    with tenant_scope(tenant.pk):
        return PolicyLink.objects.get(pk=link.pk)


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


def test_a_redirect_is_followed(northwind: Tenant, httpserver: HTTPServer, settings: Settings) -> None:
    settings.OUTGOING_TRUSTED_ORIGINS = [httpserver.url_for("").rstrip("/")]
    httpserver.expect_request("/privacy").respond_with_data(status=302, headers={"Location": "/en/privacy"})
    httpserver.expect_request("/en/privacy").respond_with_data("We keep little.")
    assert opened(northwind, httpserver.url_for("/privacy")).is_reachable


def test_a_redirect_into_a_forbidden_network_is_not(
    northwind: Tenant, httpserver: HTTPServer, settings: Settings
) -> None:
    settings.OUTGOING_TRUSTED_ORIGINS = [httpserver.url_for("").rstrip("/")]
    inside = {"Location": "https://10.0.0.1/"}
    httpserver.expect_request("/privacy").respond_with_data(status=302, headers=inside)
    assert "public internet" in str(opened(northwind, httpserver.url_for("/privacy")).error_message)


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


def test_links_are_opened_again_after_a_week(northwind: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[Any] = []
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk: rung.append(pk))
    ages = {"new": None, "fresh": timedelta(days=6), "old": timedelta(days=8)}
    made = {
        locale: factories.PolicyLinkFactory.create(
            tenant=northwind, locale=locale, checked_at=age and timezone.now() - age
        )
        for locale, age in ages.items()
    }
    tasks.ring_for_policy_links()
    assert sorted(rung) == [made["new"].pk, made["old"].pk]


def test_a_link_that_was_changed_while_it_was_opened_keeps_its_own_state(
    northwind: Tenant, sandbox: Server
) -> None:
    link = factories.PolicyLinkFactory.create(tenant=northwind, url=f"{sandbox.url}/sites/northwind/privacy")
    with tenant_scope(northwind.pk):
        PolicyLink.objects.filter(pk=link.pk).update(url="https://acme.example/other")
    policies.check(link)
    with tenant_scope(northwind.pk):
        assert PolicyLink.objects.get().checked_at is None
