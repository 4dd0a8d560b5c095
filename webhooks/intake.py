"""Taking a webhook in: parsed strictly, proved by its signature, stored, and only then answered.

What is not believed is kept beside, masked and capped, so that a wrong token can be found and mended.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from django.db.models import F
from django.utils import timezone

from integrations.errors import RejectedError
from integrations.providers import Provider, get_provider
from integrations.types import EventKind, SignedEvent
from tenants.models import Tenant
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
    with tenant_scope(endpoint.tenant_id):
        _store(endpoint, event, body)
        endpoints.note_match(secrets[matched], secrets)
    return ACCEPTED


def check_again(endpoint: WebhookEndpoint) -> int:
    """Rejected requests that a corrected token now proves are stored as if they came today; how many events."""
    with tenant_scope(endpoint.tenant_id):
        endpoint = WebhookEndpoint.objects.select_related("tenant").get(pk=endpoint.pk)
        secrets = endpoints.live_secrets(endpoint)
        rejected = list(RejectedRequest.objects.filter(endpoint=endpoint).order_by("received_at"))
        return len({it.body for it in rejected if _is_proved_now(endpoint, it, secrets)})


def _is_proved_now(endpoint: WebhookEndpoint, request: RejectedRequest, secrets: list[SigningSecret]) -> bool:
    provider = get_provider(endpoint.provider)
    try:
        event = provider.parse_event(request.body)
    except RejectedError:
        return False
    matched = provider.is_signed_with(event, [secret.secret for secret in secrets])
    if matched is None:
        return False
    _store(endpoint, event, request.body)
    endpoints.note_match(secrets[matched], secrets)
    RejectedRequest.objects.filter(pk=request.pk).delete()
    return True


def _find(provider_slug: str, key: str) -> tuple[WebhookEndpoint | None, list[SigningSecret]]:
    """The usual case, an endpoint with a token, takes one query. An ended connection's address is unknown again."""
    with across_tenants("a webhook names its tenant by its address alone"):
        address = WebhookEndpoint.objects.filter(provider=provider_slug, key=key).exclude(
            tenant__status=Tenant.Status.OFFBOARDED
        )
        secrets = list(
            SigningSecret.objects.select_related("endpoint__tenant")
            .filter(endpoint__provider=provider_slug, endpoint__key=key, withdrawn_at=None)
            .exclude(tenant__status=Tenant.Status.OFFBOARDED)
        )
        return (secrets[0].endpoint if secrets else address.first()), secrets


def _store(endpoint: WebhookEndpoint, event: SignedEvent, body: bytes) -> None:
    """In the tenant's scope."""
    now = timezone.now()
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
    _count_repeat(row)


def _count_repeat(row: WebhookEvent) -> None:
    """Touches nothing unless the same body was here before, under another row's id."""
    same = WebhookEvent.objects.filter(key=row.key, body_hash=row.body_hash)
    same.exclude(pk=row.pk).update(repeats=F("repeats") + 1)


def _settle_at_once(row: WebhookEvent, endpoint: WebhookEndpoint, event: SignedEvent) -> None:
    """What needs no work: the provider's own test, what nobody wants, what is out of time or place."""
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
        newest = RejectedRequest.objects.filter(endpoint=endpoint).order_by("-received_at", "pk")
        RejectedRequest.objects.filter(pk__in=newest.values("pk")[MOST_REJECTED:]).delete()
