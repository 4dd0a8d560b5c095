"""At most two applications a second for one account, across all workers and machines."""

import time
from datetime import timedelta

from django.db import connection as database

from tenants.scoping import tenant_scope

from ..errors import RateLimitedError

# A little more than half a second keeps Lever's limiter quiet.
PITCH = timedelta(seconds=0.51)
LONGEST_WAIT = timedelta(seconds=2)

TAKE_TURN = """
    UPDATE integrations_connection
    SET next_post_at = greatest(next_post_at, clock_timestamp()) + make_interval(secs => %(pitch)s)
    WHERE tenant_id = %(tenant)s
        AND coalesce(next_post_at, 'epoch') <= clock_timestamp() + make_interval(secs => %(longest)s)
    RETURNING extract(epoch FROM next_post_at - clock_timestamp()) - %(pitch)s
"""


def wait_for_turn(tenant_id: int) -> None:
    """Returns when the turn has come; RateLimitedError `pace.queue` when it is too far away to wait for."""
    with tenant_scope(tenant_id), database.cursor() as cursor:
        cursor.execute(
            TAKE_TURN,
            {"tenant": tenant_id, "pitch": PITCH.total_seconds(), "longest": LONGEST_WAIT.total_seconds()},
        )
        turn = cursor.fetchone()
    if turn is None:
        raise RateLimitedError(
            "pace.queue", "Waiting for its turn: Lever takes two applications a second.", "", LONGEST_WAIT
        )
    time.sleep(max(float(turn[0]), 0))
