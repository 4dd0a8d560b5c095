"""What came in vain is taken once the right token is known: pasted anew, or swapped."""

from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests.factories import SigningSecretFactory, WebhookEndpointFactory
from webhooks import endpoints, rechecking
from webhooks.models import WebhookEndpoint

from . import rows
from .lever import DAY_MS, OTHER_SECRET, SECRET, delivery, now_ms, post

CREATED = "applicationCreated"


def test_a_corrected_token_takes_what_it_proves(endpoint: WebhookEndpoint, alice: User) -> None:
    bodies = [delivery(secret=OTHER_SECRET), delivery(secret=OTHER_SECRET), delivery(secret="a" * 48), b"{}"]
    for body in bodies:
        post(endpoint, body)
    endpoints.set_secret(endpoint, OTHER_SECRET, alice)
    assert rechecking.check_again(endpoint) == 2
    assert {it.body for it in rows.events()} == set(bodies[:2])
    assert rows.reasons() == ["wrong_signature", "not_a_webhook"]


def test_levers_repetitions_count_once(endpoint: WebhookEndpoint, alice: User) -> None:
    body = delivery(secret=OTHER_SECRET)
    for _ in range(6):
        post(endpoint, body)
    endpoints.set_secret(endpoint, OTHER_SECRET, alice)
    assert rechecking.check_again(endpoint) == 1
    assert (rows.event().body, rows.event().repeats, rows.rejected()) == (body, 5, [])


def test_what_is_too_old_by_then_is_put_aside(endpoint: WebhookEndpoint, alice: User) -> None:
    post(endpoint, delivery(secret=OTHER_SECRET, at=now_ms() - 16 * DAY_MS))
    endpoints.set_secret(endpoint, OTHER_SECRET, alice)
    assert rechecking.check_again(endpoint) == 1
    assert rows.event().status == "quarantined"


def test_the_unsigned_stay_unbelieved(endpoint: WebhookEndpoint) -> None:
    post(endpoint, delivery(secret=None))
    assert rechecking.check_again(endpoint) == 0
    assert rows.reasons() == ["unsigned"]


def test_without_a_token_nothing_is_taken(endpoint: WebhookEndpoint) -> None:
    bare = WebhookEndpointFactory.create(tenant=endpoint.tenant, event_kind="hired")
    post(bare, delivery(event="candidateHired"))
    assert rechecking.check_again(bare) == 0


def test_swapped_tokens_change_places(endpoint: WebhookEndpoint, alice: User) -> None:
    """Each was pasted into the other's field; every delivery since then was refused."""
    created = WebhookEndpointFactory.create(tenant=endpoint.tenant, event_kind="application_created")
    SigningSecretFactory.create(tenant=endpoint.tenant, endpoint=created, secret=OTHER_SECRET)
    answers = [
        post(created, delivery({"applicationId": "a"}, event=CREATED, secret=SECRET)),
        post(endpoint, delivery(secret=OTHER_SECRET)),
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert rows.reasons() == ["other_events_token", "other_events_token"]
    assert endpoints.swap_secrets(endpoint.tenant, alice) == (created, endpoint)
    assert [rechecking.check_again(created), rechecking.check_again(endpoint)] == [1, 1]
    assert [(it.endpoint_id, it.status) for it in rows.events()] == [
        (created.pk, "received"),
        (endpoint.pk, "received"),
    ]
    assert post(endpoint, delivery(secret=SECRET)).status_code == 401


def test_a_single_token_in_the_wrong_field_moves(endpoint: WebhookEndpoint, alice: User) -> None:
    created = WebhookEndpointFactory.create(tenant=endpoint.tenant, event_kind="application_created")
    endpoints.swap_secrets(endpoint.tenant, alice)
    assert post(created, delivery({"applicationId": "a"}, event=CREATED)).status_code == 200
    assert post(endpoint, delivery()).status_code == 401


def test_a_token_that_has_matched_stays_where_it_is(endpoint: WebhookEndpoint, alice: User) -> None:
    created = WebhookEndpointFactory.create(tenant=endpoint.tenant, event_kind="application_created")
    SigningSecretFactory.create(tenant=endpoint.tenant, endpoint=created, secret=OTHER_SECRET)
    post(endpoint, delivery())
    endpoints.swap_secrets(endpoint.tenant, alice)
    assert post(endpoint, delivery()).status_code == 200
    assert post(created, delivery({"applicationId": "a"}, event=CREATED)).status_code == 401


def test_a_swap_that_brings_back_what_was_there_before_is_on_record(
    endpoint: WebhookEndpoint, alice: User
) -> None:
    """Both were changed, each into the other's field, where it had been by the time before."""
    created = WebhookEndpointFactory.create(tenant=endpoint.tenant, event_kind="application_created")
    for it, secret in ((created, OTHER_SECRET), (created, SECRET), (endpoint, OTHER_SECRET)):
        SigningSecretFactory.create(tenant=endpoint.tenant, endpoint=it, secret=secret)
    endpoints.swap_secrets(endpoint.tenant, alice)
    with tenant_scope(endpoint.tenant_id):
        acts = AuditEvent.objects.filter(action="webhook.secrets_swapped", actor=alice)
        assert {it.detail["event"] for it in acts} == {"application_created", "stage_changed"}


def test_swapping_before_anything_was_pasted_does_no_harm(northwind: Tenant, alice: User) -> None:
    endpoints.swap_secrets(northwind, alice)
    assert not rows.events()
