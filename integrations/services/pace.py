"""Turns at one account, across all workers and machines: two applications a second, and five readings.

Lever takes ten calls a second of an account; what is read in crowds leaves most of them to the applications.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection as database

from tenants.scoping import tenant_scope

from ..errors import RateLimitedError


@dataclass(frozen=True, slots=True)
class Line:
    """`column` of the connection is when the next may go, `pitch` how far two lie apart."""

    column: str
    pitch: timedelta


# A little more than half a second keeps Lever's limiter quiet.
POSTS = Line("next_post_at", timedelta(seconds=0.51))
READS = Line("next_read_at", timedelta(seconds=0.2))
LONGEST_WAIT = timedelta(seconds=2)
QUEUED = "pace.queue"

IS_FAR = """
    SELECT 1 FROM integrations_connection
    WHERE tenant_id = %(tenant)s AND {column} > clock_timestamp() + make_interval(secs => %(longest)s)
"""
TAKE_TURN = """
    UPDATE integrations_connection
    SET {column} = greatest({column}, clock_timestamp()) + make_interval(secs => %(pitch)s)
    WHERE tenant_id = %(tenant)s
        AND coalesce({column}, 'epoch') <= clock_timestamp() + make_interval(secs => %(longest)s)
    RETURNING extract(epoch FROM {column} - clock_timestamp()) - %(pitch)s
"""
SLOW_DOWN = """
    UPDATE integrations_connection
    SET next_post_at = greatest(next_post_at, clock_timestamp() + make_interval(secs => %(wait)s)),
        next_read_at = greatest(next_read_at, clock_timestamp() + make_interval(secs => %(wait)s))
    WHERE tenant_id = %(tenant)s
"""


def require_near_turn(tenant_id: int, line: Line = POSTS) -> None:
    """Before anything is asked of the other side: RateLimitedError `pace.queue` when the turn is far away."""
    if _ask(IS_FAR, tenant_id, line):
        raise _queued()


def wait_for_turn(tenant_id: int, line: Line = POSTS) -> None:
    """Returns when the turn has come; RateLimitedError `pace.queue` when it is too far away to wait for."""
    turn = _ask(TAKE_TURN, tenant_id, line)
    if turn is None:
        raise _queued()
    time.sleep(max(float(turn[0]), 0))


def slow_down(tenant_id: int, wait: timedelta) -> None:
    """The other side asked for it: no application and no reading of this tenant before `wait` is over."""
    with tenant_scope(tenant_id), database.cursor() as cursor:
        cursor.execute(SLOW_DOWN, {"tenant": tenant_id, "wait": wait.total_seconds()})


def _ask(query: str, tenant_id: int, line: Line) -> tuple[Any, ...] | None:
    values = {
        "tenant": tenant_id,
        "pitch": line.pitch.total_seconds(),
        "longest": LONGEST_WAIT.total_seconds(),
    }
    with tenant_scope(tenant_id), database.cursor() as cursor:
        cursor.execute(query.format(column=line.column), values)
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def _queued() -> RateLimitedError:
    return RateLimitedError(
        QUEUED, "Waiting for its turn: Lever takes only so many calls a second.", "", LONGEST_WAIT
    )
