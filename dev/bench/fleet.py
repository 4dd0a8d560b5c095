"""A large fleet in the database, made by statements that make all rows of a kind: for measuring alone."""

from collections.abc import Mapping

import psycopg

Connection = psycopg.Connection[tuple[object, ...]]
POSTINGS, EVENTS, DELIVERIES = 50, 100, 30
PROBLEM_CODES = (
    "ARRAY['feed.late', 'forms.unsupported', 'delivery.held', 'webhook.rejected', 'stages.changed']"
)
# Of each table the columns that matter here; what else must be filled is filled by `_defaults`.
TABLES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "tenants_tenant": (
        "generate_series(1, %(tenants)s) n",
        {
            "name": "'Fleet ' || n",
            "slug": "'fleet-' || n",
            "status": "CASE WHEN n %% 5 = 0 THEN 'onboarding' ELSE 'live' END",
            "created_at": "now() - (n %% 90) * interval '1 day' - interval '5 days'",
            "live_at": "CASE WHEN n %% 5 = 0 THEN NULL ELSE now() - (n %% 90) * interval '1 day' END",
            "retention_days": "30",
            "duplicate_window_days": "120",
            "source_label": "'Appcast'",
            "language": "'en'",
        },
    ),
    "integrations_connection": (
        "fleet t",
        {
            "tenant_id": "t.id",
            "provider": "'lever'",
            "status": "CASE WHEN t.n %% 50 = 0 THEN 'needs_authorization' ELSE 'active' END",
            "account_external_id": "'account-' || t.n",
            "site": "'site-' || t.n",
            "scopes": "'[\"offline_access\"]'::jsonb",
            "authorized_at": "now() - interval '30 days'",
            "proved_at": "now() - interval '1 hour'",
        },
    ),
    "integrations_feed": (
        "fleet t",
        {
            "tenant_id": "t.id",
            "url": "'https://api.lever.co/v0/postings/site-' || t.n || '?mode=xml'",
            "site": "'site-' || t.n",
            "key": "md5(random()::text) || t.id",
            "confirmed_at": "now() - interval '30 days'",
            "synced_at": "now() - (t.n %% 180) * interval '1 minute'",
        },
    ),
    "integrations_posting": (
        "fleet t CROSS JOIN generate_series(1, %(postings)s) p",
        {
            "tenant_id": "t.id",
            "external_id": "t.id || '-' || p",
            "title": "'Driver ' || p",
            "url": "'https://jobs.lever.co/site/' || p",
            "content_hash": "md5(p::text)",
            "first_seen_at": "now()",
            "changed_at": "now()",
        },
    ),
    "webhooks_webhookendpoint": (
        "fleet t CROSS JOIN unnest(ARRAY['application_created', 'stage_changed']) kind",
        {
            "tenant_id": "t.id",
            "provider": "'lever'",
            "event_kind": "kind",
            "key": "md5(random()::text || kind)",
            "made_by": "'hand'",
            "created_at": "now()",
        },
    ),
    "webhooks_webhookevent": (
        "webhooks_webhookendpoint e CROSS JOIN generate_series(1, %(events)s / 2) p",
        {
            "id": "gen_random_uuid()",
            "tenant_id": "e.tenant_id",
            "endpoint_id": "e.id",
            "key": "md5(random()::text) || md5(p::text)",
            "body_hash": "md5(random()::text)",
            "body": "''::bytea",
            "kind": "e.event_kind",
            "name": "'candidateStageChange'",
            "status": "'processed'",
            "triggered_at": "now() - p * interval '11 hours'",
            "received_at": "now() - p * interval '11 hours'",
            "processed_at": "now()",
        },
    ),
    "integrations_application": (
        "integrations_posting p WHERE right(p.external_id, 1) <> '0' AND p.external_id ~ '-([1-9]|[12][0-9]|3[0-3])$'",
        {
            "id": "gen_random_uuid()",
            "tenant_id": "p.tenant_id",
            "posting_id": "p.id",
            "sender_id": "gen_random_uuid()",
            "body_hash": "md5(random()::text)",
            "email_hash": "md5(random()::text) || md5(random()::text)",
            "job_reference": "p.external_id",
            "document": "''::bytea",
            "external_id": "gen_random_uuid()::text",
            "opportunity_external_id": "gen_random_uuid()::text",
            "submitted_at": "now()",
            "accepted_at": "now() - (p.id %% 40) * interval '9 hours'",
        },
    ),
    "integrations_delivery": (
        "integrations_application a",
        {
            "tenant_id": "a.tenant_id",
            "application_id": "a.id",
            "status": "CASE WHEN random() < 0.01 THEN 'held' ELSE 'delivered' END",
            "created_at": "a.accepted_at",
            "delivered_at": "a.accepted_at + interval '1 minute'",
        },
    ),
    "integrations_conversion": (
        "integrations_application a",
        {
            "tenant_id": "a.tenant_id",
            "event_id": "gen_random_uuid()",
            "application_id": "a.id",
            "key": "'apply_complete'",
            "name": "'apply_complete'",
            "sequence": "1",
            "status": "'sent'",
            "occurred_at": "a.accepted_at",
            "received_at": "a.accepted_at",
            "sent_at": "a.accepted_at + interval '2 minutes'",
        },
    ),
    "onboarding_problem": (
        "fleet t WHERE t.n %% 2 = 0",
        {
            "tenant_id": "t.id",
            "code": f"({PROBLEM_CODES})[1 + t.n %% 5]",
            "actor": "CASE WHEN t.n %% 3 = 0 THEN 'customer' ELSE 'staff' END",
            "status": "'open'",
            "detail": "'3 of them'",
            "since": "now() - (t.n %% 500) * interval '1 hour'",
            "last_seen_at": "now()",
        },
    ),
    "tenants_auditevent": (
        "fleet t CROSS JOIN generate_series(1, 5) p",
        {
            "tenant_id": "t.id",
            "actor_label": "'portal'",
            "action": "'feed.confirmed'",
            "subject": "'integrations.feed'",
            "at": "now() - p * interval '1 day'",
        },
    ),
    "onboarding_health": (
        "fleet t",
        {
            "tenant_id": "t.id",
            "looked_at": "now()",
            "settled": "8",
            "waits_on": "(ARRAY['customer', 'staff', 'provider', ''])[1 + t.n %% 4]",
            "waits_since": "now() - (t.n %% 400) * interval '1 hour'",
            "steps": "%(steps)s::jsonb",
        },
    ),
}
STEP = (
    '{"key": "feed", "title": "Connect the job feed", "state": "done", "label": "Done", "says": "40 jobs were read.",'
    ' "received": "", "at": "2026-01-31T10:00:00+00:00", "actor": "nobody"}'
)
MOVED = "CREATE TEMP TABLE fleet AS SELECT id, substr(slug, 7)::int AS n FROM tenants_tenant WHERE slug LIKE 'fleet-%%'"
EMPTY = {"text": "''", "character varying": "''", "jsonb": "'[]'::jsonb", "boolean": "false"}
NUMBERS = {"integer", "bigint", "smallint"}


