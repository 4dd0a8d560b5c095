"""Going live, pausing and off-boarding: the customer asks, Customer Success decides."""

from datetime import timedelta

from django.utils import timezone

from integrations.models import Connection, SenderSecret
from integrations.services import connections, senders
from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope

from .checklist import LAST, checklist
from .evidence import gather
from .models import StepOverride

Status = Tenant.Status


class NotReadyError(Exception):
    """Steps are open, or the tenant is not where this leads on from; the message says which."""


def request(tenant: Tenant, by: User) -> None:
    """Raises NotReadyError."""
    with tenant_scope(tenant.pk):
        _require_status(tenant, Status.ONBOARDING)
        _require_ready(tenant)
        tenant.live_requested_at = timezone.now()
        tenant.save(update_fields=["live_requested_at"])
        audit.record("tenant.live_requested", tenant, tenant_id=tenant.pk, actor=by)


def approve(tenant: Tenant, by: User) -> None:
    """Raises NotReadyError."""
    with tenant_scope(tenant.pk):
        _require_status(tenant, Status.ONBOARDING)
        _require_ready(tenant)
        tenant.status, tenant.live_at = Tenant.Status.LIVE, timezone.now()
        tenant.save(update_fields=["status", "live_at"])
        audit.record("tenant.live_approved", tenant, tenant_id=tenant.pk, actor=by)


def pause(tenant: Tenant, by: User) -> None:
    """Nothing is lost: webhooks and applications are still taken, and wait. Raises NotReadyError."""
    _require_status(tenant, Status.ONBOARDING, Status.LIVE)
    _set_status(tenant, Tenant.Status.PAUSED, "tenant.paused", by)


def resume(tenant: Tenant, by: User) -> None:
    """Raises NotReadyError."""
    _require_status(tenant, Status.PAUSED)
    status = Tenant.Status.LIVE if tenant.live_at else Tenant.Status.ONBOARDING
    _set_status(tenant, status, "tenant.resumed", by)


def off_board(tenant: Tenant, by: User) -> None:
    """Our access is dropped here, and nobody may hand in applications any more.

    Lever's own “Revoke access” is the customer's to press.
    """
    with tenant_scope(tenant.pk):
        connection = Connection.objects.filter(tenant=tenant).exclude(status="disconnected").first()
        secrets = list(SenderSecret.objects.filter(withdrawn_at=None))
    if connection:
        connections.disconnect(connection, by)
    for secret in secrets:
        senders.withdraw(secret, by)
    _set_status(tenant, Tenant.Status.OFFBOARDED, "tenant.offboarded", by)


def override(tenant: Tenant, step: str, reason: str, days: int, by: User) -> StepOverride:
    with tenant_scope(tenant.pk):
        created = StepOverride.objects.create(
            tenant=tenant,
            step=step,
            reason=reason,
            author=by,
            expires_at=timezone.now() + timedelta(days=days),
        )
        audit.record("step.overridden", created, tenant_id=tenant.pk, actor=by, step=step, reason=reason)
    return created


def _require_status(tenant: Tenant, *expected: Tenant.Status) -> None:
    if tenant.status not in expected:
        names = " or ".join(str(status.label) for status in expected)
        raise NotReadyError(f"Expected a company that is {names}; this one is {tenant.get_status_display()}.")


def _require_ready(tenant: Tenant) -> None:
    told = checklist(gather(tenant))
    if not told.may_go_live:
        still_open = [
            str(it.step.title) for it in told.entries if not it.told.is_settled and it.step.key != LAST
        ]
        raise NotReadyError(f"These steps are still open: {', '.join(still_open)}.")


def _set_status(tenant: Tenant, status: Tenant.Status, action: str, by: User) -> None:
    with tenant_scope(tenant.pk):
        tenant.status = status
        tenant.save(update_fields=["status"])
        audit.record(action, tenant, tenant_id=tenant.pk, actor=by)
