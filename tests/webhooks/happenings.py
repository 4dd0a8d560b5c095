"""Stored events of one application, made as rows, and what processing them comes to."""

import uuid
from datetime import UTC, datetime, time, timedelta
from typing import Any

from integrations.models import Application, Conversion
from tenants.scoping import across_tenants
from tests.factories import WebhookEndpointFactory, WebhookEventFactory
from webhooks.models import WebhookEndpoint, WebhookEvent

# Lately: what is older than the window is not replayed.
NOON = datetime.combine(datetime.now(UTC).date() - timedelta(days=5), time(12), tzinfo=UTC)
OPPORTUNITY = "3410c8b9-5c31-4bab-b7e9-9f710206d647"


def stored(application: Application, kind: str, minute: float = 0, **facts: Any) -> WebhookEvent:
    """An event as intake leaves it: `application_created` names the application, all name the candidacy."""
    if kind == "application_created":
        facts = {"application_external_id": application.external_id, **facts}
    facts = {"opportunity_external_id": OPPORTUNITY, "id": uuid.uuid4(), **facts}
    made: WebhookEvent = WebhookEventFactory.create(
        tenant=application.tenant,
        kind=kind,
        triggered_at=NOON + timedelta(minutes=minute),
        **({"endpoint": endpoint_of(application, kind)} | facts),
    )
    return made


def endpoint_of(application: Application, kind: str) -> WebhookEndpoint:
    with across_tenants("a test looks"):
        found = WebhookEndpoint.objects.filter(tenant=application.tenant, event_kind=kind).first()
    return found or WebhookEndpointFactory.create(tenant=application.tenant, event_kind=kind)


def fresh(row: Any) -> Any:
    with across_tenants("a test looks"):
        return type(row).objects.get(pk=row.pk)


def told(application: Application) -> list[tuple[str, str, str]]:
    """What Appcast will hear: event, Lever's word and Lever's stage."""
    with across_tenants("a test looks"):
        rows = Conversion.objects.filter(application=application)
        return sorted(rows.values_list("name", "raw_status", "raw_stage_id"))
