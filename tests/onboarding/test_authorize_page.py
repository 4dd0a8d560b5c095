"""There to Lever and back: what the page promises, and every way back that is not the one that began here."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from integrations.models import AuthorizationAttempt, Connection, Discovery
from sandbox.oauth import consent
from sandbox.oauth.consent import ConsentRequest
from sandbox.server import Server
from sandbox.world.faults import Fault
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.people import browser_of

from .pages import said, text, url

pytestmark = pytest.mark.django_db
CALLBACK = "/oauth/lever/callback/"


def begin(browser: Client, tenant: Tenant) -> str:
    """The state that goes to Lever."""
    answer = browser.post(url("authorize_start", tenant))
    return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]


def come_back(browser: Client, **query: str) -> Any:
    return browser.get(CALLBACK, query)


def accept(sandbox: Server, state: str, settings: Settings, key: str = "northwind") -> str:
    """The code that Lever's page gives."""
    account = sandbox.world.accounts[key]
    asked = ConsentRequest(f"{settings.PUBLIC_URL}{CALLBACK}", state, frozenset(settings.LEVER_SCOPES))
    return consent.accept(sandbox.world, account, account.admin, asked).rpartition("code=")[2]


def connections(tenant: Tenant) -> list[Connection]:
    with tenant_scope(tenant.pk):
        return list(Connection.objects.all())


def test_it_says_first_which_permissions_will_be_asked_and_what_each_is_for(
    browser: Client, northwind: Tenant, settings: Settings
) -> None:
    page = text(browser.get(url("authorize", northwind)))
    assert "Super Admin" in page
    assert all(scope in page for scope in settings.LEVER_SCOPES)
    assert "Hand in the applications of your candidates" in page


def test_it_leads_to_lever_with_the_state_that_only_this_browser_can_bring_back(
    browser: Client, northwind: Tenant, settings: Settings
) -> None:
    answer = browser.post(url("authorize_start", northwind))
    assert answer.headers["Location"].startswith(f"{settings.LEVER_AUTH_URL}/authorize?")
    with tenant_scope(northwind.pk):
        attempt = AuthorizationAttempt.objects.get()
    assert attempt.state_hash not in answer.headers["Location"]


def test_forms_of_this_page_may_be_redirected_to_lever_and_of_others_not(
    browser: Client, northwind: Tenant, settings: Settings
) -> None:
    """Chrome drops the redirect otherwise, and the button does nothing."""
    settings.LEVER_AUTH_URL = "https://auth.lever.co"
    pages = [browser.get(url(key, northwind)) for key in ("authorize", "feed")]
    policies = [it.headers["Content-Security-Policy"] for it in pages]
    assert "form-action 'self' https: https://auth.lever.co;" in policies[0] + ";"
    assert "form-action 'self';" in policies[1] + ";"


def test_consent_connects_and_begins_to_read_the_account(
    browser: Client, northwind: Tenant, sandbox: Server, settings: Settings
) -> None:
    state = begin(browser, northwind)
    page = said(browser, come_back(browser, state=state, code=accept(sandbox, state, settings)))
    assert "Lever is authorized." in page
    assert [it.status for it in connections(northwind)] == ["active"]
    with tenant_scope(northwind.pk):
        assert Discovery.objects.get().status == "running"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        ("access_denied", "the permissions were declined"),
        ("server_error", "Lever reported an error instead of an answer"),
        ("<script>alert(1)</script>", "Lever reported an error instead of an answer"),
    ],
)
def test_a_way_back_without_consent_changes_nothing_and_says_why(
    browser: Client, northwind: Tenant, error: str, why: str
) -> None:
    state = begin(browser, northwind)
    page = said(browser, come_back(browser, state=state, error=error))
    assert why in page
    assert "<script>alert" not in page
    assert connections(northwind) == []


def test_a_state_works_once(browser: Client, northwind: Tenant, sandbox: Server, settings: Settings) -> None:
    state = begin(browser, northwind)
    code = accept(sandbox, state, settings)
    come_back(browser, state=state, code=code)
    again = come_back(browser, state=state, code=code)
    assert again.status_code == 400
    assert "This way back from Lever was used already" in text(again)


def test_a_state_that_never_began_here_is_refused(browser: Client, northwind: Tenant) -> None:
    for query in ({"state": "wrong", "code": "c"}, {"code": "c"}, {}):
        answer = come_back(browser, **query)
        assert answer.status_code == 400
        assert "Back to the checklist" in text(answer)


def test_another_browser_of_the_same_person_is_refused(
    browser: Client, alice: User, northwind: Tenant, sandbox: Server, settings: Settings
) -> None:
    state = begin(browser, northwind)
    answer = come_back(browser_of(alice), state=state, code=accept(sandbox, state, settings))
    assert answer.status_code == 400
    assert "began in another browser" in " ".join(text(answer).split())
    assert connections(northwind) == []


def test_another_person_is_refused_and_does_not_spend_it(
    browser: Client, charlie: User, northwind: Tenant, sandbox: Server, settings: Settings
) -> None:
    state = begin(browser, northwind)
    code = accept(sandbox, state, settings)
    assert come_back(browser_of(charlie), state=state, code=code).status_code == 400
    assert "Lever is authorized." in said(browser, come_back(browser, state=state, code=code))


def test_a_provider_that_does_not_exist_is_refused(browser: Client, northwind: Tenant) -> None:
    answer = browser.get("/oauth/workday/callback/", {"state": "s", "code": "c"})
    assert answer.status_code == 400


def test_without_a_session_it_asks_to_sign_in(db: None) -> None:
    assert come_back(Client(), state="s", code="c").headers["Location"].startswith("/accounts/login/")


def test_a_code_that_lever_does_not_take_is_said(browser: Client, northwind: Tenant, sandbox: Server) -> None:
    page = said(browser, come_back(browser, state=begin(browser, northwind), code="no-code-of-lever"))
    assert "Lever did not take this sign-in." in page
    assert connections(northwind) == []


def test_lever_being_down_is_said(
    browser: Client, northwind: Tenant, sandbox: Server, settings: Settings
) -> None:
    state = begin(browser, northwind)
    code = accept(sandbox, state, settings)
    sandbox.world.faults.order(Fault("500", path_prefix="/oauth/token"))
    assert "Lever does not answer properly" in said(browser, come_back(browser, state=state, code=code))


def test_another_lever_account_than_before_is_not_taken(
    browser: Client, northwind: Tenant, sandbox: Server, settings: Settings
) -> None:
    factories.ConnectionFactory.create(tenant=northwind, account_external_id="the-first-account")
    state = begin(browser, northwind)
    page = said(browser, come_back(browser, state=state, code=accept(sandbox, state, settings)))
    assert "This is another Lever account than the one connected before." in page
    assert [it.account_external_id for it in connections(northwind)] == ["the-first-account"]


def test_an_account_that_another_company_uses_is_not_taken(
    browser: Client, northwind: Tenant, southgate: Tenant, sandbox: Server, settings: Settings
) -> None:
    taken = sandbox.world.accounts["northwind"].id
    factories.ConnectionFactory.create(tenant=southgate, account_external_id=taken)
    state = begin(browser, northwind)
    page = said(browser, come_back(browser, state=state, code=accept(sandbox, state, settings)))
    assert "already connected to another company" in page
    assert "Southgate" not in page
    assert connections(northwind) == []


def test_reading_the_account_again_starts_one_reading(browser: Client, northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    for _ in range(2):
        browser.post(url("authorize_discover", northwind))
    with tenant_scope(northwind.pk):
        assert Discovery.objects.count() == 1
