"""What is accepted: everything that Lever signed with the token of this address. Lever repeats what is refused."""

import pytest

from integrations import http
from integrations.services import bell
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import SigningSecretFactory, WebhookEndpointFactory
from webhooks.models import RejectedRequest, WebhookEndpoint, WebhookEvent

from . import rows
from .lever import DAY_MS, SECRET, STAGE_CHANGE, delivery, now_ms, post, stage_change

MINUTE_MS = 60 * 1000


def test_a_signed_delivery_is_stored_before_the_answer(endpoint: WebhookEndpoint) -> None:
    data = stage_change(opportunityId="opp-1", toStageId="applicant-new")
    answer = post(endpoint, delivery(data))
    event = rows.event()
    assert (answer.status_code, answer.content) == (200, b"")
    assert (event.status, event.kind, event.name) == ("received", "stage_changed", STAGE_CHANGE)
    assert (event.opportunity_external_id, event.stage_external_id) == ("opp-1", "applicant-new")
    assert event.next_attempt_at is not None


def test_neither_the_broker_nor_anybody_else_is_called(
    endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("A request called out.")

    monkeypatch.setattr(bell, "send", fail)
    monkeypatch.setattr(http, "send", fail)
    assert [post(endpoint, delivery()).status_code, post(endpoint, delivery(secret=None)).status_code] == [
        200,
        401,
    ]


def test_the_test_of_the_connection_is_a_success_that_needs_no_work(endpoint: WebhookEndpoint) -> None:
    assert post(endpoint, delivery({}, event="candidateHired")).status_code == 200
    event = rows.event()
    assert (event.kind, event.status, event.next_attempt_at) == ("test", "ignored", None)


def test_the_test_of_another_event_tells_of_a_crossed_address(endpoint: WebhookEndpoint) -> None:
    assert post(endpoint, delivery({}, event="applicationCreated")).status_code == 200
    event = rows.event()
    assert (event.kind, event.status) == ("test", "quarantined")
    assert event.outcome == "another event than this address is for"


@pytest.mark.parametrize("name", ["interviewCreated", "contactUpdated", "somethingNew"])
def test_an_event_that_nobody_uses_is_taken_and_ignored(endpoint: WebhookEndpoint, name: str) -> None:
    assert post(endpoint, delivery(event=name)).status_code == 200
    event = rows.event()
    assert (event.name, event.kind, event.status, event.next_attempt_at) == (name, "other", "ignored", None)


def test_another_event_than_the_address_is_for_is_put_aside(endpoint: WebhookEndpoint) -> None:
    assert post(endpoint, delivery(event="candidateDeleted")).status_code == 200
    event = rows.event()
    assert (event.status, event.outcome) == ("quarantined", "another event than this address is for")


@pytest.mark.parametrize(("days", "status"), [(15, "quarantined"), (14.9, "received")])
def test_fifteen_days_are_accepted_backwards(endpoint: WebhookEndpoint, days: float, status: str) -> None:
    assert post(endpoint, delivery(at=now_ms() - int(days * DAY_MS) - 1000)).status_code == 200
    assert rows.event().status == status


@pytest.mark.parametrize(("minutes", "status"), [(6, "quarantined"), (4, "received")])
def test_five_minutes_are_accepted_ahead(endpoint: WebhookEndpoint, minutes: int, status: str) -> None:
    assert post(endpoint, delivery(at=now_ms() + minutes * MINUTE_MS)).status_code == 200
    assert rows.event().status == status


def test_a_paused_tenant_loses_nothing(endpoint: WebhookEndpoint, northwind: Tenant) -> None:
    northwind.status = Tenant.Status.PAUSED
    northwind.save()
    assert post(endpoint, delivery()).status_code == 200
    assert rows.event().status == "received"


def test_after_the_off_boarding_the_address_is_as_unknown_as_any(
    endpoint: WebhookEndpoint, northwind: Tenant
) -> None:
    northwind.status = Tenant.Status.OFFBOARDED
    northwind.save()
    for body in (delivery(), b"no webhook at all"):
        assert post(endpoint, body).status_code == 401
    with tenant_scope(northwind.pk):
        assert not WebhookEvent.objects.exists()
        assert not RejectedRequest.objects.exists()


def test_either_of_two_live_tokens_is_good(endpoint: WebhookEndpoint) -> None:
    SigningSecretFactory.create(tenant=endpoint.tenant, endpoint=endpoint, secret="e" * 48)
    assert [
        post(endpoint, delivery()).status_code,
        post(endpoint, delivery(secret="e" * 48)).status_code,
    ] == [
        200,
        200,
    ]


@pytest.fixture
def crossed(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """The address for hires, with the token of the stages' event: both were entered at each other's place."""
    hires: WebhookEndpoint = WebhookEndpointFactory.create(tenant=endpoint.tenant, event_kind="hired")
    SigningSecretFactory.create(tenant=endpoint.tenant, endpoint=hires, secret=SECRET)
    return hires


def test_what_came_to_a_crossed_address_is_acted_on_when_it_is_sent_again(
    endpoint: WebhookEndpoint, crossed: WebhookEndpoint
) -> None:
    body = delivery()
    post(crossed, body)
    assert (rows.event().status, rows.event().endpoint_id) == ("quarantined", crossed.pk)
    assert post(endpoint, body).status_code == 200
    moved = rows.event()
    assert (moved.status, moved.outcome, moved.endpoint_id) == ("received", "", endpoint.pk)
    assert (moved.repeats, moved.next_attempt_at is not None) == (1, True)


def test_what_was_acted_on_or_is_out_of_time_stays_where_it_is(
    endpoint: WebhookEndpoint, crossed: WebhookEndpoint
) -> None:
    """Sent again to the wrong address, it is a repetition; too old by now, it is not moved."""
    timely, old = delivery(), delivery(at=now_ms() - 16 * DAY_MS)
    for address, body in ((endpoint, timely), (crossed, timely), (crossed, old), (endpoint, old)):
        post(address, body)
    ends = [(it.status, it.endpoint_id, it.repeats) for it in rows.events()]
    assert ends == [("received", endpoint.pk, 1), ("quarantined", crossed.pk, 1)]
