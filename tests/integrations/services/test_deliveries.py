"""An application's way into Lever when nothing goes wrong, and what the form forbids."""

from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Application, ApplicationFile, FormCheck
from integrations.services import (
    applications,
    connections,
    deliveries,
    delivery_rows,
    grants,
    manifests,
    work,
)
from sandbox.world.form_editor import set_unsupported_question
from tenants.scoping import tenant_scope
from tests.factories import ApplicationFactory, DeliveryFactory, FormCheckFactory

from .customer import PLAIN, WITH_QUESTIONS, WITH_RESUME, Customer

pytestmark = pytest.mark.django_db


def test_an_application_arrives_with_its_resume_and_its_answers_in_their_places(customer: Customer) -> None:
    application = customer.submit(WITH_QUESTIONS, applicant={"full_name": "Ada Adler"})
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code, delivery.next_attempt_at) == ("delivered", "", None)
    assert delivery.delivered_at
    received = customer.received()[0]
    assert (received.name, received.posting_id) == ("Ada Adler", customer.offered(WITH_QUESTIONS).id)
    assert received.resume_uri in customer.account.uploads
    values = [[it["value"] for it in group["fields"]] for group in received.custom_questions]
    asked = [group["fields"] for group in received.custom_questions]
    assert values[0][0] == "Yes"
    assert [bool(value) for value in values[0]] == [it["required"] for it in asked[0]]
    assert customer.again(application).external_id == received.id
    assert customer.tries() == [("delivered", "")]


def test_it_proves_the_connection_whatever_becomes_of_it(customer: Customer) -> None:
    """A form that was read is an answer, also where the application cannot be sent."""
    for index, status in ((PLAIN, "delivered"), (WITH_RESUME, "held")):
        customer.change(customer.connection(), proved_at=None)
        customer.submit(index, with_resume=index == PLAIN)
        began = timezone.now()
        assert customer.attempt().status == status
        proved_at = customer.connection().proved_at
        assert proved_at
        assert began <= proved_at <= timezone.now()


def test_those_that_are_read_together_have_each_their_own_and_who_is_gone_is_left_out(
    customer: Customer,
) -> None:
    customer.submit()
    other, gone = DeliveryFactory.create(), DeliveryFactory.create()
    with tenant_scope(gone.tenant_id):
        Application.objects.filter(pk=gone.application_id).delete()
    read = delivery_rows.read([other, gone, customer.delivery()])
    assert [(it.pk, whole.application.pk) for it, whole in read] == [
        (it.pk, it.application_id) for it in (other, customer.delivery())
    ]
    (_, unconnected), (_, own) = read
    assert unconnected.tokens is None
    assert own.tokens
    assert own.tokens.access_token == customer.tokens().access_token
    assert own.candidacy.email.endswith("@mail.example")


def test_lever_is_told_where_the_application_came_from(customer: Customer) -> None:
    customer.submit()
    customer.attempt()
    assert next(iter(customer.account.opportunities.values())).sources == ["Appcast"]
    assert customer.received()[0].client["ipAddress"] == "203.0.113.24"


def test_what_is_delivered_is_not_sent_again(customer: Customer) -> None:
    customer.submit()
    pk = customer.attempt().pk
    customer.take(pk)
    assert customer.posts() == 1


def test_demographic_answers_are_gone_after_delivery(customer: Customer) -> None:
    answers = [{"question_id": "gender", "value": "Decline to self-identify"}]
    application = customer.submit(demographic_answers=answers)
    assert b"self-identify" in application.document
    customer.attempt()
    document = customer.again(application).document
    assert b"self-identify" not in document
    assert b"mail.example" in document


def test_a_form_that_changed_meanwhile_holds_it_with_the_questions_own_text(customer: Customer) -> None:
    customer.submit(WITH_RESUME, with_resume=False)
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code) == ("held", "delivery.required_missing")
    assert str(delivery.error_message) == "“Resume” must be answered."
    assert customer.posts() == 0


