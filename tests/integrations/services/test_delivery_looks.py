"""When nobody knows whether an application arrived: it is looked for, never sent blindly."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.lever.client import LeverClient
from integrations.models import Delivery
from integrations.services import applications, deliveries, delivery_looks, grants, work
from integrations.types import JsonObject
from tests.factories import FEW_SCOPES

from .customer import APPLY, Customer

pytestmark = pytest.mark.django_db
LOOK = {"path_prefix": "/v1/opportunities", "method": "GET"}


@pytest.fixture
def blind(settings: Settings, request: pytest.FixtureRequest) -> Customer:
    """A customer whose grant does not let us read opportunities, as StepStone's own."""
    settings.LEVER_SCOPES = FEW_SCOPES
    customer: Customer = request.getfixturevalue("customer")
    return customer


def interrupted(customer: Customer, **values: Any) -> Delivery:
    """As a worker leaves it that is killed between the first byte and the answer."""
    delivery = customer.delivery(customer.submit())
    customer.change(delivery, **{"status": "sending", "sent_at": timezone.now(), "unfinished": 1, **values})
    return delivery


def test_a_delivery_found_in_sending_is_looked_up_first(customer: Customer) -> None:
    interrupted(customer)
    delivery = customer.attempt()
    assert (delivery.status, delivery.looks, customer.posts()) == ("unknown", 1, 0)
    assert delivery.looked_at


def test_absence_is_believed_after_two_looks_a_minute_apart(customer: Customer) -> None:
    interrupted(customer)
    delivery = customer.attempt()
    assert delivery.next_attempt_at
    assert delivery.next_attempt_at - timezone.now() > timedelta(seconds=55)
    assert customer.attempt().status == "retry_wait"
    assert customer.posts() == 0
    assert customer.attempt().status == "delivered"
    assert customer.tries() == [("unknown", ""), ("retry_wait", ""), ("delivered", "")]


def test_what_arrives_between_the_looks_is_not_sent_again(customer: Customer) -> None:
    """The first post was acted on late."""
    delivery = interrupted(customer)
    customer.attempt()
    customer.change(delivery, status="ready")
    customer.attempt()
    customer.change(customer.application(), external_id="")
    customer.change(delivery, status="unknown", next_attempt_at=timezone.now(), delivered_at=None)
    assert customer.attempt().status == "delivered"
    assert (customer.posts(), customer.application().external_id) == (1, customer.received()[0].id)


def test_the_same_persons_other_application_is_not_taken_for_this_one(customer: Customer) -> None:
    customer.tenant.duplicate_window_days = 0
    first = customer.submit(applicant={"email": "ada@mail.example"})
    customer.attempt()
    second = customer.submit(applicant={"email": "ada@mail.example"})
    customer.change(customer.delivery(second), status="unknown", sent_at=timezone.now(), looks=1)
    assert customer.attempt().status == "retry_wait"
    assert customer.attempt().status == "delivered"
    assert len(customer.received()) == 2
    ids = {customer.again(it).external_id for it in (first, second)}
    assert ids == {it.id for it in customer.received()}


def test_one_with_our_source_is_preferred(customer: Customer) -> None:
    ours = customer.submit(applicant={"email": "ada@mail.example"})
    customer.attempt()
    opportunity = next(iter(customer.account.opportunities.values()))
    other = type(opportunity)(**{**vars(opportunity), "id": "another", "sources": ["LinkedIn"]})
    other.application = type(other.application)(**{**vars(other.application), "id": "direct"})
    customer.account.opportunities = {"another": other, opportunity.id: opportunity}
    customer.change(ours, external_id="")
    customer.change(customer.delivery(), status="unknown", next_attempt_at=timezone.now())
    customer.attempt()
    assert customer.again(ours).external_id == opportunity.application.id


def test_while_looking_fails_it_stays_unknown(customer: Customer) -> None:
    interrupted(customer)
    customer.order("503", **LOOK)
    for _ in range(3):
        delivery = customer.attempt()
        assert (delivery.status, delivery.error_code) == ("unknown", "lever.unavailable")
    assert (delivery.looks, customer.posts()) == (0, 0)


def test_a_look_that_is_forbidden_is_held(customer: Customer) -> None:
    interrupted(customer)
    customer.order("reduced_scopes", **LOOK, scopes=frozenset(FEW_SCOPES))
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code, customer.posts()) == ("held", "lever.scope_missing", 0)


def test_without_the_right_to_look_the_word_is_awaited_and_then_a_person(blind: Customer) -> None:
    interrupted(blind)
    assert (blind.attempt().status, blind.attempt().status) == ("unknown", "unknown")
    blind.change(blind.delivery(), sent_at=timezone.now() - delivery_looks.ATS_MAY_TELL_FOR)
    delivery = blind.attempt()
    assert (delivery.status, delivery.error_code) == ("held", "delivery.unconfirmed")
    assert str(delivery.error_message).startswith("Lever did not say whether it arrived")
    assert delivery.is_in_doubt
    assert blind.posts() == 0


