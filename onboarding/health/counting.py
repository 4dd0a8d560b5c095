"""The counts of all tenants, and of the fleet's days, each in one statement: no tenant costs a statement of its own.

With the counts comes each tenant's trace. `stirred_at` is when something happened there last that a look may find, and
whoever looked before that has to look again; what is delivered is counted, and stirs nobody. A row that stays as it was
is not written again.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from integrations.models import Application, Conversion, Delivery
from integrations.services import locks
from tenants.models import Tenant
from tenants.scoping import across_tenants
from webhooks.models import WebhookEvent

from ..models import FleetDay, Health
from . import traces

# What the pictures show; of the days before yesterday nothing changes any more.
DAYS = 14
COUNTS = (
    *("last_event_at", "delivered", "held", "under_way", "rejected"),
    *("conversions_sent", "conversions_waiting", "trace"),
)
STIRRING = ("last_event_at", "trace")
# Who writes the rows of many tenants takes this turn.
HEALTH = "health"
TABLES = {
    "tenant": Tenant,
    "event": WebhookEvent,
    "application": Application,
    "delivery": Delivery,
    "conversion": Conversion,
    "health": Health,
    "day": FleetDay,
}
# No rehearsal; of which there are few, so that a million others are passed by one small index.
IS_REAL = "NOT EXISTS (SELECT FROM {application} test WHERE test.is_test AND test.id = it.application_id)"
# By the clock and not by the transaction's beginning: what is counted was there by then.
OF_TENANTS = """
    INSERT INTO {health} AS health (tenant_id, counted_at, stirred_at, {counts})
    SELECT tenant.id, clock_timestamp(), clock_timestamp(), latest.received_at,
           coalesce(delivery.delivered, 0), coalesce(delivery.held, 0), coalesce(delivery.under_way, 0),
           coalesce(delivery.rejected, 0), coalesce(conversion.sent, 0), coalesce(conversion.waiting, 0),
           {trace}
    FROM {tenant} tenant
    LEFT JOIN LATERAL (SELECT event.received_at FROM {event} event
                       WHERE event.tenant_id = tenant.id AND event.kind <> 'test'
                       ORDER BY event.received_at DESC LIMIT 1) latest ON true
    LEFT JOIN (SELECT tenant_id,
                      count(*) FILTER (WHERE status = 'delivered') AS delivered,
                      count(*) FILTER (WHERE status = 'held') AS held,
                      count(*) FILTER (WHERE status NOT IN ('delivered', 'held', 'rejected')) AS under_way,
                      count(*) FILTER (WHERE status = 'rejected') AS rejected
               FROM {delivery} it WHERE {is_real} GROUP BY tenant_id) delivery ON delivery.tenant_id = tenant.id
    LEFT JOIN (SELECT tenant_id,
                      count(*) FILTER (WHERE status = 'sent') AS sent,
                      count(*) FILTER (WHERE status <> 'sent') AS waiting
               FROM {conversion} it WHERE {is_real} GROUP BY tenant_id) conversion ON conversion.tenant_id = tenant.id
    {parts}
    WHERE tenant.status <> 'offboarded'
    ON CONFLICT (tenant_id) DO UPDATE SET counted_at = excluded.counted_at, {updated},
        stirred_at = CASE WHEN health.stirred_at IS NOT NULL AND ({stirring}) IS NOT DISTINCT FROM ({stirring_now})
                          THEN health.stirred_at ELSE excluded.stirred_at END
    WHERE health.counted_at IS NULL OR health.stirred_at IS NULL OR ({before}) IS DISTINCT FROM ({after})
"""
# Nobody looks at them any more.
OF_THE_ENDED = """
    UPDATE {health} health SET waits_on = '', waits_since = NULL FROM {tenant} tenant
    WHERE tenant.id = health.tenant_id AND tenant.status = 'offboarded' AND health.waits_on <> ''
"""
OF_DAYS = """
    INSERT INTO {day} (date, accepted, delivered, events, conversions, counted_at)
    SELECT day, sum(accepted), sum(delivered), sum(events), sum(conversions), now() FROM (
        SELECT (it.accepted_at AT TIME ZONE 'UTC')::date AS day, 1 AS accepted, 0 AS delivered, 0 AS events,
               0 AS conversions
        FROM {tenant} tenant JOIN {application} it ON it.tenant_id = tenant.id
        WHERE it.accepted_at >= %(since)s AND NOT it.is_test
        UNION ALL
        SELECT (delivered_at AT TIME ZONE 'UTC')::date, 0, 1, 0, 0
        FROM {delivery} it WHERE delivered_at >= %(since)s AND {is_real}
        UNION ALL
        SELECT (it.received_at AT TIME ZONE 'UTC')::date, 0, 0, 1, 0
        FROM {tenant} tenant JOIN {event} it ON it.tenant_id = tenant.id
        WHERE it.received_at >= %(since)s AND it.kind <> 'test'
        UNION ALL
        SELECT (sent_at AT TIME ZONE 'UTC')::date, 0, 0, 0, 1
        FROM {conversion} it WHERE sent_at >= %(since)s AND {is_real}
    ) happened GROUP BY day
    ON CONFLICT (date) DO UPDATE SET accepted = excluded.accepted, delivered = excluded.delivered,
        events = excluded.events, conversions = excluded.conversions, counted_at = excluded.counted_at
"""


def recount() -> None:
    """One pass at a time: whoever comes while another one counts has nothing to add."""
    with across_tenants("health of all tenants is counted"):
        if not locks.take_if_free(HEALTH):
            return
        with connection.cursor() as cursor:
            cursor.execute(_statement(OF_TENANTS), traces.THRESHOLDS)
            cursor.execute(_statement(OF_THE_ENDED))
            cursor.execute(_statement(OF_DAYS), {"since": _days_that_change()})


def _days_that_change() -> datetime:
    """Yesterday's midnight; the whole picture at first, and after the passes have been away."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    earliest = today - timedelta(days=DAYS - 1)
    last = FleetDay.objects.order_by("-date").values_list("date", flat=True).first()
    if last is None:
        return earliest
    kept_until = datetime(last.year, last.month, last.day, tzinfo=UTC)
    return max(kept_until - timedelta(days=1), earliest)


def _statement(template: str) -> str:
    """Names of our own tables and columns alone are filled in."""
    names: dict[str, Any] = {
        name: connection.ops.quote_name(model._meta.db_table) for name, model in TABLES.items()
    }
    return template.format(
        **names,
        is_real=IS_REAL.format(**names),
        trace=traces.number(),
        parts=traces.joins(),
        counts=", ".join(COUNTS),
        updated=", ".join(f"{it} = excluded.{it}" for it in COUNTS),
        before=_listed("health", COUNTS),
        after=_listed("excluded", COUNTS),
        stirring=_listed("health", STIRRING),
        stirring_now=_listed("excluded", STIRRING),
    )


def _listed(row: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{row}.{it}" for it in columns)
