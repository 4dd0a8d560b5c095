"""Taking an application: each reply of the contract, and what is stored before a yes."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from integrations.appcast.applications import MalformedError, UnacceptableError
from integrations.models import Application, ApplicationFile, Delivery
from integrations.services import applications, forms
from integrations.services.applications import ConflictError, JobClosedError, JobUnknownError
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope
from tests.factories import FormCheckFactory

from .customer import WITH_QUESTIONS, WITH_RESUME, Customer
from .threads import at_once

pytestmark = pytest.mark.django_db


def count(customer: Customer) -> tuple[int, int]:
    with tenant_scope(customer.tenant.pk):
        return Application.objects.count(), Delivery.objects.count()


@pytest.fixture
def checked(customer: Customer) -> Customer:
    """The form of the job with all questions was read."""
    row = FormCheckFactory.create(
        tenant=customer.tenant, posting=customer.posting(WITH_QUESTIONS), next_attempt_at=timezone.now()
    )
    forms.check(row.pk)
    return customer


def test_an_application_is_stored_with_its_files_and_its_delivery(customer: Customer) -> None:
    body = customer.body(applicant={"full_name": "Ada Adler", "email": "Ada@Mail.example"})
    receipt = applications.accept(customer.tenant, body)
    assert receipt.is_new
    stored = receipt.application
    assert (stored.posting, stored.is_test) == (customer.posting(), False)
    assert stored.click_id == json.loads(body)["source"]["click_id"]
    delivery = customer.delivery()
    assert (delivery.status, delivery.application_id) == ("ready", stored.pk)
    assert delivery.next_attempt_at
    with tenant_scope(customer.tenant.pk):
        candidacy = applications.candidacy_of(stored, stored.files.all())
    assert (candidacy.full_name, candidacy.email) == ("Ada Adler", "Ada@Mail.example")
    assert [file.file_name for file in candidacy.files] == ["resume.pdf"]
    assert candidacy.files[0].data.startswith(b"%PDF")


def test_nothing_personal_lies_readable_in_the_database(customer: Customer) -> None:
    customer.submit(applicant={"full_name": "Canary Adler", "email": "canary@mail.example"})
    with tenant_scope(customer.tenant.pk), connection.cursor() as cursor:
        for table in ("application", "applicationfile", "delivery"):
            cursor.execute(f"SELECT t::text FROM integrations_{table} t")
            text = str(cursor.fetchall()).lower()
            readable = ("canary", "resume.pdf", b"canary".hex(), b"%PDF".hex())
            assert not any(it in text for it in readable)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"application_id": "x"}', b"\xff"])
def test_what_cannot_be_read_is_malformed(customer: Customer, body: bytes) -> None:
    with pytest.raises(MalformedError):
        applications.accept(customer.tenant, body)


def test_a_required_answer_that_is_missing_is_named_by_the_questions_own_text(checked: Customer) -> None:
    with pytest.raises(UnacceptableError) as refused:
        checked.submit(WITH_QUESTIONS, answers=[])
    codes = {it.code for it in refused.value.problems}
    texts = [it.message for it in refused.value.problems]
    assert codes == {"required_missing"}
    assert "“Are you legally allowed to work in this country?” must be answered." in texts
    assert count(checked) == (0, 0)


def test_an_answer_that_the_form_does_not_take_is_named(checked: Customer) -> None:
    answers = json.loads(checked.body(WITH_QUESTIONS))["answers"]
    answers[0]["value"] = "Perhaps"
    with pytest.raises(UnacceptableError) as refused:
        checked.submit(WITH_QUESTIONS, answers=answers)
    assert [it.code for it in refused.value.problems] == ["option_unknown"]
    assert refused.value.problems[0].field == answers[0]["question_id"]


def test_a_job_that_appcast_cannot_ask_for_is_refused_as_such(customer: Customer) -> None:
    index = next(it for it in range(21) if customer.offered(it).unsupported_types)
    row = FormCheckFactory.create(
        tenant=customer.tenant, posting=customer.posting(index), next_attempt_at=timezone.now()
    )
    forms.check(row.pk)
    with pytest.raises(UnacceptableError) as refused:
        customer.submit(index)
    assert "unsupported_question_type" in {it.code for it in refused.value.problems}


def test_a_form_that_was_not_read_yet_refuses_nothing(customer: Customer) -> None:
    assert customer.submit(WITH_RESUME, with_resume=False)


def test_a_job_that_is_in_no_feed_is_unknown(customer: Customer, southgate: Any) -> None:
    body = customer.body()
    with pytest.raises(JobUnknownError):
        applications.accept(southgate, body)
    with pytest.raises(JobUnknownError):
        applications.accept(customer.tenant, customer.body(job={"job_reference": "no-such-job"}))


def test_a_closed_job_is_refused_with_its_day(customer: Customer) -> None:
    customer.change(customer.posting(), closed_at=timezone.now())
    with pytest.raises(JobClosedError, match=f"closed on {timezone.now():%Y-%m-%d}"):
        customer.submit()


def test_a_reference_with_a_place_finds_its_posting(customer: Customer) -> None:
    reference = f"{customer.posting().external_id}-0a1b2c3d"
    stored = customer.submit(job={"job_reference": reference})
    assert (stored.posting, stored.job_reference) == (customer.posting(), reference)


def test_the_same_again_gets_the_same_receipt(customer: Customer) -> None:
    body = customer.body()
    first = applications.accept(customer.tenant, body)
    customer.change(customer.posting(), closed_at=timezone.now())
    second = applications.accept(customer.tenant, body)
    assert (second.application, second.is_new) == (first.application, False)
    assert count(customer) == (1, 1)


def test_the_same_id_with_another_body_is_a_conflict(customer: Customer) -> None:
    body = customer.body()
    applications.accept(customer.tenant, body)
    with pytest.raises(ConflictError, match="idempotency_conflict"):
        applications.accept(customer.tenant, body + b" ")
    assert count(customer) == (1, 1)


def test_the_same_id_of_another_tenant_is_another_application(customer: Customer, southgate: Any) -> None:
    body = customer.body()
    applications.accept(customer.tenant, body)
    with pytest.raises(JobUnknownError):
        applications.accept(southgate, body)


ADA = {"email": "ada@mail.example"}


def test_the_same_person_for_the_same_job_is_refused_within_the_window(customer: Customer) -> None:
    customer.submit(applicant=ADA)
    with pytest.raises(ConflictError, match=r"duplicate_application.*120 days"):
        customer.submit(applicant={"email": " ADA@mail.example "})
    customer.submit(WITH_RESUME, applicant=ADA)
    assert count(customer) == (2, 2)


def test_after_the_window_the_same_person_may_apply_again(customer: Customer) -> None:
    first = customer.submit(applicant=ADA)
    customer.change(first, accepted_at=timezone.now() - timedelta(days=121))
    assert customer.submit(applicant=ADA) != first


def test_without_a_window_everybody_may_apply_again(customer: Customer) -> None:
    customer.tenant.duplicate_window_days = 0
    assert customer.submit(applicant=ADA) != customer.submit(applicant=ADA)


def test_who_was_rejected_may_try_again(customer: Customer) -> None:
    customer.submit(applicant=ADA)
    customer.change(customer.delivery(), status="rejected")
    assert customer.submit(applicant=ADA)


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_with_the_same_id_are_one_application(customer: Customer) -> None:
    body = customer.body()
    receipts = at_once(10, lambda: applications.accept(customer.tenant, body))
    assert len({it.application.pk for it in receipts}) == 1
    assert [it.is_new for it in receipts].count(True) == 1
    assert count(customer) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_of_the_same_person_are_one_application(customer: Customer) -> None:
    bodies = [customer.body(applicant=ADA) for _ in range(10)]
    results = at_once(10, lambda: applications.accept(customer.tenant, bodies.pop()))
    refused = [it for it in results if isinstance(it, ConflictError)]
    assert ({it.code for it in refused}, len(refused)) == ({"duplicate_application"}, 9)
    assert count(customer) == (1, 1)


def test_erasure_takes_everything_personal_and_stops_the_delivery(customer: Customer) -> None:
    stored = customer.submit(applicant=ADA)
    applications.erase(stored, reason="retention")
    erased = customer.again(stored)
    assert (erased.document, bool(erased.erased_at)) == (b"", True)
    assert erased.email_hash == stored.email_hash
    with tenant_scope(customer.tenant.pk):
        assert not ApplicationFile.objects.exists()
        event = AuditEvent.objects.get(action="application.erased")
    assert event.detail == {"reason": "retention"}
    delivery = customer.delivery()
    assert (delivery.status, delivery.error_code, delivery.next_attempt_at) == (
        "rejected",
        "application.erased",
        None,
    )


def test_erasure_leaves_the_outcome_of_what_was_delivered(customer: Customer) -> None:
    stored = customer.submit()
    customer.attempt()
    applications.erase(customer.again(stored), reason="deleted in the ATS")
    assert (customer.delivery().status, customer.again(stored).external_id) != ("rejected", "")


def test_what_was_erased_is_not_brought_back_by_forgetting_a_part(customer: Customer) -> None:
    stored = customer.submit(demographic_answers=[{"question_id": "gender", "value": "Female"}])
    applications.erase(stored, reason="retention")
    with tenant_scope(customer.tenant.pk):
        applications.note_delivered(stored.pk)
    assert customer.again(stored).document == b""


def test_a_fingerprint_tells_neither_the_address_nor_the_tenant(customer: Customer, southgate: Any) -> None:
    ours = applications.fingerprint(customer.tenant.pk, "ada@mail.example")
    assert ours == applications.fingerprint(customer.tenant.pk, " Ada@Mail.example")
    assert ours != applications.fingerprint(southgate.pk, "ada@mail.example")
    assert len(ours) == 64
