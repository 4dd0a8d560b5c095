"""At most two applications a second for one account, across all workers and machines."""

import time
from datetime import timedelta
from typing import Any

from django.db import connection as database

from tenants.scoping import tenant_scope

from ..errors import RateLimitedError

# A little more than half a second keeps Lever's limiter quiet.
PITCH = timedelta(seconds=0.51)
LONGEST_WAIT = timedelta(seconds=2)
QUEUED = "pace.queue"

IS_FAR = """
    SELECT 1 FROM integrations_connection
    WHERE tenant_id = %(tenant)s AND next_post_at > clock_timestamp() + make_interval(secs => %(longest)s)
"""
TAKE_TURN = """
    UPDATE integrations_connection
    SET next_post_at = greatest(next_post_at, clock_timestamp()) + make_interval(secs => %(pitch)s)
    WHERE tenant_id = %(tenant)s
        AND coalesce(next_post_at, 'epoch') <= clock_timestamp() + make_interval(secs => %(longest)s)
    RETURNING extract(epoch FROM next_post_at - clock_timestamp()) - %(pitch)s
"""


SLOW_DOWN = """
    UPDATE integrations_connection
    SET next_post_at = greatest(next_post_at, clock_timestamp() + make_interval(secs => %(wait)s))
    WHERE tenant_id = %(tenant)s
"""


def require_near_turn(tenant_id: int) -> None:
    """Before anything is asked of the other side: RateLimitedError `pace.queue` when the turn is far away."""
    if _ask(IS_FAR, tenant_id):
        raise _queued()


def wait_for_turn(tenant_id: int) -> None:
    """Returns when the turn has come; RateLimitedError `pace.queue` when it is too far away to wait for."""
    turn = _ask(TAKE_TURN, tenant_id)
    if turn is None:
        raise _queued()
    time.sleep(max(float(turn[0]), 0))


def slow_down(tenant_id: int, wait: timedelta) -> None:
    """The other side asked for it: no application of this tenant before `wait` is over."""
    with tenant_scope(tenant_id), database.cursor() as cursor:
        cursor.execute(SLOW_DOWN, {"tenant": tenant_id, "wait": wait.total_seconds()})


def _ask(query: str, tenant_id: int) -> tuple[Any, ...] | None:
    values = {"tenant": tenant_id, "pitch": PITCH.total_seconds(), "longest": LONGEST_WAIT.total_seconds()}
    with tenant_scope(tenant_id), database.cursor() as cursor:
        cursor.execute(query, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def _queued() -> RateLimitedError:
    return RateLimitedError(
        QUEUED, "Waiting for its turn: Lever takes two applications a second.", "", LONGEST_WAIT
    )
