"""All stored facts from which the checklist is told, read once per page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Count, Max, Min, Model, Q, QuerySet
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
)
from integrations.providers import get_provider
from integrations.services import archive_reasons, connections, discoveries, grants, stage_drift
from integrations.services.archive_reasons import Undecided
from integrations.services.stage_drift import Drift as StageDrift
from integrations.types import Capability
from tenants.models import Tenant
from tenants.scoping import tenant_scope

from . import webhook_evidence
from .models import Departure, LiveRequest, PolicyLink, PolicyStatement, Rehearsal, StepOverride
from .pauses import Pause, pause_of
from .webhook_evidence import EndpointEvidence

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class FormCounts:
    total: int
    supported: int
    unsupported: int
    unreadable: int
    unread: int
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """`ended_at` is when the connection was ended last: what is older proves nothing of the present one.

    `ended_sync` is the last one with an outcome: one under way neither mends nor breaks anything yet.
    `stages_found_at` is when all recorded stages had been found in the account, where we may look.
    """

    tenant: Tenant
    ended_at: datetime | None
    pause: Pause | None
    connection: Connection | None
    capabilities: frozenset[Capability]
    discovery: Discovery | None
    feed: Feed | None
    sync: FeedSync | None
    ended_sync: FeedSync | None
    open_postings: int
    endpoints: tuple[EndpointEvidence, ...]
    pipelines: tuple[Pipeline, ...]
    stages_found_at: datetime | None
    drifts: tuple[StageDrift, ...]
    unrecorded_stages: tuple[str, ...]
    has_archive_reasons: bool
    undecided_reasons: tuple[Undecided, ...]
    statements: Mapping[str, PolicyStatement]
    links: tuple[PolicyLink, ...]
    forms: FormCounts
    rehearsal: Rehearsal | None
    live_request: LiveRequest | None
    overrides: Mapping[str, StepOverride] = field(default_factory=dict)

    @property
    def rests(self) -> bool:
        """What waits goes on once it is resumed."""
        return self.tenant.status == Tenant.Status.PAUSED

    @property
    def is_feed_late(self) -> bool:
        return self.feed is not None and self.feed.is_late and not self.rests

    @property
    def is_feed_of_another(self) -> bool:
        """Than the connected account, where both are known and nobody said that it is right."""
        site = self.connection.site if self.connection else ""
        return self.feed is not None and self.feed.is_of_another(site)

    @property
    def is_connected(self) -> bool:
        return self.connection is not None and self.connection.is_active

    def is_present(self, at: datetime) -> bool:
        """Of the connection as it is now, and not of one that was ended and taken back."""
        return self.ended_at is None or at > self.ended_at

    @property
    def refused_scopes(self) -> frozenset[str]:
        """Given, and yet what they are for is refused."""
        if self.connection is None:
            return frozenset()
        capabilities_of = get_provider(self.connection.provider).capabilities
        scopes = set(self.connection.scopes)
        refused = {capability for part, capability in discoveries.NEEDS.items() if self.is_out_of_reach(part)}
        return frozenset(
            scope
            for scope in scopes
            if refused.intersection(self.capabilities - capabilities_of(sorted(scopes - {scope})))
        )

    def is_out_of_reach(self, part: str) -> bool:
        """A part of the account, as it was read or asked for last: it is done by hand."""
        findings: Mapping[str, Any] = self.discovery.findings if self.discovery else {}
        is_refused = findings.get(part, {}).get("state") == "refused"
        return self.is_connected and (is_refused or discoveries.NEEDS[part] not in self.capabilities)

    def was_asked_for(self, part: str) -> bool:
        """Whether the consent was one to this part too: else Lever refused nothing."""
        if self.connection is None:
            return False
        capabilities_of = get_provider(self.connection.provider).capabilities
        return discoveries.NEEDS[part] in capabilities_of(self.connection.asked_scopes)

    @property
    def is_sparing(self) -> bool:
        """The consent is to what is needed alone, and there is more to allow."""
        asked = self.connection
        return asked is not None and connections.was_sparing(asked.provider, asked.asked_scopes)


def gather(tenant: Tenant) -> Evidence:
    """In a scope of its own, so that a page across tenants, as the desk's, mixes nothing either."""
    with tenant_scope(tenant.pk):
        return _gathered(tenant)