def test_the_word_of_lever_ends_the_waiting(blind: Customer) -> None:
    interrupted(blind)
    application = blind.application()
    blind.change(application, external_id="lever-1", confirmed_at=timezone.now())
    assert blind.attempt().status == "delivered"
    assert blind.again(application).external_id == "lever-1"


def nameless(customer: Customer) -> Delivery:
    """Lever took it, and its yes could not be read; nor could its records at that moment."""
    apply = LeverClient.apply

    def mumbled(client: LeverClient, posting: str, body: JsonObject) -> str:
        apply(client, posting, body)
        return ""

    customer.submit()
    customer.order("503", **LOOK, times_left=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LeverClient, "apply", mumbled)
        delivery = customer.attempt()
    assert (delivery.status, customer.application().external_id) == ("delivered", "")
    return delivery


def test_the_id_of_a_delivered_one_is_looked_for_until_it_is_found(customer: Customer) -> None:
    delivered_at = nameless(customer).delivered_at
    customer.order("503", **LOOK, times_left=1)
    delivery = customer.attempt()
    assert (delivery.status, customer.application().external_id) == ("delivered", "")
    assert delivery.next_attempt_at
    delivery = customer.attempt()
    assert customer.application().external_id == customer.received()[0].id
    assert (delivery.status, delivery.next_attempt_at) == ("delivered", None)
    assert (delivery.delivered_at, customer.posts()) == (delivered_at, 1)
    assert customer.tries() == [("delivered", "")]


def test_an_id_is_not_looked_for_for_ever(customer: Customer) -> None:
    delivery = nameless(customer)
    customer.account.opportunities = {}
    for days, is_due in ((13, True), (15, False)):
        customer.change(delivery, delivered_at=timezone.now() - timedelta(days=days))
        assert bool(customer.attempt().next_attempt_at) is is_due


def test_once_it_is_erased_nobody_looks_for_its_id(customer: Customer) -> None:
    nameless(customer)
    applications.erase(customer.application(), reason="retention")
    assert (customer.attempt().status, customer.delivery().next_attempt_at) == ("delivered", None)


def test_what_a_person_saw_is_looked_for_where_we_may(customer: Customer) -> None:
    nameless(customer)
    customer.change(customer.delivery(), status="held", next_attempt_at=None)
    deliveries.mark_arrived(customer.delivery(), customer.user)
    assert customer.attempt().next_attempt_at is None
    assert customer.application().external_id == customer.received()[0].id


def test_without_the_right_to_look_its_id_stays_unknown(blind: Customer) -> None:
    nameless(blind)
    assert (blind.attempt().status, blind.delivery().next_attempt_at) == ("delivered", None)
    assert blind.application().external_id == ""


@pytest.fixture
def storm(customer: Customer) -> Iterator[Customer]:
    yield customer
    emails = [it.email for it in customer.received()]
    assert len(emails) == len(set(emails)), "the sandbox holds one application per delivery at most"


def test_after_a_storm_of_lost_answers_and_failures_each_is_there_once(storm: Customer) -> None:
    for _ in range(4):
        storm.submit()
    storm.order("lose_answer", **APPLY, times_left=2)
    storm.order("500", **APPLY, times_left=2)
    storm.order("429", **APPLY, times_left=1)
    for _ in range(12):
        storm.attempt()
        let_the_pace_pass(storm)
    assert len(storm.received()) == 4
    assert storm.delivery().status == "delivered"


def let_the_pace_pass(customer: Customer) -> None:
    customer.change(customer.connection(), next_post_at=None)
    customer.account.apply_bucket.level = customer.account.apply_bucket.burst


def test_a_look_so_soon_that_it_may_be_on_its_way_does_not_count(customer: Customer) -> None:
    pk = customer.delivery(customer.submit()).pk
    customer.change(customer.delivery(), status="sending", sent_at=timezone.now())
    customer.take(pk)
    assert (customer.delivery().status, customer.delivery().looks) == ("unknown", 0)
    customer.attempt()
    assert customer.delivery().looks == 1


def test_after_a_new_token_only_who_still_holds_the_lease_sends(customer: Customer) -> None:
    customer.submit()
    customer.order("401", **APPLY, times_left=1)
    refreshed = grants._refreshed

    def slow(*args: Any) -> Any:
        customer.change(customer.delivery(), lease=77)  # another has it by now
        return refreshed(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grants, "_refreshed", slow)
        with pytest.raises(work.LeaseLostError):
            customer.attempt()
    assert customer.received() == []


def test_two_workers_do_not_both_send(customer: Customer) -> None:
    """The second finds the row leased."""
    pk = customer.delivery(customer.submit()).pk
    customer.change(customer.delivery(), leased_until=timezone.now() + timedelta(minutes=1))
    customer.take(pk)
    assert customer.posts() == 0
