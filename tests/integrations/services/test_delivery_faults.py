"""Each way in which a post may fail, row by row: what is retried, what is final, and what must be looked up."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations import http
from integrations.lever.client import LeverClient
from integrations.models import Delivery, Feed, FeedSync
from integrations.services import delivering, feeds, pace
from sandbox.world.form_editor import set_state
from tenants.scoping import tenant_scope
from tests.factories import FeedFactory
from tests.lever_world import work_off
from tests.sandbox.customer import wait_until

from .customer import APPLY, FORM, Customer

pytestmark = pytest.mark.django_db


def waits(delivery: Delivery) -> timedelta:
    assert delivery.next_attempt_at
    return delivery.next_attempt_at - timezone.now()


def test_what_never_left_is_sent_again(customer: Customer, settings: Settings) -> None:
    customer.submit()
    settings.LEVER_API_URL = "http://127.0.0.1:1"
    settings.OUTGOING_TRUSTED_ORIGINS = [customer.server.url, "http://127.0.0.1:1"]
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code) == ("retry_wait", "http.not_sent")
    settings.LEVER_API_URL = customer.server.url
    assert customer.attempt().status == "delivered"


def test_a_429_is_tried_again_and_slows_this_tenant(customer: Customer) -> None:
    customer.order("429", **APPLY, times_left=1, retry_after=40)
    customer.submit()
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code) == ("retry_wait", "lever.rate_limited")
    assert timedelta(seconds=30) < waits(delivery) <= timedelta(seconds=40)
    delivery = customer.attempt()
    assert delivery.error_code == "lever.rate_limited", "its own turn has not come either"
    assert customer.posts() == 1


def test_a_tenant_that_is_too_fast_waits_without_a_call_and_without_a_trace(customer: Customer) -> None:
    customer.submit()
    pace.slow_down(customer.tenant.pk, timedelta(seconds=30))
    before = len(customer.server.world.log)
    delivering.take_turn()
    delivery = customer.delivery()
    assert (delivery.status, delivery.attempts, customer.tries()) == ("ready", 0, [])
    assert len(customer.server.world.log) == before


def test_one_that_is_overtaken_by_a_slowdown_waits_without_a_post_and_without_a_trace(
    customer: Customer,
) -> None:
    customer.submit()
    customer.change(customer.connection(), next_post_at=timezone.now() + timedelta(seconds=30))
    delivery = customer.attempt()
    assert (delivery.status, delivery.attempts, customer.tries()) == ("ready", 0, [])
    assert waits(delivery) <= timedelta(seconds=2)
    assert customer.posts() == 0


def test_a_401_in_the_middle_is_refreshed_and_sent_once_more(customer: Customer) -> None:
    customer.order("401", **APPLY, times_left=1)
    old = customer.tokens().refresh_token
    customer.submit()
    assert customer.attempt().status == "delivered"
    assert len(customer.received()) == 1
    assert customer.tokens().refresh_token != old


def test_a_revoked_grant_stops_the_connection_and_the_delivery_waits(customer: Customer) -> None:
    customer.submit()
    customer.server.world.grants.revoke(customer.account)
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code) == ("retry_wait", "lever.grant_revoked")
    assert waits(delivery) > timedelta(minutes=14)
    assert customer.connection().status == "needs_authorization"


@pytest.mark.parametrize("status", ["500", "503"])
def test_after_a_5xx_nobody_knows(customer: Customer, status: str) -> None:
    customer.order(status, **APPLY, times_left=1)
    customer.submit()
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code) == ("unknown", "lever.unconfirmed")
    assert timedelta(seconds=50) < waits(delivery) <= timedelta(seconds=60)


def test_an_answer_that_was_lost_is_found_and_not_sent_again(customer: Customer) -> None:
    customer.order("lose_answer", **APPLY, times_left=1)
    application = customer.submit()
    assert (customer.attempt().status, len(customer.received())) == ("unknown", 1)
    assert customer.attempt().status == "delivered"
    assert customer.again(application).external_id == customer.received()[0].id
    assert (customer.posts(), len(customer.received())) == (1, 1)


def test_an_answer_that_takes_too_long_is_not_believed_to_have_failed(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "Limits", partial(http.Limits, silence_seconds=0.3))
    customer.order("slow", **APPLY, times_left=1, delay_seconds=0.6)
    customer.submit()
    assert customer.attempt().status == "unknown"
    wait_until(lambda: len(customer.received()) == 1)
    assert customer.attempt().status == "delivered"
    assert len(customer.received()) == 1


def test_trouble_before_the_post_is_simply_tried_again(customer: Customer) -> None:
    customer.order("503", **FORM, times_left=1)
    customer.submit()
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code, customer.posts()) == ("retry_wait", "lever.unavailable", 0)
    assert customer.attempt().status == "delivered"
    assert customer.tries() == [("retry_wait", "lever.unavailable"), ("delivered", "")]


def test_a_closed_posting_rejects_and_the_feed_closes_the_job(customer: Customer) -> None:
    url = f"{customer.server.url}/v0/postings/northwind?mode=json"
    FeedFactory.create(
        tenant=customer.tenant, url=url, next_sync_at=timezone.now() + timedelta(hours=1), synced_at=None
    )
    set_state(customer.offered(), "closed")
    customer.submit()
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code) == ("rejected", "lever.refused")
    with tenant_scope(customer.tenant.pk):
        assert Feed.objects.get().next_sync_at <= timezone.now()  # type: ignore[operator]
    feeds.schedule()
    work_off(FeedSync)
    assert customer.again(customer.posting()).closed_at


def test_a_posting_that_is_gone_rejects(customer: Customer) -> None:
    customer.submit()
    del customer.account.postings[customer.posting().external_id]
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code) == ("rejected", "lever.not_found")


def test_a_missing_permission_is_held_until_somebody_gives_it(customer: Customer) -> None:
    customer.order("reduced_scopes", **APPLY, scopes=frozenset({"postings:read:admin"}))
    customer.submit()
    delivery = customer.attempt()
    assert (delivery.status, delivery.error_code) == ("held", "lever.scope_missing")
    assert len(customer.received()) == 0


def test_nothing_is_tried_again_after_a_final_answer(customer: Customer) -> None:
    set_state(customer.offered(), "closed")
    customer.submit()
    customer.attempt()
    customer.attempt()
    assert (customer.posts(), customer.delivery().next_attempt_at) == (1, None)


def test_a_yes_without_an_id_is_a_delivery_and_its_id_is_looked_up(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = LeverClient.apply
    monkeypatch.setattr(LeverClient, "apply", lambda *given: real(*given) and "")
    application = customer.submit()
    assert customer.attempt().status == "delivered"
    assert customer.again(application).external_id == customer.received()[0].id
