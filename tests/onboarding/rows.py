"""What a tenant's checklist tells, and the rows of a tenant that is ready to go live."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations.models import Application, Conversion, Delivery, Discovery, FormCheck, Pipeline
from onboarding import problems
from onboarding.checklist import Checklist, checklist
from onboarding.evidence import Evidence, gather
from onboarding.models import Problem, Rehearsal
from onboarding.steps import StepState
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories
from webhooks import endpoints
from webhooks.models import SigningSecret, WebhookEndpoint, WebhookEvent


def listed(tenant: Tenant) -> Checklist:
    """From the tenant as it is stored."""
    with tenant_scope(tenant.pk):
        return checklist(gather(Tenant.objects.get(pk=tenant.pk)))


def told(tenant: Tenant, step: str) -> StepState:
    return listed(tenant).entry(step).told


def evidence(tenant: Tenant) -> Evidence:
    return gather(tenant)


def codes(tenant: Tenant) -> list[str]:
    """Of the problems that are open after a look."""
    return sorted(it.code for it in problems.diagnose(tenant))


def open_problem(tenant: Tenant) -> Problem:
    with tenant_scope(tenant.pk):
        return Problem.objects.get(resolved_at=None)


def make_ready(tenant: Tenant) -> None:
    """Every step but the last is proved."""
    now = timezone.now()
    factories.ConnectionFactory.create(tenant=tenant)
    feed = factories.FeedFactory.create(tenant=tenant, synced_at=now)
    factories.FeedSyncFactory.create(tenant=tenant, feed=feed)
    for kind in endpoints.NEEDED:
        delivered(endpoint(tenant, kind))
    pipeline = factories.PipelineFactory.create(tenant=tenant, name="Engineering", confirmed_at=now)
    stage = factories.StageFactory.create(tenant=tenant, pipeline=pipeline, known_at=now)
    factories.StageMappingFactory.create(tenant=tenant, stage_external_id=stage.external_id)
    for policy in ("privacy_policy", "terms"):
        factories.PolicyStatementFactory.create(tenant=tenant, kind=policy)
    rehearsed(tenant, stage.external_id)


def endpoint(tenant: Tenant, kind: str, *, has_token: bool = True) -> WebhookEndpoint:
    with tenant_scope(tenant.pk):
        found = next(it for it in endpoints.of_tenant(tenant) if it.event_kind == kind)
    if has_token:
        factories.SigningSecretFactory.create(tenant=tenant, endpoint=found)
    return found


def delivered(to: WebhookEndpoint, **fields: Any) -> WebhookEvent:
    """A delivery of the event that the address is for, signed with its token."""
    settled = {"kind": to.event_kind, "status": "processed", "next_attempt_at": None}
    event: WebhookEvent = factories.WebhookEventFactory.create(
        tenant=to.tenant, endpoint=to, **{**settled, **fields}
    )
    with tenant_scope(to.tenant_id):
        SigningSecret.objects.filter(endpoint=to).update(last_matched_at=event.received_at)
    return event


def rehearsed(tenant: Tenant, stage_external_id: str = "", **fields: Any) -> Rehearsal:
    """The whole way; `fields` are the application's and undo parts of it."""
    now = timezone.now()
    check = factories.FormCheckFactory.create(tenant=tenant, status=FormCheck.Status.SUPPORTED)
    proved = {"confirmed_at": now, "is_attributed": True, "stage_changed_at": now}
    application = factories.ApplicationFactory.create(
        tenant=tenant,
        posting=check.posting,
        **{**proved, "stage_external_id": stage_external_id, **fields},
    )
    factories.DeliveryFactory.create(
        tenant=tenant,
        application=application,
        status=Delivery.Status.DELIVERED,
        delivered_at=now,
        next_attempt_at=None,
    )
    sent(application, now, key="apply_complete", name="apply_complete")
    sent(application, now, key="stage:1", raw_stage_id=stage_external_id or "offer")
    rehearsal: Rehearsal = factories.RehearsalFactory.create(tenant=tenant, application=application)
    return rehearsal


def sent(application: Application, at: datetime, **fields: Any) -> None:
    factories.ConversionFactory.create(
        tenant=application.tenant,
        application=application,
        status=Conversion.Status.SENT,
        sent_at=at,
        next_attempt_at=None,
        **fields,
    )


def refused_by_lever(tenant: Tenant, *parts: str) -> None:
    """All permissions were given, and yet Lever refuses some parts of the account."""
    connection = factories.ConnectionFactory.create(tenant=tenant)
    refusal = {"state": "refused", "message": "Lever does not allow us this."}
    with tenant_scope(tenant.pk):
        Discovery.objects.create(
            tenant=tenant,
            connection=connection,
            status=Discovery.Status.DONE,
            finished_at=timezone.now(),
            findings=dict.fromkeys(parts, refusal),
        )


def drifted(tenant: Tenant) -> Pipeline:
    """Confirmed, then one stage came, one went and one was renamed."""
    pipeline: Pipeline = factories.PipelineFactory.create(
        tenant=tenant, name="Drivers", confirmed_at=timezone.now()
    )
    factories.StageFactory.create(tenant=tenant, pipeline=pipeline, external_id="trial", name="Trial shift")
    for external_id, name, fields in (
        ("phone", "First call", {}),
        ("lunch", "Team lunch", {"missing_at": timezone.now()}),
    ):
        factories.StageFactory.create(
            tenant=tenant, pipeline=pipeline, external_id=external_id, name=name, **fields
        )
        factories.StageMappingFactory.create(
            tenant=tenant, stage_external_id=external_id, stage_name="Phone screen"
        )
    return pipeline
