"""All stored facts from which the checklist is told, read once per page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q
from django.utils import timezone

from integrations.models import (
    ArchiveReason,
    Connection,
    Discovery,
    Feed,
    FeedSync,
    FormCheck,
    Pipeline,
    Posting,
    Stage,
    StageMapping,
)
from integrations.services import grants
from integrations.types import Capability, EventKind
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from webhooks import endpoints
from webhooks.models import RejectedRequest, WebhookEndpoint

from .models import PolicyLink, PolicyStatement, Rehearsal, StepOverride


@dataclass(frozen=True, slots=True)
class EndpointEvidence:
    """What came to one webhook address; a test is Lever's own "Verify connection"."""

    endpoint: WebhookEndpoint
    name: str
    url: str
    is_needed: bool
    has_secret: bool
    proved_at: datetime | None
    tested_at: datetime | None
    rejected: RejectedRequest | None

    @property
    def is_proved(self) -> bool:
        return self.proved_at is not None

    @property
    def title(self) -> str:
        """As Lever's page calls it: `applicationCreated` reads “Application Created” there."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name).title()


@dataclass(frozen=True, slots=True)
class FormCounts:
    total: int
    supported: int
    unsupported: int
    unread: int
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    tenant: Tenant
    connection: Connection | None
    capabilities: frozenset[Capability]
    discovery: Discovery | None
    feed: Feed | None
    sync: FeedSync | None
    open_postings: int
    endpoints: tuple[EndpointEvidence, ...]
    pipelines: tuple[Pipeline, ...]
    unknown_stages: int
    unmapped_stages: int
    has_archive_reasons: bool
    statements: Mapping[str, PolicyStatement]
    links: tuple[PolicyLink, ...]
    forms: FormCounts
    rehearsal: Rehearsal | None
    overrides: Mapping[str, StepOverride] = field(default_factory=dict)

    @property
    def is_connected(self) -> bool:
        return self.connection is not None and self.connection.is_active


def gather(tenant: Tenant) -> Evidence:
    """In a scope of its own, so that a page across tenants, as the desk's, mixes nothing either."""
    with tenant_scope(tenant.pk):
        return _gathered(tenant)


def _gathered(tenant: Tenant) -> Evidence:
    connection = Connection.objects.filter(tenant=tenant).first()
    feed = Feed.objects.filter(tenant=tenant).first()
    return Evidence(
        tenant=tenant,
        connection=connection,
        capabilities=grants.capabilities(connection) if connection else frozenset(),
        discovery=Discovery.objects.first(),
        feed=feed,
        sync=FeedSync.objects.filter(feed=feed).first() if feed else None,
        open_postings=Posting.objects.filter(closed_at=None).count(),
        endpoints=_endpoints(tenant),
        pipelines=tuple(Pipeline.objects.prefetch_related("stages")),
        unknown_stages=Stage.objects.filter(known_at=None).count(),
        unmapped_stages=_unmapped_stages(),
        has_archive_reasons=ArchiveReason.objects.exists(),
        statements={it.kind: it for it in PolicyStatement.objects.all()},
        links=tuple(PolicyLink.objects.all()),
        forms=_forms(),
        rehearsal=Rehearsal.objects.select_related("application__delivery", "application__posting").first(),
        overrides={
            it.step: it
            for it in StepOverride.objects.select_related("author").filter(expires_at__gt=timezone.now())
        },
    )


def _endpoints(tenant: Tenant) -> tuple[EndpointEvidence, ...]:
    is_test = Q(events__kind=EventKind.TEST)
    times: dict[int, dict[str, Any]] = {
        row["pk"]: dict(row)
        for row in WebhookEndpoint.objects.values("pk").annotate(
            proved_at=Max("events__received_at", filter=~is_test),
            tested_at=Max("events__received_at", filter=is_test),
        )
    }
    return tuple(
        EndpointEvidence(
            endpoint=endpoint,
            name=endpoints.event_name(endpoint),
            url=endpoints.url_of(endpoint),
            is_needed=endpoint.event_kind in endpoints.NEEDED,
            has_secret=bool(endpoints.live_secrets(endpoint)),
            proved_at=times.get(endpoint.pk, {}).get("proved_at"),
            tested_at=times.get(endpoint.pk, {}).get("tested_at"),
            rejected=RejectedRequest.objects.filter(endpoint=endpoint).first(),
        )
        for endpoint in endpoints.of_tenant(tenant)
    )


def _unmapped_stages() -> int:
    mapped = StageMapping.objects.values("stage_external_id")
    return Stage.objects.exclude(external_id__in=mapped).values("external_id").distinct().count()


def _forms() -> FormCounts:
    of_open_postings = FormCheck.objects.filter(posting__closed_at=None)
    counts = of_open_postings.aggregate(
        total=Count("pk"),
        supported=Count("pk", filter=Q(status=FormCheck.Status.SUPPORTED)),
        unsupported=Count("pk", filter=Q(status=FormCheck.Status.UNSUPPORTED)),
        checked_at=Max("checked_at"),
    )
    unread = counts["total"] - counts["supported"] - counts["unsupported"]
    return FormCounts(unread=unread, **counts)
