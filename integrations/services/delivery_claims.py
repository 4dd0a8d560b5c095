"""Which deliveries may begin now, whoever's they are: found, and claimed by one statement for several tenants.

A tenant with something due is a lane. Its next delivery begins when its start has come, and no sooner than its pace
allows; lanes are taken in turn, so that none waits for another's crowd.
"""

from collections.abc import Mapping

from tenants.rows import Columns
from tenants.scoping import fetch_across_tenants

from ..models import Delivery
from . import pace

WHY = "deliveries begin in turn, whoever's they are"
CLAIMED = Columns(Delivery, "claimed")
# Who is looked at a moment late loses nothing of its pace.
LATE = "interval '0.1 seconds'"

DUE = """
    delivery.next_attempt_at <= statement_timestamp()
    AND (delivery.leased_until IS NULL OR delivery.leased_until < statement_timestamp())
"""
# One look into the index for each tenant with something to do, however much that is.
LANES = """
    WITH RECURSIVE lane AS (
        (
            SELECT tenant_id FROM integrations_delivery
            WHERE next_attempt_at IS NOT NULL AND tenant_id > %s ORDER BY tenant_id LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT delivery.tenant_id FROM integrations_delivery delivery
            WHERE delivery.next_attempt_at IS NOT NULL AND delivery.tenant_id > lane.tenant_id
            ORDER BY delivery.tenant_id LIMIT 1
        )
        FROM lane WHERE lane.tenant_id IS NOT NULL
    )
"""
WAITING = f"""
    SELECT account.next_start_at FROM integrations_delivery delivery
    JOIN tenants_tenant tenant ON tenant.id = delivery.tenant_id
    LEFT JOIN integrations_connection account ON account.tenant_id = delivery.tenant_id
    WHERE delivery.tenant_id = lane.tenant_id AND tenant.status NOT IN ('paused', 'offboarded') AND {DUE}
"""  # nosec B608  # our own words
READY = f"""
    {LANES} SELECT lane.tenant_id FROM lane, LATERAL (
        {WAITING} AND coalesce(account.next_start_at, 'epoch') <= clock_timestamp() LIMIT 1
    ) waiting LIMIT %s
"""  # nosec B608  # our own words
SOONEST = f"""
    {LANES} SELECT extract(epoch FROM min(coalesce(waiting.next_start_at, 'epoch')) - clock_timestamp())::float8
    FROM lane, LATERAL ({WAITING} LIMIT 1) waiting
"""  # nosec B608  # our own words
# Before the claim and apart from it, so that each sees what the one before it has claimed.
LOCK = """
    SELECT FROM integrations_connection WHERE tenant_id = ANY(%s::bigint[]) ORDER BY tenant_id FOR NO KEY UPDATE
"""
CLAIM = f"""
    WITH oldest AS (
        SELECT due.id, lane.tenant_id FROM unnest(%s::bigint[], %s::integer[]) lane (tenant_id, most), LATERAL (
            SELECT delivery.id FROM integrations_delivery delivery
            WHERE delivery.tenant_id = lane.tenant_id AND {DUE}
            ORDER BY delivery.next_attempt_at, delivery.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
        ) due
        WHERE lane.most > (
            SELECT count(*) FROM integrations_delivery
            WHERE tenant_id = lane.tenant_id AND leased_until > statement_timestamp()
        )
    ), begun AS (
        UPDATE integrations_connection account
        SET next_start_at = greatest(next_start_at, clock_timestamp() - {LATE}) + make_interval(secs => %s)
        FROM oldest
        WHERE account.tenant_id = oldest.tenant_id AND coalesce(next_start_at, 'epoch') <= clock_timestamp()
        RETURNING account.tenant_id
    ), claimed AS (
        UPDATE integrations_delivery delivery
        SET leased_until = statement_timestamp() + interval '{Delivery.lease_seconds} seconds',
            lease = lease + 1, unfinished = unfinished + 1, attempts = attempts + (unfinished = 0)::integer
        FROM oldest WHERE delivery.id = oldest.id AND (
            EXISTS (SELECT FROM begun WHERE tenant_id = oldest.tenant_id)
            OR NOT EXISTS (SELECT FROM integrations_connection WHERE tenant_id = oldest.tenant_id)
        )
        RETURNING delivery.*
    )
    SELECT {CLAIMED} FROM claimed
"""  # nosec B608  # our own words


def ready(after: int, most: int) -> list[int]:
    """Tenants behind this one of which a delivery may begin now."""
    [lanes] = fetch_across_tenants(WHY, (READY, [after, most]))
    return [tenant_id for (tenant_id,) in lanes]


def seconds_to_soonest() -> float | None:
    """Until one may begin that waits for its pace alone; None when nothing waits."""
    [[(seconds,)]] = fetch_across_tenants(WHY, (SOONEST, [0]))
    return None if seconds is None else max(seconds, 0.0)


def claim(at_once: Mapping[int, int]) -> list[Delivery]:
    """The oldest of each of these tenants, unless so many of it are worked on, or its turn has been taken."""
    if not at_once:
        return []
    tenants, most, pitch = [*at_once], [*at_once.values()], pace.STARTS.pitch.total_seconds()
    _, claimed = fetch_across_tenants(WHY, (LOCK, [tenants]), (CLAIM, [tenants, most, pitch]))
    return [CLAIMED.read(it) for it in claimed]
