"""Privacy policy and terms: what was said, and whether the links open."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onboarding.models import PolicyLink
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories

from .pages import url
from .rows import told

pytestmark = pytest.mark.django_db
PRIVACY = "https://acme.example/privacy"
DRAWING = re.compile(r'<figure class="apply-form">(.*?)<figcaption>(.*?)</figcaption>', re.DOTALL)


def say(tenant: Tenant, *, privacy: bool, terms: bool) -> None:
    for kind, is_needed in (("privacy_policy", privacy), ("terms", terms)):
        factories.PolicyStatementFactory.create(tenant=tenant, kind=kind, is_needed=is_needed)


def link(tenant: Tenant, **fields: Any) -> None:
    factories.PolicyLinkFactory.create(tenant=tenant, **fields)


def drawn(browser: Client, tenant: Tenant) -> list[tuple[str, list[str]]]:
    """Of each drawing, whose it is and the links in it."""
    page = browser.get(url("policies", tenant)).content.decode()
    return [
        (" ".join(caption.split()), re.findall(r'<a href="([^"]+)"', figure))
        for figure, caption in DRAWING.findall(page)
    ]


def test_no_links_needed_is_an_answer(northwind: Tenant) -> None:
    say(northwind, privacy=False, terms=False)
    state = told(northwind, "policies")
    assert (state.state, state.says) == ("done", "No links are needed.")
    assert state.at


def test_half_an_answer_is_in_progress(northwind: Tenant) -> None:
    factories.PolicyStatementFactory.create(tenant=northwind)
    state = told(northwind, "policies")
    assert (state.state, state.actor) == ("in_progress", "customer")


def test_a_needed_link_that_is_missing_is_named(northwind: Tenant) -> None:
    say(northwind, privacy=True, terms=True)
    assert told(northwind, "policies").says == "A link is missing: privacy policy and terms and conditions."


def test_links_are_opened_before_they_are_green(northwind: Tenant) -> None:
    say(northwind, privacy=True, terms=False)
    link(northwind)
    assert told(northwind, "policies").state == "checking"


def test_a_link_that_is_tried_again_is_told_at_its_first_failure(northwind: Tenant) -> None:
    say(northwind, privacy=True, terms=False)
    link(northwind, error_code="http.not_sent", error_message="The address could not be found.")
    state = told(northwind, "policies")
    assert (state.state, state.actor) == ("checking", "customer")
    assert state.mismatch
    assert state.mismatch.received == "The address could not be found."
    assert "we open it again by ourselves" in state.mismatch.path


def test_links_that_open_are_the_proof(northwind: Tenant) -> None:
    say(northwind, privacy=True, terms=False)
    checked_at = timezone.now()
    for locale in ("", "de"):
        link(northwind, locale=locale, checked_at=checked_at, is_reachable=True)
    state = told(northwind, "policies")
    assert (state.state, state.says, state.at) == ("done", "2 links open.", checked_at)


def test_a_link_that_does_not_open_says_which_and_why(northwind: Tenant) -> None:
    say(northwind, privacy=True, terms=False)
    link(northwind, checked_at=timezone.now(), error_message="The page answers 404 instead of 200.")
    state = told(northwind, "policies")
    assert (state.state, state.actor) == ("needs_attention", "customer")
    assert state.mismatch
    assert state.mismatch.expected == f"a public https page at {PRIVACY}"
    assert state.mismatch.received == "The page answers 404 instead of 200."
    assert "press “Open again”" in state.mismatch.path


def test_a_link_that_does_not_open_is_opened_again_at_a_press(browser: Client, northwind: Tenant) -> None:
    say(northwind, privacy=True, terms=False)
    next_week = timezone.now() + timedelta(days=7)
    link(northwind, checked_at=timezone.now(), error_message="Gone.", next_attempt_at=next_week)
    assert 'id="open-again"' in browser.get(url("policies", northwind)).content.decode()
    browser.post(url("policies_open", northwind))
    with tenant_scope(northwind.pk):
        assert PolicyLink.objects.filter(next_attempt_at__lte=timezone.now()).exists()


def test_while_the_connection_rests_links_wait_for_it(northwind: Tenant) -> None:
    say(northwind, privacy=True, terms=False)
    link(northwind)
    Tenant.objects.filter(pk=northwind.pk).update(status=Tenant.Status.PAUSED)
    state = told(northwind, "policies")
    assert (state.state, state.says) == (
        "in_progress",
        "Your links are opened once the connection is resumed.",
    )


def test_a_broken_link_that_is_no_longer_needed_troubles_nobody(northwind: Tenant) -> None:
    say(northwind, privacy=False, terms=False)
    link(northwind, checked_at=timezone.now(), error_message="Gone.")
    assert told(northwind, "policies").state == "done"


def test_the_links_are_drawn_where_applicants_see_them(browser: Client, northwind: Tenant) -> None:
    say(northwind, privacy=True, terms=False)
    link(northwind, url=PRIVACY)
    link(northwind, url="https://acme.example/datenschutz", locale="de")
    link(northwind, kind="terms", url="https://acme.example/not-needed")
    assert drawn(browser, northwind) == [
        ("Everybody else", [PRIVACY]),
        ("Applicants of “German”", ["https://acme.example/datenschutz"]),
    ]


def test_links_without_country_or_language_are_every_applicants(browser: Client, northwind: Tenant) -> None:
    say(northwind, privacy=True, terms=False)
    link(northwind, url=PRIVACY)
    assert drawn(browser, northwind) == [("Every applicant", [PRIVACY])]


def test_what_is_for_everybody_is_drawn_beside_a_countrys_own(browser: Client, northwind: Tenant) -> None:
    say(northwind, privacy=True, terms=True)
    link(northwind, url=PRIVACY)
    link(northwind, url="https://acme.example/datenschutz", locale="DE")
    link(northwind, kind="terms", url="https://acme.example/terms")
    assert drawn(browser, northwind) == [
        ("Everybody else", [PRIVACY, "https://acme.example/terms"]),
        ("Applicants of “Germany”", ["https://acme.example/datenschutz", "https://acme.example/terms"]),
    ]
