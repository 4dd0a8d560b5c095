"""Policies, forms, rehearsal, going live, sharing: each press does its one thing, bad input loses nothing."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import (
    FormCheck,
    Posting,
)
from onboarding import golive
from onboarding.models import PolicyStatement, Rehearsal
from tenants.models import Invitation, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.people import browser_of

from .pages import LIVE, refused, said, text, url
from .rows import make_ready, rehearsed, told

pytestmark = pytest.mark.django_db


def test_policies_are_kept_and_shown_again(browser: Client, northwind: Tenant) -> None:
    stated = {
        "privacy_policy-is_needed": "yes",
        "privacy_policy-url": "https://acme.example/privacy",
        "privacy_policy-scope_0": "de",
        "privacy_policy-link_0": "https://acme.example/de",
        "terms-is_needed": "no",
    }
    page = said(browser, browser.post(url("policies", northwind), stated))
    assert 'value="https://acme.example/privacy"' in page
    assert 'value="https://acme.example/de"' in page
    assert '<option value="de" selected>German</option>' in page
    assert "Privacy policy (German)" in page
    assert told(northwind, "policies").state == "checking"


def test_half_an_answer_about_policies_keeps_nothing_and_loses_nothing(
    browser: Client, northwind: Tenant
) -> None:
    half = {"privacy_policy-is_needed": "yes", "privacy_policy-url": "https://acme.example/privacy"}
    page = refused(browser.post(url("policies", northwind), half))
    assert "Say whether a link to your terms and conditions is needed." in page
    assert 'value="https://acme.example/privacy"' in page
    with tenant_scope(northwind.pk):
        assert not PolicyStatement.objects.exists()


def test_the_rehearsal_says_before_it_is_pressed_that_it_needs_a_job(
    browser: Client, northwind: Tenant
) -> None:
    assert "There is no job to rehearse with yet" in text(browser.get(url("rehearsal", northwind)))
    make_ready(northwind)
    assert "There is no job to rehearse with yet" not in text(browser.get(url("rehearsal", northwind)))


def test_what_is_wrong_with_both_answers_about_policies_stands_in_one_list(
    browser: Client, northwind: Tenant
) -> None:
    page = refused(browser.post(url("policies", northwind), {}))
    assert page.count("There is a problem") == 1
    assert page.count("a link to your privacy policy is needed.</a>") == 1
    assert page.count("a link to your terms and conditions is needed.</a>") == 1


def test_who_was_asked_for_one_step_reads_nothing_of_the_others(northwind: Tenant) -> None:
    helper = factories.MembershipFactory.create(tenant=northwind, role="member", steps=["webhooks"])
    page = text(browser_of(helper.user).get(url("webhooks", northwind)))
    assert "About 4 minutes" in page
    assert "Step 3 of" not in page


def test_while_customer_success_looks_nobody_else_is_asked_and_their_question_is_read_once(
    browser: Client, northwind: Tenant, alice: User, carol: User
) -> None:
    make_ready(northwind)
    assert "Is this for a colleague?" in text(browser.get(url("go-live", northwind)))
    golive.request(northwind, alice)
    assert "Is this for a colleague?" not in text(browser.get(url("go-live", northwind)))
    golive.ask_back(northwind, "Which jobs?", carol)
    asked = text(browser.get(url("go-live", northwind)))
    assert "Customer Success asks: Which jobs?" in asked
    assert "<dd>Which jobs?</dd>" not in asked
    assert "Your answer to Customer Success" in asked
    assert "The other open steps" not in text(browser.get(url("checklist", northwind)))


def test_reading_the_forms_again_asks_for_what_is_not_supported(browser: Client, northwind: Tenant) -> None:
    for status in ("supported", "unsupported", "unreadable"):
        factories.FormCheckFactory.create(tenant=northwind, status=status)
    browser.post(url("forms_check", northwind))
    with tenant_scope(northwind.pk):
        due = FormCheck.objects.filter(next_attempt_at__lte=timezone.now())
        assert set(due.values_list("status", flat=True)) == {"unsupported", "unreadable"}


def test_one_form_alone_can_be_read_again(browser: Client, northwind: Tenant) -> None:
    wanted, other = (
        factories.FormCheckFactory.create(tenant=northwind, status="unsupported", next_attempt_at=None)
        for _ in range(2)
    )
    browser.post(url("forms_check", northwind), {"check": wanted.pk})
    with tenant_scope(northwind.pk):
        assert list(FormCheck.objects.filter(next_attempt_at__lte=timezone.now())) == [wanted]
        assert FormCheck.objects.get(pk=other.pk).next_attempt_at is None


def test_jobs_that_cannot_be_asked_stand_below_their_question(browser: Client, northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    school, scale = {"text": "Your school?", "type": "university"}, {"text": "How good?", "type": "score"}
    new = {"text": "Draw a tree", "type": "drawing"}
    checks = [
        factories.FormCheckFactory.create(tenant=northwind, status="unsupported", unsupported=asked)
        for asked in ([scale], [school, school], [school, new])
    ]
    factories.FormCheckFactory.create(tenant=northwind)
    with tenant_scope(northwind.pk):
        Posting.objects.filter(pk=checks[1].posting_id).update(owner_name="Robin <Reed>")
    page = text(browser.get(url("forms", northwind)))
    assert "1 of 4 jobs ready" in page
    told = [
        *("Your school?", "A University Picker question, in 2 jobs", checks[1].posting.url),
        *(
            "Draw a tree",
            "A drawing question, in 1 job",
            "How good?",
            "A Rating Scale question, in 1 job",
        ),
    ]
    assert [it for it in told if it not in page] == []
    assert sorted(told[::3], key=page.index) == told[::3]
    assert page.count('owned by <span translate="no">Robin <Reed></span>') == 1
    assert page.count(f"/jobs/postings/edit/{checks[2].posting.external_id}") == 2


def test_a_rehearsal_without_a_job_says_what_is_needed(browser: Client, northwind: Tenant) -> None:
    page = said(browser, browser.post(url("rehearsal_start", northwind)))
    assert "A rehearsal needs one published job whose form Appcast Apply can ask." in page
    with tenant_scope(northwind.pk):
        assert not Rehearsal.objects.exists()


def test_asking_to_go_live_too_early_names_the_open_steps(browser: Client, northwind: Tenant) -> None:
    assert "Ask to go live</button>" not in text(browser.get(url("go-live", northwind)))
    page = said(browser, browser.post(url("go_live_request", northwind)))
    assert "These steps are still open: Authorize Lever," in page


def test_asking_to_go_live_in_time(browser: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    assert "Ask to go live</button>" in text(browser.get(url("go-live", northwind)))
    page = said(browser, browser.post(url("go_live_request", northwind)))
    assert "Appcast Customer Success will have a last look." in page
    assert "Ask to go live</button>" not in page
    page = said(browser, browser.post(url("go_live_withdraw", northwind)))
    assert "Taken back." in page
    assert "Ask to go live</button>" in page
    assert "There is no request to take back" in said(
        browser, browser.post(url("go_live_withdraw", northwind))
    )


def test_a_step_is_sent_to_a_colleague_who_is_invited_to_it_alone(
    browser: Client, alice: User, northwind: Tenant, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        page = said(
            browser, browser.post(url("share", northwind, "webhooks"), {"email": "Kim@northwind.example"})
        )
    assert "An invitation is on its way to kim@northwind.example: “Helps with: " in page
    with tenant_scope(northwind.pk):
        invitation = Invitation.objects.get()
    assert (invitation.steps, invitation.role, invitation.invited_by) == (["webhooks"], "member", alice)
    assert mail.outbox[0].to == ["kim@northwind.example"]


@pytest.mark.parametrize("typed", ["", "kim", "kim@", "kim@example.com, lee@example.com"])
def test_an_address_that_is_none_is_asked_for_again(browser: Client, northwind: Tenant, typed: str) -> None:
    page = refused(browser.post(url("share", northwind, "webhooks"), {"email": typed}))
    assert f'value="{typed}"' in page or not typed
    assert url("webhooks", northwind) in page
    with tenant_scope(northwind.pk):
        assert not Invitation.objects.exists()


@pytest.mark.parametrize("step", ["checklist", "nonsense"])
def test_what_is_no_step_cannot_be_shared(browser: Client, northwind: Tenant, step: str) -> None:
    assert browser.post(url("share", northwind, step), {"email": "kim@example.com"}).status_code == 404


def queries_of(browser: Client, address: str, **headers: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address, headers=headers).status_code == 200
    return [it["sql"] for it in queries]


def test_however_many_rehearsals_there_were_they_are_read_alike(browser: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    counts = []
    for more in (2, 5):
        for _ in range(more):
            rehearsed(northwind)
        browser.get(url("rehearsal", northwind))  # notes the visit
        counts.append(len(queries_of(browser, url("rehearsal", northwind))))
    assert counts[0] == counts[1]


def test_each_look_at_a_rehearsal_reads_its_rows_once(browser: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    looked = queries_of(browser, url("rehearsal", northwind), **LIVE)
    assert sum(it.startswith('SELECT "integrations_conversion"."id"') for it in looked) == 1


def test_an_earlier_rehearsal_says_how_long_it_took_in_words(browser: Client, northwind: Tenant) -> None:
    for hours in (25, 0):
        rehearsal = rehearsed(northwind)
        with tenant_scope(northwind.pk):
            Rehearsal.objects.filter(pk=rehearsal.pk).update(
                started_at=rehearsal.started_at - timedelta(hours=hours)
            )
    assert "the whole way, in 1\xa0day" in text(browser.get(url("rehearsal", northwind)))


@pytest.mark.parametrize("ends", ["9" * 5000, "²", ""])
def test_what_names_no_rehearsal_ends_none(browser: Client, northwind: Tenant, ends: str) -> None:
    said(browser, browser.post(url("rehearsal_start", northwind), {"ends": ends}))
