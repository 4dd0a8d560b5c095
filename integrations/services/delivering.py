"""Deliveries of one tenant, begun at the pace at which they may leave, a few under way at once.

A message stands for a tenant, whose oldest is taken, and not for an application: thousands may wait. Each that begins
calls the next, behind the other tenants. Who finds Lever in trouble leaves it alone for a while; then one alone tries.
"""

import time

from tenants.scoping import tenant_scope

from ..errors import RateLimitedError
from ..models import Delivery
from . import bell, deliveries, leases, pace, turns, work

# As long as one takes four times as long as a turn, all turns are used.
MOST_AT_ONCE = 4


def deliver_next(tenant_id: int) -> None:
    other_side = f"deliveries:{tenant_id}"
    pause = turns.rests_for(other_side)
    if pause:
        bell.leave_alone(Delivery.task, tenant_id, pause)
        return
    try:
        delivery, is_more = _begun(tenant_id, 1 if turns.is_in_doubt(other_side) else MOST_AT_ONCE)
    except RateLimitedError:
        bell.leave_alone(Delivery.task, tenant_id, pace.LONGEST_WAIT)
        return
    bell.has_come(Delivery.task, tenant_id)
    if delivery is None:
        return
    if is_more:
        bell.call(Delivery.task, tenant_id)
    with leases.kept(delivery):
        turns.note(other_side, is_well=deliveries.attempt(delivery))
    if is_more:
        # Perhaps too many were under way when it was called.
        bell.call(Delivery.task, tenant_id)


def _begun(tenant_id: int, most_at_once: int) -> tuple[Delivery | None, bool]:
    """When its turn has come. Raises RateLimitedError when that is far away."""
    wait = 0.0
    with tenant_scope(tenant_id):
        delivery, is_more = work.claim_next(Delivery, tenant_id, most_at_once)
        if delivery:
            wait = pace.seconds_to_turn(tenant_id, pace.STARTS)
    time.sleep(wait)
    return delivery, is_more
