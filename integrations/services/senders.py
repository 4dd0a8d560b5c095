"""Who may hand in applications for a tenant: whoever signs with one of its live secrets."""

import secrets
from datetime import datetime

import structlog
from django.utils import timezone

from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import across_tenants, tenant_scope

from ..appcast import signature
from ..models import SenderSecret

logger = structlog.get_logger(__name__)


def issue(tenant: Tenant, by: User | str) -> str:
    """A new secret, shown this once; the ones before stay live until they are withdrawn."""
    secret = secrets.token_hex(32)
    with tenant_scope(tenant.pk):
        row = SenderSecret.objects.create(tenant=tenant, secret=secret)
        audit.record("sender.secret_issued", row, tenant_id=tenant.pk, actor=by)
    return secret


def withdraw(row: SenderSecret, by: User) -> None:
    with tenant_scope(row.tenant_id):
        SenderSecret.objects.filter(pk=row.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
        audit.record("sender.secret_withdrawn", row, tenant_id=row.tenant_id, actor=by)


def proved(slug: str, header: str, body: bytes, now: datetime) -> Tenant | None:
    """The tenant, if the request is signed for it. An unknown tenant costs the same work as a wrong signature."""
    with across_tenants("the sender names its tenant in the address"):
        rows = list(
            SenderSecret.objects.select_related("tenant").filter(tenant__slug=slug, withdrawn_at=None)
        )
    verdict = signature.verify(header, body, [row.secret for row in rows], now)
    if verdict.secret_index is None:
        logger.info("application_not_proved", tenant=slug[:60], reason=str(verdict.refusal))
        return None
    row = rows[verdict.secret_index]
    with tenant_scope(row.tenant_id):
        SenderSecret.objects.filter(pk=row.pk).update(last_used_at=timezone.now())
    return row.tenant
