"""Turns at one account, across all workers and machines: two applications, four forms and five readings a
second, and ten calls in all.

An application has its turn twice: when work on it begins, so that no more are begun than can leave, and when it leaves.

Lever takes ten calls a second of an account; what is read in crowds leaves most of them to the applications. Calls
are counted in the cache and not in a row, since most things take several; while it is away, Lever itself says when
they are too many.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection as database

from tenants.scoping import tenant_scope

from ..errors import RateLimitedError
from ..models import Connection
from .allowances import Allowance, SpentError


@dataclass(frozen=True, slots=True)
class Line:
    """`column` of the connection is when the next may go, `pitch` how far two lie apart."""

    column: str
    pitch: timedelta


# A little more than half a second keeps Lever's limiter quiet.
STARTS = Line("next_start_at", timedelta(seconds=0.51))
POSTS = Line("next_post_at", timedelta(seconds=0.51))
FORMS = Line("next_form_at", timedelta(seconds=0.25))
READS = Line("next_read_at", timedelta(seconds=0.2))
ALL = (STARTS, POSTS, FORMS, READS)
LONGEST_WAIT = timedelta(seconds=2)
CALLS = Allowance("calls", most=10, seconds=1)
QUEUED = "pace.queue"

IS_FAR = "coalesce({column}, 'epoch') > clock_timestamp() + make_interval(secs => %s)"
# `only` is what else must hold for it to be taken, `beside` what else is written then.
TAKE_TURN = f"""
    UPDATE integrations_connection
    SET {{column}} = greatest({{column}}, clock_timestamp()) + make_interval(secs => %s) {{beside}}
    WHERE tenant_id = %s AND NOT {IS_FAR} AND {{only}}
    RETURNING extract(epoch FROM {{column}} - clock_timestamp())::float8 - %s AS seconds
"""  # nosec B608  # our own words
LATER = "{column} = greatest({column}, clock_timestamp() + make_interval(secs => %(wait)s))"
SLOW_DOWN = "UPDATE integrations_connection SET {later} WHERE tenant_id = %(tenant)s"


def wait_for_turn(tenant_id: int, line: Line = POSTS) -> None:
    """Returns when the turn has come; RateLimitedError `pace.queue` when it is too far away to wait for."""
    with tenant_scope(tenant_id):
        wait = seconds_to_turn(tenant_id, line)
    time.sleep(wait)


def seconds_to_turn(tenant_id: int, line: Line) -> float:
    """The next turn is taken. In the tenant's scope; raises as `wait_for_turn` does."""
    with database.cursor() as cursor:
        cursor.execute(TAKE_TURN.format(column=line.column, only=True, beside=""), turn_of(tenant_id, line))
        turn: tuple[Any, ...] | None = cursor.fetchone()
    if turn is None and not Connection.objects.exists():
        return 0.0  # whoever calls will be told so
    if turn is None:
        raise queued()
    return max(float(turn[0]), 0.0)


def turn_of(tenant_id: int, line: Line) -> list[float]:
    """The values of `TAKE_TURN`."""
    pitch = line.pitch.total_seconds()
    return [pitch, tenant_id, LONGEST_WAIT.total_seconds(), pitch]


class Calls:
    """Of one piece of work: those that are paid for already, while that counts, then one at a time."""

    def __init__(self, tenant_id: int, paid: int = 0) -> None:
        self._tenant_id, self._paid = tenant_id, paid
        self._paid_until = time.monotonic() + CALLS.seconds

    def wait(self) -> None:
        """Before each; as `wait_for_call`."""
        if self._paid and time.monotonic() < self._paid_until:
            self._paid -= 1
        else:
            wait_for_call(self._tenant_id)


def pay_ahead(tenant_ids: Sequence[int], calls: int) -> list[Calls]:
    """For work of each of these tenants that begins now, all that are wanted or none."""
    are_paid = CALLS.spend_ahead(tenant_ids, calls) if tenant_ids else []
    return [Calls(it, calls if is_paid else 0) for it, is_paid in zip(tenant_ids, are_paid, strict=True)]


def wait_for_call(tenant_id: int) -> None:
    """Returns when one more may be made; raises as `wait_for_turn` does."""
    ends_at = time.monotonic() + LONGEST_WAIT.total_seconds()
    while True:
        try:
            return CALLS.spend(tenant_id)
        except SpentError:
            if time.monotonic() > ends_at:
                raise queued() from None
            time.sleep(1 - time.time() % 1)


def slow_down(tenant_id: int, wait: timedelta, lines: Sequence[Line] = ALL) -> None:
    """No application and no reading of this tenant, or nothing of these `lines`, before `wait` is over."""
    later = ", ".join(LATER.format(column=line.column) for line in lines)
    with tenant_scope(tenant_id), database.cursor() as cursor:
        cursor.execute(SLOW_DOWN.format(later=later), {"tenant": tenant_id, "wait": wait.total_seconds()})


def queued() -> RateLimitedError:
    return RateLimitedError(
        QUEUED, "Waiting for its turn: Lever takes only so many calls a second.", "", LONGEST_WAIT
    )
