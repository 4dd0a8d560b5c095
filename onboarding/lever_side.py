"""What only the customer can switch off at Lever after an end, and what we can see of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone

from integrations.errors import AuthorizationError, ConfigurationError, IntegrationError
from integrations.models import Connection, Feed
from integrations.providers import get_provider
from integrations.services import grants
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from webhooks import endpoints
from webhooks.endpoints import title_of
from webhooks.models import WebhookEndpoint, WebhookEvent

from .models import Departure

Seen = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LeverSide:
    """What we last saw of what only the customer can switch off. None is unknown."""

    was_connected: bool
    was_looked_at: bool
    is_refused: bool
    webhooks: Sequence[str]
    webhooks_removed: int
    last_event_at: datetime | None
    has_feed: bool
    feed_answers: bool | None
    feed_seen_at: datetime | None


def last_seen(tenant: Tenant, departure: Departure | None) -> LeverSide:
    """In the tenant's scope."""
    seen: Seen = departure.seen if departure else {}
    connection = Connection.objects.filter(tenant=tenant).first()
    seen_at = seen.get("feed_seen_at")
    return LeverSide(
        was_connected=connection is not None,
        was_looked_at="access" in seen,
        is_refused=seen.get("access") == "refused"
        or (connection is not None and connection.status == Connection.Status.NEEDS_AUTHORIZATION),
        webhooks=seen.get("webhooks", []),
        webhooks_removed=seen.get("webhooks_removed", 0),
        last_event_at=WebhookEvent.objects.filter(tenant=tenant).aggregate(last=Max("received_at"))["last"],
        has_feed=Feed.objects.filter(tenant=tenant).exists(),
        feed_answers=seen.get("feed"),
        feed_seen_at=datetime.fromisoformat(seen_at) if seen_at else None,
    )


def switched_on(tenant: Tenant) -> Seen:
    """Before the end takes the tokens, in the tenant's scope: the events that Lever has been told to send us."""
    names = [endpoints.event_name(it) for it in endpoints.of_tenant(tenant) if _is_used(it)]
    return {"webhooks": [title_of(name) for name in names]}


def _is_used(endpoint: WebhookEndpoint) -> bool:
    return bool(
        endpoint.external_id
        or endpoints.live_secrets(endpoint)
        or WebhookEvent.objects.filter(endpoint=endpoint).exists()
    )


def switched_off(tenant: Tenant) -> Seen:
    """Lever not answering holds nobody back: what stayed on is told, and is theirs to switch off."""
    with tenant_scope(tenant.pk):
        if not Connection.objects.filter(status=Connection.Status.ACTIVE).exists():
            return {}
    seen: Seen = {"access": "accepted"}
    try:
        removed = endpoints.remove_through_api(tenant)
        if removed:
            seen["webhooks_removed"] = removed
        grants.call(tenant.pk, lambda client: client.account())
    except AuthorizationError:
        seen["access"] = "refused"
    except IntegrationError:
        seen["access"] = "unknown"
    return seen


def feed_seen(tenant: Tenant) -> Seen:
    with tenant_scope(tenant.pk):
        feed = Feed.objects.filter(tenant=tenant).first()
        provider = get_provider(grants.provider_slug())
    if feed is None:
        return {}
    try:
        # Lever goes on giving the same list as JSON, which no switch turns off.
        answers: bool | None = provider.fetch_feed(feed.url, "").format == "xml"
    except IntegrationError as error:
        answers = False if isinstance(error, ConfigurationError) else None
    return {"feed": answers, "feed_seen_at": timezone.now().isoformat()}
