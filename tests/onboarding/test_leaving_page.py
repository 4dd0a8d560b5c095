"""The pages of pausing and ending: who may, what is asked for first, and what is left to see afterwards."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from onboarding import golive, leaving
from onboarding.models import Departure
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.people import browser_of
from tests.tenants.mailed import code_in, guess, new_address, new_browser

from .pages import LIVE, refused, said, text, url
from .rows import endpoint

pytestmark = pytest.mark.django_db


def status(tenant: Tenant) -> str:
    return Tenant.objects.get(pk=tenant.pk).status


@pytest.fixture
def proved(northwind: Tenant) -> Client:
    """Of an owner who followed the fresh code back to the last question."""
    owner = factories.MembershipFactory.create(tenant=northwind, user__email=new_address())
    browser = new_browser()
    browser.force_login(owner.user, "allauth.account.auth_backends.AuthenticationBackend")
    assert "First, a fresh code" in text(browser.get(url("leave_end", northwind)))
    browser.post(url("leave_code", northwind))
    answer = guess(browser, code_in(mail.outbox.pop()))
    assert answer.status_code == 302
    return browser


def test_an_end_before_lever_was_authorized_leaves_nothing_to_revoke(
    browser: Client, northwind: Tenant, alice: User
) -> None:
    leaving.end(northwind, alice)
    page = text(browser.get(url("leave", northwind)))
    assert "Lever was never authorized here: there is nothing to revoke." in page
    assert "press <strong>Revoke access</strong>" not in page


def test_it_pauses_and_resumes(browser: Client, northwind: Tenant) -> None:
    page = said(browser, browser.post(url("leave_pause", northwind)))
    assert "You paused the connection at " in page
    assert "Pause the connection" not in page
    assert status(northwind) == "paused"
    said(browser, browser.post(url("leave_resume", northwind)))
    assert status(northwind) == "onboarding"


def test_what_customer_success_paused_the_customer_does_not_resume(
    browser: Client, northwind: Tenant, carol: User
) -> None:

    golive.pause(northwind, carol)
    page = text(browser.get(url("leave", northwind)))
    assert "Appcast Customer Success paused the connection at " in page
    assert "carol" not in page
    assert url("leave_resume", northwind) not in page
    page = said(browser, browser.post(url("leave_resume", northwind)))
    assert "Appcast Customer Success paused this connection" in page
    assert status(northwind) == "paused"


def test_every_page_says_who_paused_and_offers_to_resume_to_whom_may(
    browser: Client, northwind: Tenant, alice: User, bob: User
) -> None:
    golive.pause(northwind, alice)
    for page in ("checklist", "feed", "go-live"):
        assert url("leave_resume", northwind) in text(browser.get(url(page, northwind)))
        seen = text(browser_of(bob).get(url(page, northwind)))
        assert "alice@northwind.example paused the connection at " in seen
        assert url("leave_resume", northwind) not in seen


def test_when_applicants_data_go_is_told_alike_wherever_it_is_told(
    proved: Client, northwind: Tenant, alice: User
) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(retention_days=12)
    told = "12 days after the application has arrived in Lever, or 90 days after it came"
    for page in ("go-live", "leave", "leave_end"):
        assert told in text(proved.get(url(page, northwind)))
    assert "those that still wait are not delivered any more" in text(proved.get(url("leave", northwind)))
    leaving.end(northwind, alice)
    assert told in text(proved.get(url("leave", northwind)))


def test_without_a_fresh_code_nothing_ends(browser: Client, northwind: Tenant) -> None:
    page = text(browser.post(url("leave_end", northwind), {"name": northwind.name}))
    assert "First, a fresh code" in page
    assert status(northwind) == "onboarding"


def test_the_code_leads_back_and_the_name_ends_it(proved: Client, northwind: Tenant) -> None:
    assert "What it means" in text(proved.get(url("leave_end", northwind)))
    page = said(proved, proved.post(url("leave_end", northwind), {"name": "  northwind  LOGISTICS "}))
    assert "The connection was ended" in page
    assert "Revoke access" in page
    assert status(northwind) == "offboarded"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Type the name of your company."),
        ("Northwind", "got “Northwind”"),
        ("Southgate Retail", "got “Southgate Retail”"),
    ],
)
def test_another_name_ends_nothing(proved: Client, northwind: Tenant, typed: str, says: str) -> None:
    assert says in refused(proved.post(url("leave_end", northwind), {"name": typed}))
    assert status(northwind) == "onboarding"


def test_who_uses_stepstone_too_only_asks(proved: Client, northwind: Tenant) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(uses_stepstone=True)
    page = text(proved.get(url("leave", northwind)))
    assert url("leave_end", northwind) not in page
    assert "Ask Appcast first" in page
    said(proved, proved.post(url("leave_end", northwind), {"name": northwind.name}))
    assert status(northwind) == "onboarding"
    page = said(proved, proved.post(url("leave_ask", northwind)))
    assert "will get in touch with you; until then everything goes on" in page


def test_afterwards_every_page_leads_to_the_one_that_is_left(
    northwind: Tenant, alice: User, bob: User
) -> None:

    leaving.end(northwind, alice)
    for user in (alice, bob):
        browser = browser_of(user)
        for name in ("checklist", "feed", "people"):
            assert browser.get(url(name, northwind)).headers["Location"] == url("leave", northwind)
        page = text(browser.get(url("leave", northwind)))
        assert "The records are here until" in page
        assert ("Take it back" in page) == (user == alice)
    live = browser_of(alice).get(url("feed", northwind), headers={"HX-Request": "true", "HX-Target": "live"})
    assert live.headers["HX-Redirect"] == url("leave", northwind)


def test_it_is_taken_back_by_who_ran_the_set_up(
    browser: Client, northwind: Tenant, alice: User, bob: User
) -> None:

    leaving.end(northwind, alice)
    assert browser_of(bob).post(url("leave_take_back", northwind)).status_code == 404
    page = said(browser, browser.post(url("leave_take_back", northwind)))
    assert "The connection is yours again." in page


def test_what_customer_success_ended_the_customer_does_not_take_back(
    browser: Client, northwind: Tenant, carol: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        leaving.end(northwind, carol)
    [letter] = mail.outbox
    assert "Appcast Customer Success ended the connection" in " ".join(str(letter.body).split())
    assert "Until then your Appcast contact can take it back." in letter.body
    page = text(browser.get(url("leave", northwind)))
    assert "Appcast Customer Success ended the connection, and can take that back until" in page
    assert url("leave_take_back", northwind) not in page
    assert "please ask them" in said(browser, browser.post(url("leave_take_back", northwind)))
    assert status(northwind) == "offboarded"


def test_what_is_left_to_switch_off_is_named_and_drawn_as_off(
    browser: Client, northwind: Tenant, alice: User
) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    for kind in ("application_created", "stage_changed", "hired"):
        endpoint(northwind, kind)
    leaving.end(northwind, alice)
    page = text(browser.get(url("leave", northwind)))
    named = re.findall(r"<li><strong>([^<]+)</strong></li>", page)
    assert named == ["Application Created", "Candidate Stage Change", "Candidate Hired"]
    assert 'class="p-off"' in page
    assert 'class="p-on"' not in page
    assert "it may be called Appcast or StepStone" in page


def test_before_anybody_asked_lever_nothing_is_said_of_its_answer(
    browser: Client, northwind: Tenant, alice: User
) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    factories.FeedFactory.create(tenant=northwind)
    leaving.end(northwind, alice)
    page = text(browser.get(url("leave", northwind)))
    assert page.count("We look for the first time in a moment.") == 2
    assert "Lever did not answer" not in page
    with tenant_scope(northwind.pk):
        seen = {"access": "refused", "feed": None, "feed_seen_at": timezone.now().isoformat()}
        Departure.objects.update(seen=seen)
    part = text(browser.get(url("leave", northwind), headers=LIVE))
    assert part.lstrip().startswith("<section")
    assert "It is revoked." in part
    assert re.search(r"Lever did not answer \(.+\), so we do not know\.", part)