def make(connection: Connection, tenants: int) -> None:
    """References are right by their making, and a million checks of them are left out."""
    numbers = {
        "tenants": tenants,
        "postings": POSTINGS,
        "events": EVENTS,
        "steps": f"[{', '.join([STEP] * 8)}]",
    }
    connection.execute("SET session_replication_role = replica")
    for table, (source, columns) in TABLES.items():
        filled = {**_defaults(connection, table), **columns}
        statement = (
            f"INSERT INTO {table} ({', '.join(filled)}) SELECT {', '.join(filled.values())} FROM {source}"  # nosec B608  # our own
        )
        connection.execute(statement, numbers)
        if table == "tenants_tenant":
            connection.execute(MOVED, {})
    connection.execute("RESET session_replication_role")


def counts(connection: Connection) -> str:
    shown = ("tenants_tenant", "integrations_posting", "webhooks_webhookevent", "integrations_delivery")
    found = {it: connection.execute(f"SELECT count(*) FROM {it}").fetchone() for it in shown}  # nosec B608
    return ", ".join(f"{row[0] if row else 0} {table.partition('_')[2]}" for table, row in found.items())


def _defaults(connection: Connection, table: str) -> dict[str, str]:
    """Of columns that must have a value and have none of their own, but for ids that are counted."""
    found = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
        " AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'",
        [table],
    )
    return {
        str(name): "0" if kind in NUMBERS else EMPTY[str(kind)]
        for name, kind in found
        if kind in NUMBERS or kind in EMPTY
    }
