"""Thousands of applications while answers are lost and the worker is killed, and afterwards every one accounted for.

Each is in Lever once at most, and in the portal delivered, held or rejected with a reason. Half of the companies let
the portal look for what it sent: of theirs none is held.
"""

import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any

from ...control_room import Sandbox
from ...crowd import SCOPES, Crowd
from ...stack import Stack, passing_stack
from ..killing import Gap, Killer
from ..saying import say
from .accounts import Books, arrived, figures, judge

MOST_COMPANIES = 300
LOOKING = f"{SCOPES} opportunities:read:admin applications:read:admin"
# Of what writes, by chance.
FAULTS = {"lose_answer": 0.05, "reset": 0.05, "act_then_500": 0.02}
# Every few seconds at first; then so seldom that what was interrupted is taken up again before the next time.
OFTEN: Gap = (4.0, 8.0)
SELDOM: Gap = (25.0, 35.0)
# One in eight is not known to have arrived, and looked for, which takes longer.
OFTEN_UNTIL, SELDOM_UNTIL = 0.5, 0.85
# Of fewer there is no percentile of how long they wait.
FEWEST_TIMED = 500
PROGRESS_SECONDS = 5
SECONDS, SECONDS_EACH = 600, 0.15


def run(count: int, killed: Sequence[str], seed: int) -> dict[str, Any]:
    began = time.monotonic()
    say(f"{count} applications, seed {seed}")
    with passing_stack(is_durable=True, is_quiet=True) as stack, tempfile.TemporaryDirectory() as folder:
        crowds = _crowds(stack, Path(folder), count)
        ready = time.monotonic()
        say(f"{count} applications of {sum(len(it.members) for it in crowds)} companies are accepted")
        told = Storm(stack, crowds, count).survive(killed, random.Random(seed))
    told["seconds"]["set_up"] = round(ready - began, 1)
    return told


def _crowds(stack: Stack, folder: Path, count: int) -> list[Crowd]:
    """The first lets the portal look. Each company's share is the same, and all together make `count`."""
    half = min(MOST_COMPANIES, count) // 2
    crowds = [Crowd(stack, folder, half, "open", LOOKING), Crowd(stack, folder, half, "closed")]
    each, more = divmod(count, 2 * half)
    for crowd in crowds:
        crowd.apply(crowd.members, each)
        crowd.apply(crowd.members[:more], 1)
        more = max(more - half, 0)
    return crowds


class Storm:
    def __init__(self, stack: Stack, crowds: Sequence[Crowd], count: int) -> None:
        self._stack = stack
        self._looking, self._blind = crowds
        self._count = count
        self._books = Books(stack.variables["DATABASE_URL"])
        self._sandbox = Sandbox(stack.ports.sandbox_url, "")
        self._began = time.monotonic()
        self._deadline = self._began + SECONDS + SECONDS_EACH * count

    def survive(self, killed: Sequence[str], chance: random.Random) -> dict[str, Any]:
        killer = Killer(self._stack, killed, chance, self._books.note_interrupted)
        for kind, share in FAULTS.items():
            self._sandbox.ask("faults", {"kind": kind, "share": share, "path_prefix": "/v1/"})
        for crowd in (self._looking, self._blind):
            crowd.let_go(crowd.members)
        self._strike(killer, OFTEN, OFTEN_UNTIL)
        self._books.forget_interrupted()
        if self._count >= FEWEST_TIMED:
            self._strike(killer, SELDOM, SELDOM_UNTIL)
        for kind in FAULTS:
            self._sandbox.ask("faults", {"kind": kind, "on": False})
        self._wait_until_ended(killer)
        return self._told(killer)

    def _strike(self, killer: Killer, gap: Gap, until: float) -> None:
        while self._books.ended() < until * self._count and time.monotonic() < self._deadline:
            killer.strike(gap)
            self._report(killer)

    def _wait_until_ended(self, killer: Killer) -> None:
        while self._books.ended() < self._count and time.monotonic() < self._deadline:
            self._books.let_half_an_hour_pass()
            time.sleep(PROGRESS_SECONDS)
            self._report(killer)

    def _report(self, killer: Killer) -> None:
        say(f"{self._books.ended()} of {self._count} ended, {killer.kills.total()} killed")

    def _told(self, killer: Killer) -> dict[str, Any]:
        readable = {it["key"] for it in self._looking.members}
        companies = readable | {it["key"] for it in self._blind.members}
        deliveries, there = self._books.deliveries(), arrived(self._sandbox, sorted(companies))
        again = self._books.seconds_until_again()
        broken = judge(self._count, deliveries, there, readable)
        return {
            "ok": not broken,
            "broken": broken,
            "accepted": self._count,
            "in_lever": len(there),
            **figures(deliveries),
            "kills": dict(killer.kills),
            "interrupted": len(again),
            "seconds": {
                "until_ended": round(time.monotonic() - self._began, 1),
                "until_again_p99": round(quantiles(again, n=100)[-1], 1) if len(again) > 1 else None,
            },
        }
