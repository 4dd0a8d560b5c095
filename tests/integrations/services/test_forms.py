"""Application forms, read daily: what Appcast Apply can ask there and what it cannot."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.errors import TransientError
from integrations.lever.client import LeverClient
from integrations.models import FormCheck
from integrations.services import forms, pace
from integrations.types import ApplicationForm
from sandbox.seed.forms import EXTERNAL, question_set, score_question
from sandbox.world.form_editor import set_state, set_unsupported_question
from sandbox.world.posting import State
from tests.factories import FormCheckFactory, OutgoingFeedFactory

from .customer import FORM, WITH_QUESTIONS, Customer

pytestmark = pytest.mark.django_db
PACE = replace(pace.FORMS)


@pytest.fixture
def check(customer: Customer) -> FormCheck:
    row: FormCheck = FormCheckFactory.create(
        tenant=customer.tenant,
        posting=customer.posting(WITH_QUESTIONS),
        status="unchecked",
        next_attempt_at=timezone.now(),
        checked_at=None,
    )
    return row


def checked(customer: Customer, check: FormCheck) -> FormCheck:
    customer.change(check, next_attempt_at=timezone.now())
    forms.check(check.pk)
    return customer.again(check)


def test_a_form_that_can_be_asked_is_supported_and_kept(customer: Customer, check: FormCheck) -> None:
    read = checked(customer, check)
    assert (read.status, read.unsupported, read.error_code) == ("supported", [], "")
    assert read.checked_at
    assert read.next_attempt_at
    assert timedelta(hours=23) < read.next_attempt_at - timezone.now() <= timedelta(days=1)
    form = forms.form_of(read)
    assert form
    assert len(form.custom[0].questions) == 8
    assert form.custom[0].questions[0].options == ("Yes", "No")


def test_a_university_picker_is_named(customer: Customer, check: FormCheck) -> None:
    set_unsupported_question(customer.offered(WITH_QUESTIONS), is_wanted=True)
    read = checked(customer, check)
    assert read.status == "unsupported"
    assert read.unsupported == [{"text": "Where did you study?", "type": "university"}]


def test_a_rating_scale_is_named_and_its_removal_noticed(customer: Customer, check: FormCheck) -> None:
    offered = customer.offered(WITH_QUESTIONS)
    rating = question_set(offered.id, "Rating", EXTERNAL, [score_question(offered.id)])
    offered.form["customQuestions"] = [*offered.form["customQuestions"], rating]
    read = checked(customer, check)
    assert read.unsupported == [{"text": "Rate your experience from 1 to 4", "type": "score"}]
    set_unsupported_question(offered, is_wanted=False)
    assert checked(customer, check).status == "supported"


def owner_name(customer: Customer) -> str:
    return str(customer.again(customer.posting(WITH_QUESTIONS)).owner_name)


def test_whoever_owns_the_posting_is_known_while_its_form_must_be_changed(
    customer: Customer, check: FormCheck
) -> None:
    offered = customer.offered(WITH_QUESTIONS)
    set_unsupported_question(offered, is_wanted=True)
    checked(customer, check)
    name = next(user.name for user in customer.account.users if user.id == offered.owner)
    assert owner_name(customer) == name
    set_unsupported_question(offered, is_wanted=False)
    reads = len(customer.server.world.log)
    checked(customer, check)
    assert (owner_name(customer), len(customer.server.world.log) - reads) == ("", 1)


def test_a_form_is_read_although_lever_does_not_tell_the_owner(
    customer: Customer, check: FormCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise TransientError("lever.unavailable", "Lever does not answer properly at the moment.")

    monkeypatch.setattr(LeverClient, "posting_state", refuse)
    customer.change(customer.posting(WITH_QUESTIONS), owner_name="Robin Reed")
    set_unsupported_question(customer.offered(WITH_QUESTIONS), is_wanted=True)
    assert (checked(customer, check).status, owner_name(customer)) == ("unsupported", "Robin Reed")


def test_a_form_that_is_gone_is_published_so_and_asked_for_again_tomorrow(
    customer: Customer, check: FormCheck
) -> None:
    published = OutgoingFeedFactory.create(tenant=customer.tenant, next_attempt_at=None)
    checked(customer, check)
    customer.change(published, next_attempt_at=None)
    del customer.account.postings[customer.offered(WITH_QUESTIONS).id]
    read = checked(customer, check)
    assert (read.status, read.error_code) == ("unreadable", "lever.not_found")
    assert read.next_attempt_at
    assert read.next_attempt_at > timezone.now() + timedelta(hours=23)
    assert customer.again(published).next_attempt_at


def test_a_change_while_the_form_is_being_read_has_it_read_again(
    customer: Customer, check: FormCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = LeverClient.form

    def change_meanwhile(client: LeverClient, external_id: str) -> ApplicationForm:
        customer.change(check, next_attempt_at=timezone.now())
        return real(client, external_id)

    monkeypatch.setattr(LeverClient, "form", change_meanwhile)
    read = checked(customer, check)
    assert read.status == "supported"
    assert read.next_attempt_at
    assert read.next_attempt_at <= timezone.now()


@pytest.mark.parametrize(("state", "is_open"), [("closed", False), ("internal", True)])
def test_a_posting_that_was_closed_in_lever_is_not_waited_for_until_the_next_sync(
    customer: Customer, check: FormCheck, state: State, is_open: bool
) -> None:
    offered = customer.offered(WITH_QUESTIONS)
    set_unsupported_question(offered, is_wanted=True)
    set_state(offered, state)
    read = checked(customer, check)
    assert customer.again(customer.posting(WITH_QUESTIONS)).is_open is is_open
    assert (read.next_attempt_at is not None) is is_open


def test_a_closed_posting_is_read_no_more(customer: Customer, check: FormCheck) -> None:
    customer.change(customer.posting(WITH_QUESTIONS), closed_at=timezone.now())
    before = len(customer.server.world.log)
    assert checked(customer, check).next_attempt_at is None
    assert len(customer.server.world.log) == before


@pytest.mark.parametrize("kind", ["503", "429"])
def test_a_moments_trouble_leaves_what_is_known(customer: Customer, check: FormCheck, kind: str) -> None:
    checked(customer, check)
    customer.order(kind, **FORM, times_left=1)
    read = checked(customer, check)
    assert (read.status, bool(read.error_code)) == ("supported", True)
    assert read.next_attempt_at
    assert read.next_attempt_at - timezone.now() < timedelta(hours=1)
    customer.change(customer.connection(), next_form_at=None)  # the pause is over
    assert checked(customer, check).error_code == ""


def test_a_revoked_grant_says_nothing_about_the_form(customer: Customer, check: FormCheck) -> None:
    checked(customer, check)
    customer.server.world.grants.revoke(customer.account)
    read = checked(customer, check)
    assert (read.status, read.error_code) == ("supported", "lever.grant_revoked")
    assert read.next_attempt_at


def test_a_form_that_may_not_be_read_is_tried_again_tomorrow(customer: Customer, check: FormCheck) -> None:
    customer.order("reduced_scopes", **FORM, scopes=frozenset({"offline_access"}))
    read = checked(customer, check)
    assert (read.status, read.error_code) == ("unreadable", "lever.scope_missing")
    assert read.next_attempt_at


def test_a_form_that_was_never_read_is_none() -> None:
    assert forms.form_of(FormCheck()) is None


def test_forms_are_read_at_a_pace_that_leaves_lever_to_the_applications(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "FORMS", PACE)
    began = time.monotonic()
    for index in range(3):
        row = FormCheckFactory.create(
            tenant=customer.tenant,
            posting=customer.posting(index),
            status="unchecked",
            next_attempt_at=timezone.now(),
        )
        forms.check(row.pk)
        assert customer.again(row).status == "supported"
    assert time.monotonic() - began > 2 * PACE.pitch.total_seconds()


def test_who_is_not_up_yet_has_not_tried(customer: Customer, check: FormCheck) -> None:
    customer.change(customer.connection(), next_form_at=timezone.now() + timedelta(minutes=1))
    asked = len(customer.server.world.log)
    waiting = checked(customer, check)
    assert (waiting.attempts, waiting.error_code, waiting.status) == (0, "", "unchecked")
    assert waiting.next_attempt_at
    assert waiting.next_attempt_at > timezone.now()
    assert len(customer.server.world.log) == asked


def test_a_form_that_lever_throttles_slows_all_of_the_tenant(customer: Customer, check: FormCheck) -> None:
    customer.order("429", **FORM, retry_after=90)
    assert checked(customer, check).error_code == "lever.rate_limited"
    row = customer.connection()
    for at in (row.next_form_at, row.next_post_at, row.next_read_at):
        assert at
        assert at > timezone.now() + timedelta(seconds=80)