def test_a_question_that_nobody_can_ask_holds_it_and_the_form_is_read_again(customer: Customer) -> None:
    customer.submit()
    check = FormCheckFactory.create(tenant=customer.tenant, posting=customer.posting())
    set_unsupported_question(customer.offered(), is_wanted=True)
    delivery = customer.attempt()
    assert delivery.error_code == "delivery.unsupported_question_type"
    assert "Where did you study?" in str(delivery.error_message)
    with tenant_scope(customer.tenant.pk):
        assert FormCheck.objects.get(pk=check.pk).next_attempt_at


def test_an_upload_is_used_again_within_a_day_and_made_again_after(customer: Customer) -> None:
    customer.order("503", path_prefix="/v1/postings", method="POST", times_left=None)
    customer.submit(WITH_RESUME)
    customer.attempt()
    assert len(customer.account.uploads) == 1
    with tenant_scope(customer.tenant.pk):
        calls, file = grants.Calls(grants.read()), ApplicationFile.objects.get()
        deliveries._upload(customer.delivery(), calls, file)
        assert len(customer.account.uploads) == 1
        ApplicationFile.objects.update(uploaded_at=timezone.now() - timedelta(hours=24))
        deliveries._upload(customer.delivery(), calls, ApplicationFile.objects.get())
    assert len(customer.account.uploads) == 2


def test_a_file_that_the_form_does_not_ask_for_stays_here(customer: Customer) -> None:
    personal = customer.offered().form["personalInformation"]
    customer.offered().form["personalInformation"] = [it for it in personal if it["name"] != "resume"]
    customer.submit()
    assert customer.attempt().status == "delivered"
    assert not customer.account.uploads


def test_an_erased_application_is_rejected_without_a_call(customer: Customer) -> None:
    application = ApplicationFactory.create(
        tenant=customer.tenant, document=b"", erased_at=timezone.now(), posting=customer.posting()
    )
    row = DeliveryFactory.create(tenant=customer.tenant, application=application)
    for status in ("ready", "unknown"):
        customer.change(row, status=status, next_attempt_at=timezone.now())
        delivery = customer.attempt()
        assert (delivery.status, delivery.error_code) == ("rejected", "application.erased")
    assert customer.posts() == 0


@pytest.mark.parametrize("moment", [(delivery_rows, "keep_upload"), (manifests, "of")])
def test_what_is_erased_on_its_way_does_not_leave(
    customer: Customer, monkeypatch: pytest.MonkeyPatch, moment: tuple[ModuleType, str]
) -> None:
    application = customer.submit(WITH_RESUME)
    goes_on = getattr(*moment)

    def erases(*given: Any) -> Any:
        applications.erase(application, reason="they asked for it")
        return goes_on(*given)

    monkeypatch.setattr(*moment, erases)
    with pytest.raises(work.LeaseLostError):
        customer.attempt()
    delivery = customer.delivery()
    assert (delivery.status, delivery.manifest, customer.posts()) == ("rejected", {}, 0)


def test_without_a_connection_it_waits_for_one(customer: Customer) -> None:
    customer.submit()
    connections.disconnect(customer.connection(), customer.user)
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code) == ("retry_wait", "connection.inactive")


def test_a_tenant_that_never_connected_waits_too(customer: Customer) -> None:
    customer.submit()
    with tenant_scope(customer.tenant.pk):
        customer.connection().delete()
    assert customer.attempt().error_code == "connection.inactive"


def test_a_delivery_that_broke_the_worker_too_often_is_held(customer: Customer) -> None:
    customer.submit()
    for status, doubt in (("ready", False), ("sending", True)):
        customer.change(customer.delivery(), unfinished=5, status=status, next_attempt_at=timezone.now())
        delivery = customer.attempt()
        assert (delivery.status, delivery.error_code) == ("held", "delivery.crashes")
        assert ("may have arrived" in str(delivery.error_message)) is doubt
    assert customer.posts() == 0
