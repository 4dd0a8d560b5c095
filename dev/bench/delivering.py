"""Applications into Lever: against what Lever allows and what the same calls take, and beside a crowd of one tenant."""

import tempfile
import time
from pathlib import Path

from ..control_room import wait
from ..crowd import Crowd
from ..stack import passing_stack
from .rounds import Rounds, Row, take_turns

ALLOWED_A_SECOND = 2
MANY = 1000
# Of each member in a round, and of how many members.
ROUNDS = {1: 16, 100: 7, MANY: 1}
BARE = 400
QUIET_TENANTS, QUIET_EACH = 20, 6
NOISY = 10_000
WORKERS = "one deliveries worker of the Procfile"


def rows() -> list[Row]:
    with passing_stack(is_durable=True, is_quiet=True) as stack, tempfile.TemporaryDirectory() as folder:
        crowd = Crowd(stack, Path(folder), MANY)
        crowd.apply(crowd.members, 0)
        caps = [_cap(crowd, count, each) for count, each in ROUNDS.items()]
        return [*caps, _beside_a_crowd(crowd)]


def _cap(crowd: Crowd, count: int, each: int) -> Row:
    members = crowd.members[:count]

    def ours() -> float:
        crowd.apply(members, each)
        wave = crowd.let_go(members)
        wait(lambda: crowd.are_delivered(wave), "the deliveries")
        return crowd.rate(wave)

    def bare() -> float:
        began = time.monotonic()
        crowd.bare(crowd.members, BARE)
        return BARE / (time.monotonic() - began)

    before = crowd.refusals()
    rounds = take_turns({"bare": bare, "delivery": ours})
    refused = crowd.refusals() - before
    return rounds.row(
        f"delivery/cap@{count}",
        lambda it: it["delivery"] / min(ALLOWED_A_SECOND * count, it["bare"]),
        f"of the lower of 2 a second each and a bare loop; {refused} times too fast; {WORKERS}",
    )


def _beside_a_crowd(crowd: Crowd) -> Row:
    noisy, quiet = crowd.members[:1], crowd.members[1 : QUIET_TENANTS + 1]

    def p95() -> float:
        crowd.apply(quiet, QUIET_EACH)
        wave = crowd.let_go(quiet)
        wait(lambda: crowd.are_delivered(wave), "the others' deliveries")
        return crowd.p95(wave)

    alone = take_turns({"alone": p95})
    crowd.apply(noisy, NOISY)
    crowd.let_go(noisy)
    beside = take_turns({"beside": p95})
    pairs = [{**a, **b} for a, b in zip(alone.each, beside.each, strict=True)]
    about = f"times as long a p95 wait of {QUIET_TENANTS} tenants beside one with {NOISY} waiting; {WORKERS}"
    return Rounds(pairs, alone.is_noisy or beside.is_noisy).row(
        "noisy-neighbour-cost", lambda it: it["beside"] / it["alone"], about
    )
