"""The desk's figures in their shapes, read from what the desk's own pages read."""

from integrations.models import Application, Conversion, Delivery, Posting
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from webhooks.models import WebhookEvent

from ..desk.fleet import fleet
from ..health.counting import DAYS
from ..models import FleetDay, Health, Problem
from ..problems.kinds import kind_of
from .shapes import (
    Day,
    FleetReport,
    IncidentLine,
    OpenProblem,
    ProblemGroup,
    Step,
    StillQueue,
    TenantLine,
    TenantPage,
    TenantReport,
    Waiting,
)

AT_ONCE = 500
OF_HEALTH = TenantLine.model_fields.keys() - {"tenant", "name", "status"}


def of_tenant(tenant: Tenant) -> TenantReport:
    """As the last look saw it."""
    with tenant_scope(tenant.pk):
        health = Health.objects.filter(looked_at__isnull=False).first() or Health(tenant=tenant)
        found = Problem.objects.filter(resolved_at=None).order_by("since")
        return TenantReport(
            tenant=tenant.slug,
            status=tenant.status,
            waits_on=health.waits_on,
            waits_since=health.waits_since,
            steps={it["key"]: Step(state=it["state"], says=it["says"]) for it in health.steps},
            counts=_counts(),
            problems=[_problem(it) for it in found],
        )


def page(after: str) -> TenantPage:
    """Across tenants, by their names in addresses."""
    rows = Tenant.objects.filter(slug__gt=after).select_related("health").order_by("slug")[: AT_ONCE + 1]
    lines = [_line(it) for it in rows]
    return TenantPage(tenants=lines[:AT_ONCE], next=lines[AT_ONCE - 1].tenant if len(lines) > AT_ONCE else "")


def of_fleet() -> FleetReport:
    """Across tenants: what the desk's first page tells."""
    told = fleet()
    return FleetReport(
        tenants={it.value: it.count for it in told.states},
        waits=[Waiting(who=it.value, tenants=it.count, since=it.since) for it in told.waits],
        problems=[
            ProblemGroup(
                code=it.code, tenants=it.count, since=it.since, weight=it.kind.weighs, who=it.kind.actor
            )
            for it in told.groups
        ],
        incidents=[
            IncidentLine(code=it.code, tenants=it.tenants, since=it.since, says=it.says)
            for it in told.incidents
        ],
        still=[StillQueue.model_validate(it) for it in told.still],
        silent_since=told.silent_since,
        days=_days(),
    )


def _days() -> list[Day]:
    kept = FleetDay.objects.order_by("-date")[:DAYS]
    return [Day.model_validate(it) for it in reversed(kept)]


def _line(tenant: Tenant) -> TenantLine:
    health = getattr(tenant, "health", None) or Health(tenant=tenant)
    counts = {name: getattr(health, name) for name in OF_HEALTH}
    return TenantLine(tenant=tenant.slug, name=tenant.name, status=tenant.status, **counts)


def _problem(it: Problem) -> OpenProblem:
    kind = kind_of(it.code)
    return OpenProblem(
        code=it.code,
        subject=it.subject,
        since=it.since,
        who=it.actor,
        status=it.status,
        weight=kind.weighs,
        detail=it.detail.english,
        remedy=kind.remedy,
    )


def _counts() -> dict[str, int]:
    """In the tenant's scope."""
    return {
        "postings": Posting.objects.filter(closed_at=None).count(),
        "applications": Application.objects.count(),
        "delivered": Delivery.objects.filter(status=Delivery.Status.DELIVERED).count(),
        "events_processed": WebhookEvent.objects.filter(status=WebhookEvent.Status.PROCESSED).count(),
        "conversions_sent": Conversion.objects.filter(status=Conversion.Status.SENT).count(),
    }
