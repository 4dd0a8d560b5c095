"""Only what is needed: Lever's window asks for no more, the pages say what follows from it, and the rest stays open."""

import re

import pytest
import requests
from django.test import Client
from pytest_django import Settings

from integrations.models import Connection, Discovery
from sandbox.server import Server
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.factories import FEW_SCOPES
from tests.lever_world import connect, work_off

from .pages import said, text, url

pytestmark = pytest.mark.django_db
NEEDED = {"permissions": "needed"}
CODE = re.compile(r'<code class="muted">(\S+)</code>')
GIVEN = re.compile(r"<code>(\S+)</code>.*?data-label=\"Given\">(.*?)</td>", re.DOTALL)


def in_lever(sandbox: Server, address: str) -> tuple[list[str], str]:
    """What Lever's own window asks a Super Admin for, and where Accept leads."""
    with requests.Session() as lever:
        lever.post(f"{sandbox.url}/sign-in", {"email": "admin@northwind.example"})
        window = lever.get(address).text
        accepted = lever.post(address, {"decision": "accept"}, allow_redirects=False)
    return CODE.findall(window), accepted.headers["Location"]


def authorize(browser: Client, tenant: Tenant, sandbox: Server, chosen: dict[str, str]) -> list[str]:
    """The scopes that Lever's window asked for, and accepted."""
    asked, back = in_lever(sandbox, browser.post(url("authorize_start", tenant), chosen).headers["Location"])
    assert "Lever is authorized." in said(browser, browser.get(back))
    work_off(Discovery)
    return asked


def pressed(page: str, label: str) -> str:
    """The button with this label, as it stands on the page."""
    found = re.search(rf"<button[^>]*>{label}</button>", page)
    assert found, label
    return found[0]


def connection(tenant: Tenant) -> Connection:
    with tenant_scope(tenant.pk):
        return Connection.objects.get()


def test_levers_window_asks_for_the_needed_scopes_alone_and_then_for_the_rest(
    browser: Client, northwind: Tenant, sandbox: Server, settings: Settings
) -> None:
    button = pressed(text(browser.get(url("authorize", northwind))), "Authorize with only what is needed")
    assert 'name="permissions" value="needed"' in button
    assert authorize(browser, northwind, sandbox, NEEDED) == sorted(FEW_SCOPES)
    assert connection(northwind).scopes == sorted(FEW_SCOPES)
    button = pressed(text(browser.get(url("authorize", northwind))), "Allow the rest as well")
    assert "permissions" not in button
    assert authorize(browser, northwind, sandbox, {}) == sorted(settings.LEVER_SCOPES)
    page = text(browser.get(url("authorize", northwind)))
    assert "Allow the rest as well" not in page
    assert "Not asked for" not in page


def test_what_was_not_asked_for_is_nowhere_told_as_refused(
    browser: Client, northwind: Tenant, sandbox: Server
) -> None:
    authorize(browser, northwind, sandbox, NEEDED)
    page = text(browser.get(url("authorize", northwind)))
    assert "Lever was asked only for what is needed" in page
    assert page.count("<strong>Not asked for</strong>") == 4
    given = dict(GIVEN.findall(page))
    assert {scope for scope, says in given.items() if says == "Yes"} == set(FEW_SCOPES)
    assert {says for scope, says in given.items() if scope not in FEW_SCOPES} == {"Not asked for"}
    for step, says in (
        ("stages", "We did not ask Lever for your stages. Record them here by hand."),
        ("webhooks", "We did not ask Lever to let us make the webhooks. Set them up by hand"),
    ):
        page = text(browser.get(url(step, northwind)))
        assert says in page
        assert f"{url('authorize', northwind)}#rest-title" in page
        assert "Lever does not let us" not in page


def test_a_helper_is_not_led_to_a_step_that_is_not_theirs(
    browser: Client, northwind: Tenant, alice: User, sandbox: Server
) -> None:
    connect(sandbox, northwind, alice, is_sparing=True)
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=alice).update(steps=["stages"], role=Membership.Role.MEMBER)
    page = text(browser.get(url("stages", northwind)))
    assert "We did not ask Lever for your stages." in page
    assert "#rest-title" not in page


def test_whoever_must_authorize_again_is_asked_for_no_more_than_before(
    browser: Client, northwind: Tenant
) -> None:
    factories.ConnectionFactory.create(tenant=northwind, status=Connection.Status.NEEDS_AUTHORIZATION)
    for asked, is_sparing in ((FEW_SCOPES, True), (factories.SCOPES, False)):
        with tenant_scope(northwind.pk):
            Connection.objects.update(asked_scopes=asked)
        page = text(browser.get(url("authorize", northwind)))
        assert ("permissions" in pressed(page, "Authorize Lever again")) is is_sparing


def test_who_cancelled_may_allow_less_or_go_on_as_they_began(browser: Client, northwind: Tenant) -> None:
    for chosen, other in (({}, "Authorize with only what is needed"), (NEEDED, "Allow the rest as well")):
        address = browser.post(url("authorize_start", northwind), chosen).headers["Location"]
        state = re.findall(r"state=([^&]+)", address)[0]
        page = text(browser.get("/oauth/lever/callback/", {"state": state, "error": "access_denied"}))
        assert ("permissions" in pressed(page, "Authorize Lever")) is bool(chosen)
        assert pressed(page, other)


def test_where_nothing_is_optional_there_is_nothing_to_choose(
    browser: Client, northwind: Tenant, settings: Settings
) -> None:
    settings.LEVER_SCOPES = FEW_SCOPES
    page = text(browser.get(url("authorize", northwind)))
    assert "Authorize with only what is needed" not in page
    factories.ConnectionFactory.create(tenant=northwind, scopes=FEW_SCOPES, asked_scopes=FEW_SCOPES)
    page = text(browser.get(url("authorize", northwind)))
    assert "Allow the rest" not in page
