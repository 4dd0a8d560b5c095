"""What a sender hears of its application, in the words of the contract."""

import uuid

import pytest
from django.utils import timezone

from integrations.models import Application, Delivery, DeliveryAttempt
from integrations.services import applications, statuses
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import DeliveryFactory

from .customer import APPLY, Customer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("ready", "accepted"),
        ("sending", "delivering"),
        ("retry_wait", "delivering"),
        ("unknown", "unconfirmed"),
        ("held", "needs_attention"),
        ("delivered", "delivered"),
        ("rejected", "rejected"),
    ],
)
def test_each_state_has_its_word(northwind: Tenant, status: str, word: str) -> None:
    delivery = DeliveryFactory.create(tenant=northwind, status=status, error_message="why")
    told = statuses.status_of(northwind, delivery.application.sender_id)
    assert (told.status, told.reason, told.ats_application_id) == (word, "why", None)


def test_every_state_has_a_word() -> None:
    assert set(statuses.WORDS) == set(Delivery.Status)


def test_the_history_tells_every_try(customer: Customer) -> None:
    customer.order("lose_answer", **APPLY, times_left=1)
    stored = customer.submit()
    customer.attempt()
    customer.attempt()
    told = statuses.status_of(customer.tenant, stored.sender_id)
    assert told.ats_application_id == customer.received()[0].id
    history = told.history
    assert [it.status for it in history] == ["accepted", "unconfirmed", "delivered"]
    assert history[1].reason
    assert [it.at for it in history] == sorted(it.at for it in history)
    with tenant_scope(customer.tenant.pk):
        assert DeliveryAttempt.objects.count() == 2


def test_nothing_personal_is_told(customer: Customer) -> None:
    stored = customer.submit(applicant={"full_name": "Canary Adler", "email": "canary@mail.example"})
    customer.attempt()
    assert "canary" not in str(statuses.status_of(customer.tenant, stored.sender_id)).lower()


def test_what_is_erased_says_so(customer: Customer) -> None:
    stored: Application = customer.submit()
    applications.erase(stored, reason="retention")
    told = statuses.status_of(customer.tenant, stored.sender_id)
    assert told.status == "erased"
    assert told.history[-1].at.date() == timezone.now().date()


def test_foreign_and_absent_look_the_same(northwind: Tenant, southgate: Tenant) -> None:
    delivery = DeliveryFactory.create(tenant=northwind)
    for sender_id in (delivery.application.sender_id, uuid.uuid4()):
        with pytest.raises(statuses.ApplicationUnknownError):
            statuses.status_of(southgate, sender_id)
