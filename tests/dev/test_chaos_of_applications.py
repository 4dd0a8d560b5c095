"""`ONLY=applications make chaos`: a small run of its own, and what its verdict makes of every kind of loss."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from dev.chaos.applications.accounts import Arrived, Delivery, judge

COUNT = 40


@pytest.mark.timeout(300)
def test_every_application_survives_lost_answers_and_a_kill() -> None:
    own = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}  # not the servers of this run
    own |= {"ONLY": "applications", "COUNT": str(COUNT)}
    run = subprocess.run([sys.executable, "-m", "dev", "chaos"], capture_output=True, text=True, env=own)
    assert run.stdout, run.stderr[-3000:]
    told = json.loads(run.stdout.splitlines()[-1])
    assert (run.returncode, told["ok"]) == (0, True), run.stdout[-3000:]
    assert told["accepted"] == COUNT == told["delivered"] + told.get("held", 0)
    assert told["kills"]["deliveries"] > 0


@dataclass
class World:
    """Two companies, of which one lets the portal look. All went well, until a test spoils it."""

    deliveries: list[Delivery] = field(
        default_factory=lambda: [
            Delivery("open", "delivered", "", "a"),
            Delivery("closed", "delivered", "", "b"),
            Delivery("closed", "held", "delivery.unconfirmed", ""),
        ]
    )
    there: list[Arrived] = field(
        default_factory=lambda: [
            Arrived("open", "a@mail.example", "a"),
            Arrived("closed", "b@mail.example", "b"),
            Arrived("closed", "c@mail.example", "c"),  # whose answer was lost
        ]
    )

    def verdict(self) -> dict[str, int]:
        return judge(3, self.deliveries, self.there, {"open"})


def lose_one(world: World) -> None:
    world.deliveries.pop()
    world.there.pop()


def leave_one_unfinished(world: World) -> None:
    world.deliveries[0] = replace(world.deliveries[0], status="unknown", external_id="")
    world.there.pop(0)


def send_one_twice(world: World) -> None:
    world.there[2] = replace(world.there[1], external_id="d")


def say_delivered_of_what_never_came(world: World) -> None:
    world.there.pop(0)


def say_two_are_one(world: World) -> None:
    world.deliveries.append(world.deliveries[1])
    world.deliveries.pop(0)
    world.there.pop(0)


def know_nothing_of_one(world: World) -> None:
    world.there.append(Arrived("open", "e@mail.example", "e"))


def hold_where_one_may_look(world: World) -> None:
    world.deliveries[0] = Delivery("open", "held", "delivery.unconfirmed", "")
    world.there.pop(0)


def hold_without_a_reason(world: World) -> None:
    world.deliveries[2] = replace(world.deliveries[2], error_code="")


SPOILED: dict[Callable[[World], None], set[str]] = {
    lose_one: {"lost"},
    leave_one_unfinished: {"not_ended"},
    send_one_twice: {"doubled"},
    say_delivered_of_what_never_came: {"delivered_but_not_there"},
    say_two_are_one: {"delivered_but_not_there"},
    know_nothing_of_one: {"there_but_not_known"},
    hold_where_one_may_look: {"held_where_one_may_look"},
    hold_without_a_reason: {"without_a_reason"},
}


def test_nothing_is_broken_when_all_went_well() -> None:
    assert World().verdict() == {}


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda it: it.__name__)
def test_each_loss_and_each_double_is_found(spoil: Callable[[World], None]) -> None:
    world = World()
    spoil(world)
    assert world.verdict().keys() == SPOILED[spoil]
