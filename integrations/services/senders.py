"""Who may hand in applications for a tenant: whoever signs with one of its live secrets."""

import secrets
from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import across_tenants, tenant_scope

from ..appcast import signature
from ..errors import ConfigurationError
from ..models import SenderSecret
from . import locks

NOTED_EVERY = timedelta(minutes=1)
logger = structlog.get_logger(__name__)


def issue(tenant: Tenant, by: User | str) -> str:
    """A new secret, shown this once, live beside the one before. Raises ConfigurationError at the third."""
    secret = secrets.token_hex(32)
    with tenant_scope(tenant.pk):
        locks.take_until_commit(f"sender-secrets:{tenant.pk}")
        if count_live(tenant.pk) >= signature.MOST_SECRETS:
            raise _full()
        row = SenderSecret.objects.create(tenant=tenant, secret=secret)
        audit.record("sender.secret_issued", row, tenant_id=tenant.pk, actor=by)
    return secret


def withdraw(row: SenderSecret, by: User) -> None:
    """Once: what was withdrawn before stays as it was."""
    with tenant_scope(row.tenant_id):
        is_live = SenderSecret.objects.filter(pk=row.pk, withdrawn_at=None)
        if is_live.update(withdrawn_at=timezone.now()):
            audit.record("sender.secret_withdrawn", row, tenant_id=row.tenant_id, actor=by)


def count_live(tenant_id: int) -> int:
    """How many of a tenant's secrets open the door."""
    with tenant_scope(tenant_id):
        return SenderSecret.objects.filter(withdrawn_at=None).count()


def proved(slug: str, header: str, body: bytes, now: datetime) -> Tenant | None:
    """The tenant, if the request is signed for it. An unknown tenant costs the same work as a wrong signature."""
    with across_tenants("the sender names its tenant in the address"):
        live = SenderSecret.objects.filter(tenant__slug=slug, withdrawn_at=None)
        rows = list(live.exclude(tenant__status=Tenant.Status.OFFBOARDED).select_related("tenant"))
    verdict = signature.verify(header, body, [row.secret for row in rows], now)
    if verdict.secret_index is None:
        logger.info("application_not_proved", tenant=slug[:60], reason=str(verdict.refusal))
        return None
    row = rows[verdict.secret_index]
    _note_use(row)
    return row.tenant


def _note_use(row: SenderSecret) -> None:
    """Once in a while: it is for people who change a secret, and requests would wait for one another."""
    if row.last_used_at is None or timezone.now() - row.last_used_at > NOTED_EVERY:
        with tenant_scope(row.tenant_id):
            SenderSecret.objects.filter(pk=row.pk).update(last_used_at=timezone.now())


def _full() -> ConfigurationError:
    return ConfigurationError(
        "application.secrets_full",
        f"{signature.MOST_SECRETS} secrets are live. Withdraw the one that is not used any more first.",
    )
