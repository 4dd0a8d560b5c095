"""The two buttons of a person: it arrived, or send it again."""

from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Delivery
from integrations.services import deliveries
from tenants.models import AuditEvent
from tenants.scoping import tenant_scope

from .customer import Customer

pytestmark = pytest.mark.django_db


def with_status(customer: Customer, status: str, **parts: Any) -> Delivery:
    delivery = customer.delivery(customer.submit(**parts))
    customer.change(
        delivery,
        status=status,
        next_attempt_at=None,
        error_code="delivery.unconfirmed",
        error_message="It may have arrived",
        unfinished=6,
    )
    return customer.again(delivery)


def audited(customer: Customer) -> list[str]:
    with tenant_scope(customer.tenant.pk):
        events = AuditEvent.objects.filter(action__startswith="delivery.")
        return list(events.values_list("action", flat=True))


@pytest.mark.parametrize("status", ["held", "rejected"])
def test_what_rests_is_sent_again_when_a_person_says_so(customer: Customer, status: str) -> None:
    deliveries.send_again(with_status(customer, status), customer.user)
    delivery = customer.delivery()
    assert (delivery.status, str(delivery.error_message), delivery.unfinished) == ("ready", "", 0)
    assert customer.attempt().status == "delivered"
    assert audited(customer) == ["delivery.sent_again"]


@pytest.mark.parametrize("status", ["sending", "unknown", "delivered", "ready"])
def test_what_is_under_way_is_not_sent_again(customer: Customer, status: str) -> None:
    deliveries.send_again(with_status(customer, status), customer.user)
    assert customer.delivery().status == status
    assert audited(customer) == []


def test_it_arrived_ends_the_delivery_without_a_post(customer: Customer) -> None:
    answers = [{"question_id": "gender", "value": "Decline to self-identify"}]
    delivery = with_status(customer, "held", demographic_answers=answers)
    deliveries.mark_arrived(delivery, customer.user)
    delivery = customer.delivery()
    assert (delivery.status, str(delivery.error_message)) == ("delivered", "")
    assert delivery.delivered_at
    assert delivery.delivered_at <= timezone.now()
    assert b"self-identify" not in customer.application().document
    assert (customer.posts(), audited(customer)) == (0, ["delivery.marked_arrived"])


@pytest.mark.parametrize("status", ["sending", "rejected", "ready"])
def test_only_what_is_held_can_be_said_to_have_arrived(customer: Customer, status: str) -> None:
    deliveries.mark_arrived(with_status(customer, status), customer.user)
    assert (customer.delivery().status, audited(customer)) == (status, [])


def test_both_buttons_at_once_send_it_once_at_most(customer: Customer) -> None:
    seen_by_two = with_status(customer, "held")
    deliveries.mark_arrived(seen_by_two, customer.user)
    deliveries.send_again(seen_by_two, customer.user)
    assert customer.delivery().status == "delivered"
    assert customer.posts() == 0
