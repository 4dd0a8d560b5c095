"""A tenant's addresses, and what a person pastes as a signature token."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.errors import ConfigurationError
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests.factories import WebhookReadingFactory
from webhooks import endpoints
from webhooks.models import SigningSecret, WebhookEndpoint

from .lever import SECRET, delivery, post

WRONG = {
    "nothing": ("", "0 characters"),
    "blanks": ("   ", "0 characters"),
    "an address": ("https://portal.example/webhooks/lever/abcdefghijkl", "50 characters"),
    "a part": ("0123456789abcde", "15 characters"),
    "a page": ("a" * 201, "201 characters"),
    "with its label": (f"Signature token: {SECRET}", "63 characters"),
    "dots of a hidden one": ("•" * 48, "48 characters"),
    "other digits": ("٣" * 48, "48 characters"),
}


@pytest.mark.parametrize(("pasted", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_no_token_is_explained_and_not_repeated(
    endpoint: WebhookEndpoint, alice: User, pasted: str, said: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        endpoints.set_secret(endpoint, pasted, alice)
    message = str(caught.value.message)
    assert message.startswith("Expected a signature token: letters and digits, usually 48 of them")
    assert said in message
    assert "“Candidate Stage Change”" in message
    assert not pasted.strip() or pasted not in message


@pytest.mark.parametrize(
    "pasted", [f"  {OTHER}\n" for OTHER in ("e" * 48,)] + [f'"{"e" * 48}"', "e" * 24 + " " + "e" * 24]
)
def test_blanks_and_quotes_around_a_token_do_no_harm(
    endpoint: WebhookEndpoint, alice: User, pasted: str
) -> None:
    endpoints.set_secret(endpoint, pasted, alice)
    assert post(endpoint, delivery(secret="e" * 48)).status_code == 200


def test_the_newest_two_are_live(endpoint: WebhookEndpoint, alice: User) -> None:
    for secret in ("d" * 48, "e" * 48):
        endpoints.set_secret(endpoint, secret, alice)
    with tenant_scope(endpoint.tenant_id):
        assert [it.secret for it in endpoints.live_secrets(endpoint)] == ["d" * 48, "e" * 48]
        assert SigningSecret.objects.count() == 3


def test_wrong_pastes_one_after_the_other_do_not_end_the_one_that_works(
    endpoint: WebhookEndpoint, alice: User
) -> None:
    post(endpoint, delivery())
    for secret in ("c" * 48, "d" * 48, "e" * 48):
        endpoints.set_secret(endpoint, secret, alice)
    assert post(endpoint, delivery()).status_code == 200
    with tenant_scope(endpoint.tenant_id):
        assert [it.secret for it in endpoints.live_secrets(endpoint)] == [SECRET, "d" * 48, "e" * 48]


def test_the_same_token_again_changes_nothing(endpoint: WebhookEndpoint, alice: User) -> None:
    endpoints.set_secret(endpoint, SECRET, alice)
    with tenant_scope(endpoint.tenant_id):
        assert SigningSecret.objects.count() == 1
        assert not AuditEvent.objects.exists()


def test_who_had_a_later_token_removed_is_on_record_and_the_webhooks_are_read_again(
    endpoint: WebhookEndpoint, alice: User
) -> None:
    post(endpoint, delivery())
    endpoints.set_secret(endpoint, "e" * 48, alice)
    later = timezone.now() + timedelta(hours=1)
    reading = WebhookReadingFactory.create(tenant=endpoint.tenant, next_attempt_at=later)
    endpoints.set_secret(endpoint, SECRET, alice)
    with tenant_scope(endpoint.tenant_id):
        entry = AuditEvent.objects.first()
        assert entry
        assert (entry.action, entry.actor, entry.detail) == (
            "webhook.secret_set",
            alice,
            {"event": "stage_changed", "withdrawn": 1},
        )
        reading.refresh_from_db()
    assert reading.next_attempt_at < later


def test_who_set_a_token_is_on_record_and_the_token_is_not(endpoint: WebhookEndpoint, alice: User) -> None:
    endpoints.set_secret(endpoint, "e" * 48, alice)
    with tenant_scope(endpoint.tenant_id):
        entry = AuditEvent.objects.get()
        assert (entry.action, entry.actor, entry.detail) == (
            "webhook.secret_set",
            alice,
            {"event": "stage_changed"},
        )
        assert "eeee" not in f"{entry.subject}{SigningSecret.objects.last()!r}"


def test_every_event_has_an_address_of_its_own(northwind: Tenant) -> None:
    with tenant_scope(northwind.pk):
        made = endpoints.of_tenant(northwind)
        assert endpoints.of_tenant(northwind) == made
    assert [endpoints.event_name(it) for it in made] == [
        "applicationCreated",
        "candidateStageChange",
        "candidateHired",
        "candidateArchiveChange",
        "candidateDeleted",
    ]
    assert len({it.key for it in made}) == 5
    assert all(len(it.key) == 32 for it in made)
