"""Whether anything happened at a tenant: a number that is another one as soon as something did.

PostgreSQL gives each row the number of the transaction that wrote it (`xmin`). Their sum over a tenant's rows tells
that one came, changed or went, whoever wrote it, and costs no writer anything. Large tables, and rows that move without
a meaning, tell of what matters in them alone. What time makes a problem is told once its threshold has passed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Model

from integrations.models import (
    Application,
    ArchiveReason,
    ArchiveReasonReading,
    Connection,
    Conversion,
    Delivery,
    Discovery,
    Feed,
    FormCheck,
    Pipeline,
    Stage,
    StageMapping,
    StageReading,
    WebhookReading,
)
from integrations.models.feeds import GRACE, PERIOD
from integrations.services.archive_reasons import READING_MAY_TAKE
from tenants.models import AuditEvent, Tenant
from webhooks.models import CatchUp, RejectedRequest, SigningSecret, WebhookEndpoint, WebhookEvent

from ..models import (
    Departure,
    LiveRequest,
    Notice,
    PolicyLink,
    PolicyStatement,
    Problem,
    Rehearsal,
    StepOverride,
)
from ..problems.finding import CONVERSION_IS_LATE_AFTER, DELIVERY_IS_STUCK_AFTER

WRITTEN = "sum(it.xmin::text::bigint)"
# Whatever a person does is on record, looking on too.
OF_TENANT = f"""
    min(hashtext((
        it.xmin,
        (SELECT id FROM {AuditEvent._meta.db_table}
         WHERE tenant_id = it.id AND action NOT IN ('tenant.checked', 'tenant.visited') ORDER BY id DESC LIMIT 1)
    )::text))
"""  # nosec B608  # our own


@dataclass(frozen=True, slots=True)
class Part:
    """What the `rows` of one model tell of their tenant."""

    model: type[Model]
    told: str = WRITTEN
    rows: str = "true"
    tenant: str = "it.tenant_id"

    @property
    def statement(self) -> str:
        table = connection.ops.quote_name(self.model._meta.db_table)
        told = f"{self.tenant} AS tenant_id, {self.told} AS told"
        return f"SELECT {told} FROM {table} it WHERE {self.rows} GROUP BY 1"  # nosec B608  # our own


PARTS = (
    Part(Tenant, OF_TENANT, tenant="it.id"),
    *map(Part, (Discovery, StageReading, WebhookReading, Pipeline, Stage, StageMapping, ArchiveReason)),
    *map(Part, (WebhookEndpoint, SigningSecret, RejectedRequest, PolicyStatement, PolicyLink)),
    *map(Part, (Rehearsal, LiveRequest, Departure, Notice)),
    # Its turns come with every application.
    Part(
        Connection,
        "sum(hashtext((it.status, it.error_code, it.error_message, it.scopes, it.asked_scopes, it.site)::text))",
    ),
    # Written with every end of a sync as well.
    Part(Feed, f"({WRITTEN}, bool_or(it.synced_at < now() - %(feed_is_late)s))"),
    # Read again hourly and daily.
    Part(CatchUp, "min(it.error_code)"),
    Part(ArchiveReasonReading, "min(it.error_code)"),
    Part(FormCheck, "sum(hashtext(it.status))"),
    Part(Application, rows="it.is_test"),
    Part(WebhookEvent, "count(*)", "it.status IN ('quarantined', 'dead')"),
    # What is on its way well has nothing to tell until it takes too long.
    Part(
        Delivery,
        "(sum(hashtext(it.status)), count(*) FILTER (WHERE it.created_at < now() - %(delivery_is_stuck)s))",
        "it.status <> 'delivered' AND (it.status NOT IN ('ready', 'sending')"
        " OR it.created_at < now() - %(delivery_is_stuck)s)",
    ),
    Part(
        Conversion,
        "(sum(hashtext(it.status || it.error_code)),"
        " count(*) FILTER (WHERE it.received_at < now() - %(conversion_is_late)s),"
        " count(*) FILTER (WHERE it.received_at < now() - %(reason_is_undecided)s))",
        "it.status <> 'sent'",
    ),
    Part(StepOverride, rows="it.expires_at > now()"),
    Part(Problem, "sum(hashtext((it.status, it.snoozed_until <= now())::text))", "it.resolved_at IS NULL"),
)
THRESHOLDS: Mapping[str, Any] = {
    "feed_is_late": PERIOD + GRACE,
    "delivery_is_stuck": DELIVERY_IS_STUCK_AFTER,
    "conversion_is_late": CONVERSION_IS_LATE_AFTER,
    "reason_is_undecided": READING_MAY_TAKE,
}


def joins() -> str:
    """Each part beside its `tenant`, in the statement that counts."""
    return " ".join(
        f"LEFT JOIN ({it.statement}) part_{i} ON part_{i}.tenant_id = tenant.id" for i, it in enumerate(PARTS)
    )


def number() -> str:
    """Of what the joined parts tell."""
    return f"hashtextextended(({', '.join(f'part_{i}.told' for i in range(len(PARTS)))})::text, 0)"
