"""What a try sent, as customers and staff may read it: which questions and what kind of files, never a value."""

import json
from typing import Any

import pytest

from integrations.lever.client import LeverClient
from integrations.models import Delivery, DeliveryAttempt
from integrations.services import applications, deliveries
from sandbox.world.form_editor import set_unsupported_question
from tenants.scoping import tenant_scope

from .customer import APPLY, FORM, WITH_QUESTIONS, WITH_RESUME, Customer

pytestmark = pytest.mark.django_db


def last(customer: Customer) -> Any:
    with tenant_scope(customer.tenant.pk):
        return DeliveryAttempt.objects.latest("pk")


def test_a_try_names_the_questions_and_files_that_it_sent(customer: Customer) -> None:
    customer.submit(WITH_QUESTIONS, applicant={"full_name": "Ada Adler"})
    customer.attempt()
    this = last(customer)
    assert (this.outcome, this.is_look, this.http_status) == ("delivered", False, None)
    sent = this.manifest
    assert {"Full name", "Email"} < {*sent["questions"]}
    (file,) = sent["files"]
    assert (file["question"], file["kind"]) == ("Resume", "PDF")
    assert file["size_bytes"] > 0
    assert sent["answers"] == len(sent["questions"]) + 1
    assert customer.delivery().manifest == sent


def test_no_value_and_no_files_name_is_in_it(customer: Customer) -> None:
    answers = [{"question_id": "gender", "value": "Decline to self-identify"}]
    customer.submit(
        WITH_RESUME,
        applicant={"full_name": "Ada Adler", "email": "ada@mail.example", "phone": "555-0199"},
        demographic_answers=answers,
    )
    customer.attempt()
    kept = json.dumps(last(customer).manifest)
    assert "Resume" in kept
    assert not any(
        it in kept for it in ("Ada", "Adler", "mail.example", "0199", "gender", "identify", ".pdf")
    )


def test_two_forms_are_told_apart(customer: Customer) -> None:
    customer.submit()
    customer.attempt()
    first = last(customer).manifest["form"]
    customer.submit(applicant={"email": "bo@mail.example"})
    customer.attempt()
    assert last(customer).manifest["form"] == first
    set_unsupported_question(customer.offered(), is_wanted=True)
    set_unsupported_question(customer.offered(), is_wanted=False)
    customer.offered().form["personalInformation"].reverse()
    customer.submit(applicant={"email": "cy@mail.example"})
    customer.attempt()
    assert last(customer).manifest["form"] != first


def test_of_a_refusal_the_status_is_kept_beside_what_was_sent(customer: Customer) -> None:
    customer.order("503", **APPLY, times_left=1)
    customer.submit()
    customer.attempt()
    this = last(customer)
    assert (this.outcome, this.http_status, this.is_look) == ("unknown", 503, False)
    assert this.manifest["answers"] > 0
    customer.attempt()
    this = last(customer)
    assert (this.is_look, this.manifest, this.http_status) == (True, {}, None)


def test_what_never_left_sent_nothing(customer: Customer) -> None:
    customer.order("503", **FORM, times_left=1)
    customer.submit()
    customer.attempt()
    this = last(customer)
    assert (this.outcome, this.http_status, this.manifest) == ("retry_wait", 503, {})
    assert customer.delivery().manifest == {}


def test_what_left_is_known_although_the_worker_died_over_it(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: object) -> str:
        raise Killed

    customer.submit()
    with monkeypatch.context() as patch:
        patch.setattr(LeverClient, "apply", dies)
        with pytest.raises(Killed):
            customer.attempt()
    delivery = customer.delivery()
    assert (delivery.status, delivery.manifest["answers"] > 0) == (Delivery.Status.SENDING, True)


@pytest.mark.parametrize(("status", "is_in_doubt"), [("ready", False), ("sending", True), ("unknown", True)])
def test_who_is_held_in_the_middle_of_a_doubt_stays_doubtful(
    customer: Customer, status: str, is_in_doubt: bool
) -> None:
    customer.submit()
    customer.change(customer.delivery(), unfinished=5, status=status)
    delivery = customer.attempt()
    assert (delivery.status, delivery.is_in_doubt) == ("held", is_in_doubt)
    assert deliveries.send_again(delivery, customer.user)
    assert not customer.delivery().is_in_doubt
    assert not deliveries.send_again(delivery, customer.user), "it does not rest any more"


def test_an_erasure_takes_what_was_answered_along(customer: Customer) -> None:
    application = customer.submit()
    customer.attempt()
    assert customer.delivery().manifest
    applications.erase(application, reason="a test")
    assert (customer.delivery().manifest, last(customer).manifest) == ({}, {})
