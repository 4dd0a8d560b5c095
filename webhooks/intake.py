"""Taking a webhook in: parsed strictly, proved by its signature, stored, and only then answered.

What is not believed is kept beside, masked and capped, so that a wrong token can be found and mended.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from django.utils import timezone

from integrations.errors import RejectedError
from integrations.providers import Provider, get_provider
from integrations.types import EventKind, SignedEvent
from tenants.scoping import across_tenants, tenant_scope

from . import endpoints
from .models import RejectedRequest, SigningSecret, WebhookEndpoint, WebhookEvent

LARGEST_BODY = 256 * 1024
# Lever retries for a while, and its page reruns what is up to two weeks old.
OLDEST, FARTHEST_AHEAD = timedelta(days=15), timedelta(minutes=5)
MOST_REJECTED = 200
DUMMY_SECRET = "0" * 48


@dataclass(frozen=True, slots=True)
class Reply:
    """A status alone: the body of the answer tells nothing."""

    status: HTTPStatus


ACCEPTED = Reply(HTTPStatus.OK)
NOT_BELIEVED = Reply(HTTPStatus.UNAUTHORIZED)


def receive(provider_slug: str, key: str, body: bytes) -> Reply:
    provider = get_provider(provider_slug)
    endpoint, secrets = _find(provider_slug, key)
    try:
        event = provider.parse_event(body)
    except RejectedError as error:
        if endpoint:
            _reject(endpoint, body, RejectedRequest.Reason.NOT_A_WEBHOOK, detail=error.detail)
        return NOT_BELIEVED
    matched = provider.is_signed_with(event, [secret.secret for secret in secrets] or [DUMMY_SECRET])
    if endpoint is None:
        return NOT_BELIEVED
    if matched is None or not secrets:
        _reject(endpoint, body, _reason(provider, endpoint, event, secrets), event_name=event.name)
        return NOT_BELIEVED
    _store(endpoint, event, body, secrets[matched])
    return ACCEPTED


def check_again(endpoint: WebhookEndpoint) -> int:
    """Rejected requests that a corrected token now proves are stored as if they came today; how many."""
    provider = get_provider(endpoint.provider)
    with tenant_scope(endpoint.tenant_id):
        secrets = endpoints.live_secrets(endpoint)
        rejected = list(RejectedRequest.objects.filter(endpoint=endpoint).order_by("received_at"))
    proved = 0
    for request in rejected:
        body = request.body
        try:
            event = provider.parse_event(body)
        except RejectedError:
            continue
        matched = provider.is_signed_with(event, [secret.secret for secret in secrets])
        if matched is not None:
            _store(endpoint, event, body, secrets[matched])
            with tenant_scope(endpoint.tenant_id):
                request.delete()
            proved += 1
    return proved


def _find(provider_slug: str, key: str) -> tuple[WebhookEndpoint | None, list[SigningSecret]]:
    with across_tenants("a webhook names its tenant by its address alone"):
        endpoint = WebhookEndpoint.objects.filter(provider=provider_slug, key=key).first()
        return endpoint, endpoints.live_secrets(endpoint) if endpoint else []


def _store(endpoint: WebhookEndpoint, event: SignedEvent, body: bytes, secret: SigningSecret) -> None:
    now = timezone.now()
    with tenant_scope(endpoint.tenant_id):
        row = WebhookEvent(
            tenant_id=endpoint.tenant_id,
            endpoint=endpoint,
            key=hashlib.sha256(event.signed_string.encode()).hexdigest(),
            body_hash=hashlib.sha256(body).hexdigest(),
            body=body,
            kind=event.kind,
            name=event.name,
            triggered_at=event.triggered_at,
            opportunity_external_id=event.opportunity_external_id,
            application_external_id=event.application_external_id,
            stage_external_id=event.to_stage_external_id,
            archive_reason_external_id=event.archive_reason_external_id,
            next_attempt_at=now,
        )
        _settle_at_once(row, endpoint, event)
        WebhookEvent.objects.bulk_create([row], ignore_conflicts=True)
        SigningSecret.objects.filter(pk=secret.pk).update(last_matched_at=now)


def _settle_at_once(row: WebhookEvent, endpoint: WebhookEndpoint, event: SignedEvent) -> None:
    """What needs no work: the provider's own test, what no handler wants, what is out of time or place."""
    age = timezone.now() - event.triggered_at
    if event.kind is EventKind.TEST:
        status, outcome = WebhookEvent.Status.IGNORED, "the provider's own test of the connection"
    elif event.kind is EventKind.OTHER:
        status, outcome = WebhookEvent.Status.IGNORED, "an event that the portal does not use"
    elif not -FARTHEST_AHEAD <= age <= OLDEST:
        status, outcome = WebhookEvent.Status.QUARANTINED, "too old, or from the future"
    elif event.kind != endpoint.event_kind:
        status, outcome = WebhookEvent.Status.QUARANTINED, "another event than this address is for"
    else:
        return
    row.status, row.outcome, row.next_attempt_at = status, outcome, None


def _reason(
    provider: Provider, endpoint: WebhookEndpoint, event: SignedEvent, secrets: list[SigningSecret]
) -> RejectedRequest.Reason:
    if not event.signature:
        return RejectedRequest.Reason.UNSIGNED
    with tenant_scope(endpoint.tenant_id):
        others = SigningSecret.objects.filter(withdrawn_at=None).exclude(endpoint=endpoint)
        if provider.is_signed_with(event, [it.secret for it in others]) is not None:
            return RejectedRequest.Reason.OTHER_EVENTS_TOKEN
    return RejectedRequest.Reason.WRONG_SIGNATURE if secrets else RejectedRequest.Reason.NO_TOKEN_YET


def _reject(
    endpoint: WebhookEndpoint,
    body: bytes,
    reason: RejectedRequest.Reason,
    *,
    event_name: str = "",
    detail: str = "",
) -> None:
    """The newest are kept: an endless stream of them fills nothing."""
    with tenant_scope(endpoint.tenant_id):
        RejectedRequest.objects.create(
            tenant_id=endpoint.tenant_id,
            endpoint=endpoint,
            reason=reason,
            event_name=event_name,
            detail=detail[:200],
            body=body,
        )
        newest = RejectedRequest.objects.filter(endpoint=endpoint).order_by("-received_at")
        too_many = newest.values_list("pk", flat=True)[MOST_REJECTED:]
        RejectedRequest.objects.filter(pk__in=list(too_many)).delete()
