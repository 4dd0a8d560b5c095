"""Deliveries of one tenant, begun at the pace at which they may leave, a few under way at once.

A message stands for a tenant, whose oldest is taken, and not for an application: thousands may wait. Each that begins
calls the next, behind the other tenants. Who finds Lever in trouble leaves it alone for a while; then one alone tries.
"""

import time

from django.db import transaction

from tenants.scoping import tenant_scope

from ..errors import RateLimitedError
from ..models import Delivery
from . import bell, deliveries, delivery_rows, leases, pace, turns, work

# As long as one takes four times as long as a turn, all turns are used.
MOST_AT_ONCE = 4


def deliver_next(tenant_id: int) -> None:
    pause, is_in_doubt = turns.rest_and_doubt(_other_side(tenant_id))
    if pause:
        bell.leave_alone(Delivery.task, tenant_id, pause)
        return
    try:
        claim = delivery_rows.claim_next(tenant_id, 1 if is_in_doubt else MOST_AT_ONCE)
    except RateLimitedError:
        bell.leave_alone(Delivery.task, tenant_id, pace.LONGEST_WAIT)
        return
    if claim is None:
        bell.has_come(Delivery.task, tenant_id)
        return
    time.sleep(claim.wait)
    if claim.is_more:
        bell.call_on(Delivery.task, tenant_id)
    else:
        bell.has_come(Delivery.task, tenant_id)
    _attempt(claim.delivery)
    if claim.is_more:
        # Perhaps too many were under way when it was called.
        bell.call(Delivery.task, tenant_id)


def deliver(delivery: Delivery) -> bool:
    """This one, at the pace of all. False when somebody else has it, its turn is far away, or Lever is left alone."""
    if is_left_alone(delivery.tenant_id):
        return False
    try:
        begun = _begun(delivery)
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


def _begun(delivery: Delivery) -> Delivery | None:
    """When its turn has come. Raises RateLimitedError when that is far away."""
    with tenant_scope(delivery.tenant_id):
        wait = pace.seconds_to_turn(delivery.tenant_id, pace.STARTS)
        begun = work.claim(Delivery, delivery.pk)
        if begun is None:
            transaction.set_rollback(True)  # and the turn goes to another
    if begun:
        time.sleep(wait)
    return begun
