"""There to Lever and back: what the page promises, and every way back that is not the one that began here."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from integrations.models import AuthorizationAttempt, Connection, Discovery
from onboarding import discovered
from onboarding.evidence import gather
from sandbox.oauth import consent
from sandbox.oauth.consent import ConsentRequest
from sandbox.server import Server
from sandbox.world.faults import Fault
from tenants.models import Membership, Tenant, User
from tenants.phrases import Phrase
from tenants.scoping import tenant_scope
from tests import factories
from tests.lever_world import connect, work_off
from tests.people import browser_of

from .pages import said, text, url
from .rows import delivered, endpoint, refused_by_lever, rehearsed, told

pytestmark = pytest.mark.django_db
CALLBACK = "/oauth/lever/callback/"


def begin(browser: Client, tenant: Tenant) -> str:
    """The state that goes to Lever."""
    answer = browser.post(url("authorize_start", tenant))
    return parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]


def come_back(browser: Client, **query: str) -> Any:
    return browser.get(CALLBACK, query)


def refused_by(browser: Client, **query: str) -> str:
    """The page of a way back that connected nothing: expected, received, who and where."""
    answer = come_back(browser, **query)
    assert answer.status_code == 400
    page = text(answer)
    assert all(it in page for it in ("Expected", "Received", "Who changes it", "Where"))
    assert "nothing was changed" in page or "Press “Authorize Lever”" in page
    return page


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


def test_to_cancel_is_no_failure_and_the_page_offers_to_begin_again(
    browser: Client, northwind: Tenant
) -> None:
    answer = come_back(browser, state=begin(browser, northwind), error="access_denied")
    page = text(answer)
    assert answer.status_code == 200
    assert "<h1>You cancelled: nothing was changed</h1>" in page
    assert url("authorize_start", northwind) in page
    assert connections(northwind) == []


@pytest.mark.parametrize("error", ["server_error", "<script>alert(1)</script>", ""])
def test_an_error_of_lever_is_told_and_never_repeated(browser: Client, northwind: Tenant, error: str) -> None:
    page = refused_by(browser, state=begin(browser, northwind), error=error)
    assert "Lever reported an error instead of an answer" in page
    assert "<script>alert" not in page
    assert connections(northwind) == []


def test_a_state_works_once(browser: Client, northwind: Tenant, sandbox: Server, settings: Settings) -> None:
    state = begin(browser, northwind)
    code = accept(sandbox, state, settings)
    come_back(browser, state=state, code=code)
    again = come_back(browser, state=state, code=code)
    assert again.status_code == 400
    assert "one that was used already, is older than ten minutes" in text(again)
    assert "Did you press the browser's back button?" in text(again)


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
    page = refused_by(browser, state=begin(browser, northwind), code="no-code-of-lever")
    assert "Lever did not take this sign-in" in page
    assert connections(northwind) == []


def test_lever_being_down_is_said(
    browser: Client, northwind: Tenant, sandbox: Server, settings: Settings
) -> None:
    state = begin(browser, northwind)
    code = accept(sandbox, state, settings)
    sandbox.world.faults.order(Fault("500", path_prefix="/oauth/token"))
    assert "Lever does not answer properly" in refused_by(browser, state=state, code=code)


def test_another_lever_account_than_before_is_not_taken(
    browser: Client, northwind: Tenant, sandbox: Server, settings: Settings
) -> None:
    factories.ConnectionFactory.create(
        tenant=northwind, account_external_id="the-first-account", site="first-site"
    )
    state = begin(browser, northwind)
    page = refused_by(browser, state=state, code=accept(sandbox, state, settings))
    assert "the Lever account that was connected first: “first-site”" in page
    assert "another Lever account; nothing was changed" in page
    assert "Sign out in Lever first, or go on in a private window" in page
    assert page.index("Sign out in Lever first") < page.index("I have signed out: authorize again")
    assert [it.account_external_id for it in connections(northwind)] == ["the-first-account"]


def test_an_account_that_another_company_uses_is_not_taken(
    browser: Client, northwind: Tenant, southgate: Tenant, sandbox: Server, settings: Settings
) -> None:
    taken = sandbox.world.accounts["northwind"].id
    factories.ConnectionFactory.create(tenant=southgate, account_external_id=taken)
    state = begin(browser, northwind)
    page = refused_by(browser, state=state, code=accept(sandbox, state, settings))
    assert "already connected to another company" in page
    assert "Southgate" not in page
    assert connections(northwind) == []


def test_reading_the_account_again_starts_one_reading(browser: Client, northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    for _ in range(2):
        browser.post(url("authorize_discover", northwind))
    with tenant_scope(northwind.pk):
        assert Discovery.objects.count() == 1


def test_a_consent_that_ends_after_an_hour_is_not_taken(
    browser: Client, northwind: Tenant, sandbox: Server, settings: Settings
) -> None:
    settings.LEVER_SCOPES = [it for it in settings.LEVER_SCOPES if it != "offline_access"]
    state = begin(browser, northwind)
    page = refused_by(browser, state=state, code=accept(sandbox, state, settings))
    assert "the permission to stay connected (offline_access)" in page
    assert connections(northwind) == []


def test_needed_permissions_that_were_not_given_are_named(browser: Client, northwind: Tenant) -> None:
    factories.ConnectionFactory.create(
        tenant=northwind, scopes=["offline_access", "postings:write:admin"], proved_at=timezone.now()
    )
    page = text(browser.get(url("authorize", northwind)))
    assert "a consent without uploads:write:admin" in page


def test_what_is_read_is_shown_part_by_part_and_what_is_found_leads_to_where_it_is_confirmed(
    browser: Client, northwind: Tenant, alice: User, sandbox: Server
) -> None:
    connect(sandbox, northwind, alice)
    browser.post(url("authorize_discover", northwind))
    assert text(browser.get(url("authorize", northwind))).count('data-state="reading"') == 7
    work_off(Discovery)
    page = " ".join(text(browser.get(url("authorize", northwind))).split())
    assert "<strong>northwind</strong>" in page
    assert re.search(r"<strong>\d+ stages in \d workflows?</strong>", page)
    assert all(f">{it}<" in page for it in ("Confirm the feed", "Confirm the stages", "Set them up"))


def test_what_the_grant_does_not_allow_says_what_it_would_give_and_that_the_way_by_hand_is_ready(
    browser: Client, northwind: Tenant
) -> None:
    connection = factories.ConnectionFactory.create(tenant=northwind, scopes=factories.FEW_SCOPES)
    refused = {"state": "refused", "message": "The permission for this was not given."}
    with tenant_scope(northwind.pk):
        Discovery.objects.create(
            tenant=northwind,
            connection=connection,
            findings=dict.fromkeys(("stages", "sources", "webhooks"), refused),
        )
    page = text(browser.get(url("authorize", northwind)))
    assert "With it you need not copy stage ids; you can paste them." in page
    assert "With it we would see whether Lever knows your label for Appcast" in page
    assert "With it we set up the webhooks for you; you can do it by hand." in page
    assert page.count("Do it by hand") == 2


@pytest.mark.parametrize(
    ("is_known", "says"),
    [
        (True, "“Appcast” is among them"),
        (False, "“Appcast” is not among them yet; the first application brings it"),
    ],
)
def test_whether_lever_knows_the_label_for_appcast_is_said(
    browser: Client, northwind: Tenant, is_known: bool, says: str
) -> None:
    found = {"state": "found", "count": 4, "label": "Appcast", "is_known": is_known}
    connection = factories.ConnectionFactory.create(tenant=northwind)
    with tenant_scope(northwind.pk):
        Discovery.objects.create(tenant=northwind, connection=connection, findings={"sources": found})
    assert says in text(browser.get(url("authorize", northwind)))


def test_a_permission_that_was_given_and_is_refused_is_told_as_one_truth(
    browser: Client, northwind: Tenant
) -> None:
    refused_by_lever(northwind, "stages", "webhooks")
    page = text(browser.get(url("authorize", northwind)))
    assert page.count("The permission was given, but Lever refuses it.") == 2
    given = re.findall(r"<code>(\S+)</code>.*?data-label=\"Given\">(.*?)</td>", page, re.DOTALL)
    but_refused = {scope for scope, says in given if says == "Yes, but Lever refuses it"}
    assert but_refused == {"stages:read:admin", "webhooks:write:admin"}
    assert dict(given)["postings:read:admin"] == "Yes"


def test_what_was_found_gives_way_to_what_was_proved_since(browser: Client, northwind: Tenant) -> None:
    connection = factories.ConnectionFactory.create(tenant=northwind)
    findings = {
        "webhooks": {"state": "found", "count": 0},
        "sources": {"state": "found", "count": 4, "label": "Appcast", "is_known": False},
    }
    with tenant_scope(northwind.pk):
        Discovery.objects.create(tenant=northwind, connection=connection, findings=findings)
    assert "<strong>0</strong>" in text(browser.get(url("authorize", northwind)))
    delivered(endpoint(northwind, "stage_changed"))
    rehearsed(northwind)
    page = text(browser.get(url("authorize", northwind)))
    assert "<strong>1 delivers to us</strong>" in page
    assert "“Appcast” stands at your test application in Lever" in page
    assert "the first application brings it" not in page


def test_no_permission_is_given_once_lever_refuses_our_access(browser: Client, northwind: Tenant) -> None:
    connection = factories.ConnectionFactory.create(tenant=northwind)
    assert 'data-label="Given">Yes' in text(browser.get(url("authorize", northwind)))
    with tenant_scope(northwind.pk):
        Connection.objects.filter(pk=connection.pk).update(status=Connection.Status.NEEDS_AUTHORIZATION)
    assert 'data-label="Given">Yes' not in text(browser.get(url("authorize", northwind)))


def test_a_fresh_consent_has_no_proof_from_before(northwind: Tenant, alice: User, sandbox: Server) -> None:
    connect(sandbox, northwind, alice)
    with tenant_scope(northwind.pk):
        Connection.objects.update(proved_at=timezone.now())
    connect(sandbox, northwind, alice)
    assert told(northwind, "authorize").state == "checking"


def test_why_a_part_is_missing_is_told_in_the_readers_language(northwind: Tenant) -> None:
    connection = factories.ConnectionFactory.create(tenant=northwind)
    why = Phrase("Because: %(why)s", why=Phrase("Yes"))
    with tenant_scope(northwind.pk):
        findings = {"stages": {"state": "failed", "message": why.stored}}
        Discovery.objects.create(tenant=northwind, connection=connection, findings=findings)
    evidence = gather(northwind)
    with tenant_scope(northwind.pk), override("de"):
        told = {it.key: it.says for it in discovered.parts(evidence)}
    assert told["stages"] == "Because: Ja"


def test_whose_place_was_changed_on_the_way_connects_nothing(
    browser: Client, alice: User, northwind: Tenant, sandbox: Server, settings: Settings
) -> None:
    state = begin(browser, northwind)
    code = accept(sandbox, state, settings)
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=alice).update(steps=["feed"])
    assert come_back(browser, state=state, code=code).status_code == 404
    assert connections(northwind) == []
