"""Deliveries of one tenant, begun at the pace at which they may leave, a few under way at once.

A message stands for a tenant, whose oldest is taken, and not for an application: thousands may wait. Each that begins
calls the next, behind the other tenants. Who finds Lever in trouble leaves it alone for a while; then one alone tries.
"""

import time
from collections.abc import Callable

from django.db import transaction

from tenants.scoping import tenant_scope

from ..errors import RateLimitedError
from ..models import Delivery
from . import bell, deliveries, leases, pace, turns, work

# As long as one takes four times as long as a turn, all turns are used.
MOST_AT_ONCE = 4


def deliver_next(tenant_id: int) -> None:
    pause, is_in_doubt = turns.rest_and_doubt(_other_side(tenant_id))
    if pause:
        bell.leave_alone(Delivery.task, tenant_id, pause)
        return
    most_at_once = 1 if is_in_doubt else MOST_AT_ONCE
    try:
        delivery, is_more = _begun(tenant_id, lambda: work.claim_next(Delivery, tenant_id, most_at_once))
    except RateLimitedError:
        bell.leave_alone(Delivery.task, tenant_id, pace.LONGEST_WAIT)
        return
    if delivery and is_more:
        bell.call_on(Delivery.task, tenant_id)
    else:
        bell.has_come(Delivery.task, tenant_id)
    if delivery is None:
        return
    _attempt(delivery)
    if is_more:
        # Perhaps too many were under way when it was called.
        bell.call(Delivery.task, tenant_id)


def deliver(delivery: Delivery) -> bool:
    """This one, at the pace of all. False when somebody else has it, its turn is far away, or Lever is left alone."""
    if is_left_alone(delivery.tenant_id):
        return False
    try:
        begun, _ = _begun(delivery.tenant_id, lambda: (work.claim(Delivery, delivery.pk), False))
    except RateLimitedError:
        return False
    if begun is None:
        return False
    _attempt(begun)
    return True


def _attempt(delivery: Delivery) -> None:
    with leases.kept(delivery):
        is_well = deliveries.attempt(delivery)
    if is_well is not None:
        turns.note(_other_side(delivery.tenant_id), is_well)


def is_left_alone(tenant_id: int) -> bool:
    """It was in trouble."""
    return bool(turns.rests_for(_other_side(tenant_id)))


def _other_side(tenant_id: int) -> str:
    return f"deliveries:{tenant_id}"


def _begun(tenant_id: int, claim: Callable[[], tuple[Delivery | None, bool]]) -> tuple[Delivery | None, bool]:
    """When its turn has come. Raises RateLimitedError when that is far away.

    The turn is taken first: it locks the account, so that those under way are counted by one at a time.
    """
    with tenant_scope(tenant_id):
        wait = pace.seconds_to_turn(tenant_id, pace.STARTS)
        delivery, is_more = claim()
        if delivery is None:
            transaction.set_rollback(True)  # and the turn goes to another
    if delivery:
        time.sleep(wait)
    return delivery, is_more
