"""Thousands of signed webhooks while web and workers are killed, and afterwards every one accounted for.

What was acknowledged is stored, once; every event ends in one state; what it does is done once, whatever came in which
order.
"""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...control_room import Sandbox
from ...stack import Stack, passing_stack
from ..killing import LATER, SOON, Killer
from ..saying import say
from .accounts import Books
from .customers import customers_of
from .plans import Plan, plan_of
from .sending import Sending
from .verdict import judge

WEB_WORKERS = 2
PROGRESS_SECONDS = 5
# How long it may take at most: what a killed worker had begun waits for its lease to end, more than once perhaps.
SECONDS, SECONDS_EACH = 400, 0.1
# Processes are killed until so many of the events have come to an end; then it has to become quiet.
KILLED_UNTIL = 0.6


def run(count: int, killed: Sequence[str], seed: int) -> dict[str, Any]:
    began = time.monotonic()
    say(f"{count} webhooks, seed {seed}")
    with passing_stack(is_durable=True, is_quiet=True, WEB_CONCURRENCY=str(WEB_WORKERS)) as stack:
        customers = customers_of(stack, count)
        candidates = [it for customer in customers for it in customer.candidates()]
        ready = time.monotonic()
        say(f"{len(candidates)} applications of {len(customers)} companies are in Lever")
        plan = plan_of(candidates, count, random.Random(seed))
        told = survive(stack, plan, customers[0].lever, Killer(stack, killed, random.Random(seed)))
    told["seconds"]["set_up"] = round(ready - began, 1)
    return told


def survive(stack: Stack, plan: Plan, sandbox: Sandbox, killer: Killer) -> dict[str, Any]:
    books = Books(stack.variables["DATABASE_URL"])
    began = time.monotonic()
    deadline = began + SECONDS + SECONDS_EACH * len(plan.deliveries)
    with Sending(plan.deliveries, deadline) as sending:
        storm = Storm(plan, books, sending, killer)
        while storm.rages and time.monotonic() < deadline:
            killer.strike(SOON if sending.is_busy else LATER)
            storm.report()
    while not books.are_quiet() and time.monotonic() < deadline:
        time.sleep(PROGRESS_SECONDS)
        storm.report()
    quiet = time.monotonic()
    received = sandbox.ask("appcast/conversions")
    broken = judge(plan, sending.taken, sending.refused, books.facts(), received)
    return {
        "ok": not broken,
        "broken": broken,
        **counts(plan, sending, books, received),
        "kills": dict(killer.kills),
        "seconds": {"sending": round(sending.ended - began, 1), "until_quiet": round(quiet - began, 1)},
    }


def counts(plan: Plan, sending: Sending, books: Books, received: list[dict[str, Any]]) -> Mapping[str, Any]:
    facts = books.facts()
    return {
        "sent": len(plan.deliveries),
        "events": len(plan.moves),
        "repeated": len(plan.deliveries) - len(plan.moves),
        "sent_again": sending.failures,
        "acknowledged": len(sending.taken),
        "stored": len(facts.events),
        "ended": books.ended(),
        "conversions": len({it["event_id"] for it in received}),
        "conversions_repeated": sum(it["is_repeat"] for it in received),
    }


@dataclass(frozen=True, slots=True)
class Storm:
    plan: Plan
    books: Books
    sending: Sending
    killer: Killer

    @property
    def rages(self) -> bool:
        return self.sending.is_busy or self.books.ended() < KILLED_UNTIL * len(self.plan.moves)

    def report(self) -> None:
        say(
            f"{self.sending.done} of {len(self.plan.deliveries)} sent, "
            f"{self.books.ended()} of {len(self.plan.moves)} events ended, {self.killer.kills.total()} killed"
        )
