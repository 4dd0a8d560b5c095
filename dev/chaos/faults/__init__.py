"""Twelve faults at some forty live companies, each told to Customer Success in time, and gone once it is mended.

The whole stack runs. Each fault is injected into the sandbox, or ends processes; what is told of it is asked where a
dashboard of Customer Success asks. Thresholds of hours are not slept through: rows are moved, which is told apart
from what was waited.
"""

import time
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from ...stack import passing_stack
from ..saying import say
from . import acts, catalogue
from .hits import Hit
from .storm import Storm
from .world import World, companies_of


def run(count: int, killed: Sequence[str], seed: int) -> dict[str, Any]:
    """What is `killed` is stopped once, and started again."""
    began = time.monotonic()
    say(f"{count} companies, seed {seed}")
    with passing_stack(is_quiet=True) as stack:
        keys = companies_of(stack, count, Random(seed))
        hits = hits_at(keys, acts.queues_of(killed))
        world = World(stack, [key for it in hits for key in it.keys[: it.fault.by_hand]])
        world.set_up(keys, asking=[key for it in hits if it.fault is catalogue.MAIL for key in it.keys])
        ready = time.monotonic()
        say(f"{count} companies are set up after {ready - began:.0f} s")
        told = Storm(world, hits, keys).survive()
    seconds = {"set_up": round(ready - began, 1), "faults": round(time.monotonic() - ready, 1)}
    return {**told, "companies": count, "seconds": seconds}


def hits_at(keys: Sequence[str], queues: Sequence[str]) -> list[Hit]:
    """A company has one fault at most; the first of them are those of the first fault."""
    left: Iterator[str] = iter(keys)
    return [
        Hit(it, queues if it is catalogue.WORKERS else [next(left) for _ in range(it.count)])
        for it in catalogue.ALL
    ]
