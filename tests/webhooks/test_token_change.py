"""A token that was replaced goes by evidence: its successor has matched three times, and it was silent for 72 hours."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tenants.models import AuditEvent, User
from tenants.scoping import tenant_scope
from webhooks import endpoints, rechecking
from webhooks.models import SigningSecret, WebhookEndpoint

from .lever import SECRET, delivery, post

NEW = "e" * 48
LONG_AGO = timedelta(hours=73)


@pytest.fixture
def changed(endpoint: WebhookEndpoint, alice: User) -> WebhookEndpoint:
    """The new token has matched twice; the one before last matched 73 hours ago."""
    endpoints.set_secret(endpoint, NEW, alice)
    note(endpoint, SECRET, matches=9, last_matched_at=timezone.now() - LONG_AGO)
    note(endpoint, NEW, matches=2, last_matched_at=timezone.now() - LONG_AGO)
    return endpoint


def note(endpoint: WebhookEndpoint, secret: str, **facts: object) -> None:
    with tenant_scope(endpoint.tenant_id):
        (row,) = (it for it in SigningSecret.objects.all() if it.secret == secret)
        SigningSecret.objects.filter(pk=row.pk).update(**facts)


def a_minute_later() -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False)


def live(endpoint: WebhookEndpoint) -> list[str]:
    with tenant_scope(endpoint.tenant_id):
        return [it.secret for it in endpoints.live_secrets(endpoint)]


def test_the_third_match_retires_the_silent_one(changed: WebhookEndpoint) -> None:
    assert post(changed, delivery(secret=NEW)).status_code == 200
    assert live(changed) == [NEW]
    assert post(changed, delivery(secret=SECRET)).status_code == 401
    with tenant_scope(changed.tenant_id):
        assert AuditEvent.objects.filter(action="webhook.secret_retired", actor_label="portal").count() == 1


def test_two_matches_prove_too_little(changed: WebhookEndpoint) -> None:
    note(changed, NEW, matches=1)
    post(changed, delivery(secret=NEW))
    assert live(changed) == [SECRET, NEW]


def test_one_that_was_heard_lately_stays(changed: WebhookEndpoint) -> None:
    note(changed, SECRET, last_matched_at=timezone.now() - timedelta(hours=71))
    post(changed, delivery(secret=NEW))
    assert live(changed) == [SECRET, NEW]


def test_the_old_one_never_retires_the_new_one(changed: WebhookEndpoint) -> None:
    post(changed, delivery(secret=SECRET))
    assert live(changed) == [SECRET, NEW]


def test_one_that_never_matched_goes_by_its_own_age(changed: WebhookEndpoint) -> None:
    note(changed, SECRET, last_matched_at=None)
    post(changed, delivery(secret=NEW))
    assert live(changed) == [SECRET, NEW]
    note(changed, SECRET, created_at=timezone.now() - LONG_AGO)
    with a_minute_later():
        post(changed, delivery(secret=NEW))
    assert live(changed) == [NEW]


def test_matches_are_noted_once_a_minute(endpoint: WebhookEndpoint) -> None:
    for _ in range(4):
        post(endpoint, delivery())
    with tenant_scope(endpoint.tenant_id):
        assert SigningSecret.objects.get().matches == 1
    with a_minute_later():
        post(endpoint, delivery())
    with tenant_scope(endpoint.tenant_id):
        assert SigningSecret.objects.get().matches == 2


def test_what_is_checked_again_at_once_matches_once(endpoint: WebhookEndpoint, alice: User) -> None:
    for _ in range(3):
        post(endpoint, delivery(secret=NEW))
    endpoints.set_secret(endpoint, NEW, alice)
    assert rechecking.check_again(endpoint) == 3
    with tenant_scope(endpoint.tenant_id):
        assert [it.matches for it in endpoints.live_secrets(endpoint)] == [0, 1]
