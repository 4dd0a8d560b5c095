"""A tenant's webhook addresses and the signature tokens that prove what comes there."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from integrations.errors import ConfigurationError, IntegrationError
from integrations.providers import get_provider
from integrations.services import grants
from integrations.types import EventKind
from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope

from .models import SigningSecret, WebhookEndpoint

# What the portal needs, in the order of the page; the others sharpen what Appcast learns.
NEEDED = (EventKind.APPLICATION_CREATED, EventKind.STAGE_CHANGED)
USEFUL = (EventKind.HIRED, EventKind.ARCHIVED, EventKind.DELETED)
SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True)
class Made:
    """What the API made of one event; `error` says why it made nothing."""

    kind: EventKind
    error: str = ""


def of_tenant(tenant: Tenant) -> list[WebhookEndpoint]:
    """All endpoints of the tenant, made at the first look. In the tenant's scope."""
    known = {endpoint.event_kind: endpoint for endpoint in WebhookEndpoint.objects.all()}
    for kind in (*NEEDED, *USEFUL):
        if kind not in known:
            known[kind] = WebhookEndpoint.objects.get_or_create(tenant=tenant, event_kind=kind)[0]
    return [known[kind] for kind in (*NEEDED, *USEFUL)]


def url_of(endpoint: WebhookEndpoint) -> str:
    path = reverse("webhooks:receive", args=[endpoint.provider, endpoint.key])
    return f"{settings.PUBLIC_URL}{path}"


def event_name(endpoint: WebhookEndpoint) -> str:
    """The provider's own word for the event."""
    return get_provider(endpoint.provider).webhook_names[EventKind(endpoint.event_kind)]


def live_secrets(endpoint: WebhookEndpoint) -> list[SigningSecret]:
    return list(SigningSecret.objects.filter(endpoint=endpoint, withdrawn_at=None))


def set_secret(endpoint: WebhookEndpoint, pasted: str, by: User) -> SigningSecret:
    """The newest token is live beside the one before it until the newest has matched; older ones are withdrawn.

    Raises ConfigurationError that says what was expected and what came.
    """
    secret = re.sub(r"\s+", "", pasted).strip("\"'\u201c\u201d")
    if not (SHORTEST_SECRET <= len(secret) <= 200 and secret.isascii() and secret.isalnum()):
        raise ConfigurationError(
            "webhooks.bad_secret",
            "Expected a signature token: letters and digits, usually 48 of them, without punctuation. "
            f"What you pasted has {len(secret)} characters. In Lever, open Settings > Integrations and API > Webhooks "
            f"and copy the signature token of “{event_name(endpoint)}”.",
        )
    with tenant_scope(endpoint.tenant_id):
        live = live_secrets(endpoint)
        same = next((it for it in live if it.secret == secret), None)
        if same:
            return same
        SigningSecret.objects.filter(pk__in=[it.pk for it in live[:-1]]).update(withdrawn_at=timezone.now())
        created = SigningSecret.objects.create(
            tenant_id=endpoint.tenant_id, endpoint=endpoint, secret=secret, set_by=by
        )
        audit.record(
            "webhook.secret_set", endpoint, tenant_id=endpoint.tenant_id, actor=by, event=endpoint.event_kind
        )
    return created


def swap_secrets(tenant: Tenant, by: User) -> tuple[WebhookEndpoint, WebhookEndpoint]:
    """The two needed events' newest tokens change places: they were pasted into each other's field."""
    with tenant_scope(tenant.pk):
        first, second = (WebhookEndpoint.objects.get(event_kind=kind) for kind in NEEDED)
        newest = [live_secrets(endpoint)[-1:] for endpoint in (first, second)]
        SigningSecret.objects.filter(pk__in=[it.pk for its in newest for it in its]).update(
            withdrawn_at=timezone.now()
        )
        for endpoint, others in ((first, newest[1]), (second, newest[0])):
            for other in others:
                set_secret(endpoint, other.secret, by)
    return first, second


def make_through_api(tenant: Tenant, by: User) -> list[Made]:
    """Needs the permission to manage webhooks. Lever's side must still switch each event on."""
    with tenant_scope(tenant.pk):
        endpoints = [it for it in of_tenant(tenant) if not it.external_id]
    return [_make(endpoint, by) for endpoint in endpoints]


def _make(endpoint: WebhookEndpoint, by: User) -> Made:
    kind = EventKind(endpoint.event_kind)
    url = url_of(endpoint)
    try:
        created = grants.call(endpoint.tenant_id, lambda client: client.create_webhook(kind, url))
    except IntegrationError as error:
        return Made(kind, error.message)
    set_secret(endpoint, created.signing_secret, by)
    with tenant_scope(endpoint.tenant_id):
        endpoint.made_by, endpoint.external_id = WebhookEndpoint.MadeBy.API, created.external_id
        endpoint.save(update_fields=["made_by", "external_id"])
    return Made(kind)