def _gathered(tenant: Tenant) -> Evidence:
    connection = Connection.objects.filter(tenant=tenant).first()
    feed = Feed.objects.filter(tenant=tenant).first()
    capabilities = _capabilities(connection)
    open_postings = Posting.objects.filter(closed_at=None).count()
    pipelines = tuple(Pipeline.objects.select_related("confirmed_by").prefetch_related("stages"))
    ended_at = Departure.objects.aggregate(last=Max("ended_at"))["last"]
    return Evidence(
        tenant=tenant,
        ended_at=ended_at,
        pause=pause_of(tenant),
        connection=connection,
        capabilities=capabilities,
        discovery=Discovery.objects.first(),
        feed=feed,
        sync=FeedSync.objects.filter(feed=feed).first() if feed else None,
        ended_sync=_ended_sync(feed) if feed else None,
        open_postings=open_postings,
        endpoints=webhook_evidence.of_tenant(
            tenant,
            ended_at,
            has_open_jobs=bool(open_postings),
            may_look=Capability.READ_OPPORTUNITIES in capabilities,
        ),
        pipelines=pipelines,
        stages_found_at=_found_at(pipelines, ended_at) if Capability.READ_STAGES in capabilities else None,
        drifts=stage_drift.drifts(pipelines),
        unrecorded_stages=stage_drift.unrecorded(pipelines),
        has_archive_reasons=ArchiveReason.objects.exclude(name="").exists(),
        undecided_reasons=archive_reasons.undecided(),
        statements={it.kind: it for it in PolicyStatement.objects.select_related("stated_by")},
        links=tuple(PolicyLink.objects.all()),
        forms=_forms(ended_at),
        rehearsal=_since(ended_at, "started_at", Rehearsal.with_its_rows()).first(),
        live_request=_since(ended_at, "asked_at", _live_requests()).first(),
        overrides={it.step: it for it in _live_overrides()},
    )


def _since(ended_at: datetime | None, field: str, rows: QuerySet[Row]) -> QuerySet[Row]:
    return rows.filter(**{f"{field}__gt": ended_at}) if ended_at else rows


def _capabilities(connection: Connection | None) -> frozenset[Capability]:
    """What was allowed is told of an access that Lever stopped, but not of one that we gave up."""
    if connection is None or connection.status == Connection.Status.DISCONNECTED:
        return frozenset()
    return grants.capabilities(connection)


def _live_requests() -> QuerySet[LiveRequest]:
    return LiveRequest.objects.select_related("asked_by", "answered_by")


def _ended_sync(feed: Feed) -> FeedSync | None:
    """One that was given up, for another address, says nothing."""
    given_up = Q(status=FeedSync.Status.FAILED, error_code="")
    return FeedSync.objects.filter(feed=feed).exclude(finished_at=None).exclude(given_up).first()


def _live_overrides() -> QuerySet[StepOverride]:
    """The newest of a step comes last, and so stays."""
    live = StepOverride.objects.select_related("author").filter(expires_at__gt=timezone.now())
    return live.order_by("created_at")


def _found_at(pipelines: Sequence[Pipeline], ended_at: datetime | None) -> datetime | None:
    """When each recorded stage was found in the account; None where one was not, or before the connection ended."""
    times = [stage.known_at for pipeline in pipelines for stage in pipeline.stages.all()]
    found = [at for at in times if at and (ended_at is None or at > ended_at)]
    return min(found) if found and len(found) == len(times) else None


def unsupported_forms(ended_at: datetime | None) -> QuerySet[FormCheck]:
    """Those that count, where the connection was ended then."""
    return _forms_of_open_postings().filter(_is_read(ended_at), status=FormCheck.Status.UNSUPPORTED)


def _forms_of_open_postings() -> QuerySet[FormCheck]:
    return FormCheck.objects.filter(posting__closed_at=None)


def _is_read(ended_at: datetime | None) -> Q:
    """What was read before the connection ended is no proof, and is read again."""
    return Q(checked_at__gt=ended_at) if ended_at else Q()


def _forms(ended_at: datetime | None) -> FormCounts:
    is_read = _is_read(ended_at)
    counts = _forms_of_open_postings().aggregate(
        total=Count("pk"),
        supported=Count("pk", filter=is_read & Q(status=FormCheck.Status.SUPPORTED)),
        unsupported=Count("pk", filter=is_read & Q(status=FormCheck.Status.UNSUPPORTED)),
        unreadable=Count("pk", filter=Q(status=FormCheck.Status.UNREADABLE)),
        checked_at=Min("checked_at", filter=is_read),
    )
    return FormCounts(
        **counts,
        unread=counts["total"] - sum(counts[it] for it in ("supported", "unsupported", "unreadable")),
    )
