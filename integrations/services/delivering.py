"""Deliveries of all tenants in turn, each begun at the pace at which it may leave, a few of a tenant under way at once.

A message calls no tenant and no application, but a process: as long as something waits it looks again and again whose
next may begin, and gives each to a thread. Whose Lever is in trouble is left alone for a while; then one alone tries.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog
from celery.signals import worker_shutting_down
from django.db import connections, transaction

from tenants.pooled.few import FewConnections
from tenants.scoping import tenant_scope

from ..errors import RateLimitedError
from ..models import Delivery
from . import bell, deliveries, delivery_claims, delivery_rows, leases, pace, turns, work
from .delivery_rows import Whole
from .turns import Record

# Deliveries mostly wait for Lever; of a tenant, as long as one takes four times as long as a turn, all turns are used.
THREADS, MOST_AT_ONCE = 128, 4
# Most deliveries open none of their own; where Lever is in trouble, all do.
CONNECTIONS = 12
# A message may be a second or two under way, so that turns are long: while it is, nothing begins.
TURN_SECONDS = 60.0
# To claim several at one look takes hardly longer than to claim one.
LOOKS_EVERY_SECONDS = 0.02
# What comes due later is found by the sweep.
SOON_SECONDS = 1.0

logger = structlog.get_logger(__name__)


class Crew:
    """The threads of this process, who is at work, and at which tenant the last look ended."""

    def __init__(self) -> None:
        self.turn, self.is_called, self.last = threading.Lock(), threading.Event(), 0
        self.free, self.has_room, self.is_closing = THREADS, threading.Event(), False
        self.has_room.set()
        self._threads, self._count = ThreadPoolExecutor(THREADS, "deliveries"), threading.Lock()
        self._connections = FewConnections(CONNECTIONS)

    def give(self, job: Callable[[], None]) -> None:
        self._count_free(-1)
        self._threads.submit(self._do, job).add_done_callback(lambda _: self._count_free(1))

    def _do(self, job: Callable[[], None]) -> None:
        with self._connections.used():
            job()

    def _count_free(self, change: int) -> None:
        with self._count:
            self.free += change
            if self.free:
                self.has_room.set()
            else:
                self.has_room.clear()


crew = Crew()


def answer_call() -> None:
    """In a thread that may end with the message, and would leave its connection to the database open."""
    try:
        take_turn()
    finally:
        connections.close_all()


def take_turn() -> None:
    """One at a time in a process; who comes meanwhile makes that one look again.

    While all threads are busy others are called; who comes here then stays, so that the next call reaches another.
    """
    if crew.is_closing:
        return
    bell.has_come(Delivery.task)
    crew.is_called.set()
    if not crew.turn.acquire(blocking=False):
        crew.has_room.wait(SOON_SECONDS)
        return
    try:
        is_more = _taken_up()
    finally:
        crew.turn.release()
    if is_more or crew.is_called.is_set():
        bell.call(Delivery.task)


@worker_shutting_down.connect
def end_turn(**_: object) -> None:
    """Since the process is to stop: what waits is begun by another. Takes no lock, which the interrupted may hold."""
    crew.is_closing = True


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
    for it, whole in delivery_rows.read([begun]):
        _attempt(it, whole)
    return True


def is_left_alone(tenant_id: int) -> bool:
    """It was in trouble."""
    return bool(turns.rests_for(_other_side(tenant_id)))


def _taken_up() -> bool:
    """Until the turn is over, or nothing waits that may begin soon. Whether it is over too soon."""
    ends_at = time.monotonic() + TURN_SECONDS
    while not crew.is_closing:
        crew.is_called.clear()
        free = crew.free
        if not free:
            bell.call(Delivery.task)
        has_begun = bool(free) and _begin(free)
        pause = LOOKS_EVERY_SECONDS if has_begun or not free else delivery_claims.seconds_to_soonest()
        if pause is None or pause > SOON_SECONDS:
            return False
        if time.monotonic() + pause > ends_at:
            break
        crew.is_called.wait(max(pause, LOOKS_EVERY_SECONDS))
    return True


def _begin(most: int) -> bool:
    """With the next tenants, as many as there are; behind the last it begins with the first again."""
    lanes = delivery_claims.ready(crew.last, most)
    crew.last = lanes[-1] if len(lanes) == most else 0
    records = dict(zip(lanes, turns.records_of([*map(_other_side, lanes)]), strict=True))
    claimed = delivery_claims.claim(dict(_at_once(records)))
    for it, whole in delivery_rows.read(claimed):
        crew.give(partial(_work_on, it, whole, records[it.tenant_id]))
    return bool(claimed)


def _at_once(records: Mapping[int, Record]) -> Iterator[tuple[int, int]]:
    """How many of each tenant may be under way. Who is to be left alone is not found again before that is over."""
    for tenant_id, record in records.items():
        if record.rest:
            pace.slow_down(tenant_id, record.rest, [pace.STARTS])
        else:
            yield tenant_id, 1 if record.is_in_doubt else MOST_AT_ONCE


def _work_on(delivery: Delivery, whole: Whole, record: Record) -> None:
    """In a thread that nobody waits for. What breaks is taken up again when its lease has run out."""
    try:
        _attempt(delivery, whole, record)
    except Exception:
        logger.exception("delivery_broke", delivery=delivery.pk)


def _attempt(delivery: Delivery, whole: Whole, record: Record | None = None) -> None:
    """To the record of a Lever that has always done its part, as far as is known, it adds nothing if that goes on."""
    with leases.kept(delivery):
        is_well = deliveries.attempt(delivery, whole)
    if is_well is not None and not (is_well and record and record.is_clean):
        turns.note(_other_side(delivery.tenant_id), is_well)


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
