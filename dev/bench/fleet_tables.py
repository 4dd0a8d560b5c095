"""What a large fleet has: of each table the columns that matter, and how many rows."""

from collections.abc import Mapping

STEP = (
    '{"key": "feed", "title": "Connect the job feed", "state": "done", "label": "Done", "says": "40 jobs were read.",'
    ' "received": "", "at": "2026-01-31T10:00:00+00:00", "actor": "nobody"}'
)
# Of each tenant, but for `staff`, each of whom owns their share of the tenants.
NUMBERS: Mapping[str, object] = {
    "postings": 50,
    "events": 100,
    "syncs": 24,
    "stages": 12,
    "people": 3,
    "steps": f"[{', '.join([STEP] * 8)}]",
    "staff": 20,
}
PROBLEM_CODES = (
    "ARRAY['feed.late', 'forms.unsupported', 'delivery.held', 'webhook.rejected', 'stages.changed']"
)
# Of each table the columns that matter here; what else must be filled is filled by `_defaults`.
TABLES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "tenants_user": (
        "generate_series(1, %(staff)s + %(tenants)s * %(people)s) n",
        {
            "email": "CASE WHEN n <= %(staff)s THEN 'staff-' || n ELSE 'person-' || n - %(staff)s END"
            " || '@fleet.example'",
            "is_staff": "n <= %(staff)s",
            "role": "CASE WHEN n <= %(staff)s THEN 'cs' ELSE '' END",
            "is_active": "true",
            "joined_at": "now() - interval '90 days'",
        },
    ),
    "onboarding_channel": (
        "tenants_user u WHERE u.email LIKE 'staff-%%@fleet.example'",
        {
            "id": "gen_random_uuid()",
            "user_id": "u.id",
            "kind": "'email'",
            "is_on": "true",
            "zone": "'UTC'",
        },
    ),
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
            "owner_id": "(SELECT id FROM tenants_user"
            " WHERE email = 'staff-' || 1 + n %% %(staff)s || '@fleet.example')",
        },
    ),
    "tenants_membership": (
        "fleet t JOIN generate_series(1, %(people)s) p ON true"
        " JOIN tenants_user u ON u.email = 'person-' || (t.n - 1) * %(people)s + p || '@fleet.example'",
        {
            "tenant_id": "t.id",
            "user_id": "u.id",
            "role": "CASE WHEN p = 1 THEN 'owner' ELSE 'member' END",
            "steps": "CASE WHEN p = 3 THEN ARRAY['webhooks'] ELSE ARRAY[]::text[] END",
            "joined_at": "now() - interval '60 days'",
            "seen_at": "now() - p * interval '1 day'",
        },
    ),
    "tenants_invitation": (
        "fleet t CROSS JOIN generate_series(1, %(people)s + 1) p",
        {
            "tenant_id": "t.id",
            "email": "'person-' || (t.n - 1) * %(people)s + p || '@fleet.example'",
            "role": "'member'",
            "steps": "ARRAY[]::text[]",
            "token_hash": "md5(random()::text) || md5(random()::text)",
            "created_at": "now() - interval '61 days'",
            "sent_at": "now() - interval '61 days'",
            "expires_at": "now() - interval '47 days'",
            "accepted_at": "CASE WHEN p <= %(people)s THEN now() - interval '60 days' END",
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
    "integrations_feedsync": (
        "integrations_feed f CROSS JOIN generate_series(1, %(syncs)s) p",
        {
            "tenant_id": "f.tenant_id",
            "feed_id": "f.id",
            "status": "CASE WHEN p %% 12 = 0 THEN 'failed' ELSE 'done' END",
            "trigger": "'schedule'",
            "is_unchanged": "p %% 4 <> 0",
            "format": "'xml'",
            "found": "50",
            "unchanged": "50",
            "error_code": "CASE WHEN p %% 12 = 0 THEN 'http.unavailable' ELSE '' END",
            "created_at": "now() - p * interval '1 hour'",
            "started_at": "now() - p * interval '1 hour'",
            "finished_at": "now() - p * interval '1 hour' + interval '2 seconds'",
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
    "integrations_formcheck": (
        "integrations_posting p",
        {
            "tenant_id": "p.tenant_id",
            "posting_id": "p.id",
            "status": "CASE WHEN p.id %% 100 = 0 THEN 'unsupported' ELSE 'supported' END",
            "checked_at": "now() - interval '5 hours'",
        },
    ),
    "integrations_pipeline": (
        "fleet t",
        {
            "tenant_id": "t.id",
            "name": "'Drivers'",
            "confirmed_at": "now() - interval '30 days'",
        },
    ),
    "integrations_stage": (
        "integrations_pipeline p CROSS JOIN generate_series(1, %(stages)s) n",
        {
            "tenant_id": "p.tenant_id",
            "pipeline_id": "p.id",
            "external_id": "gen_random_uuid()::text",
            "name": "'Stage ' || n",
            "position": "n",
            "origin": "'discovered'",
            "known_at": "now() - interval '5 hours'",
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
    "onboarding_problemchange": (
        "onboarding_problem p CROSS JOIN unnest(ARRAY['open', 'acknowledged', 'open']) became",
        {
            "tenant_id": "p.tenant_id",
            "problem_id": "p.id",
            "status": "became",
            "at": "p.since",
        },
    ),
    "onboarding_told": (
        "onboarding_problem p JOIN tenants_tenant t ON t.id = p.tenant_id"
        " JOIN onboarding_channel c ON c.user_id = t.owner_id",
        {
            "tenant_id": "p.tenant_id",
            "problem_id": "p.id",
            "channel_id": "c.id",
            "count": "1",
            "last_at": "p.since + interval '10 minutes'",
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
