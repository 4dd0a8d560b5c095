"""`make chaos`: a small run of its own, and what its verdict makes of every kind of loss."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from dev import chaos
from dev.chaos import STORMS, count_asked, killed_as_asked, seed_asked, storm_asked
from dev.chaos.webhooks.accounts import Event, Facts
from dev.chaos.webhooks.customers import Candidate
from dev.chaos.webhooks.plans import Delivery, Plan, plan_of
from dev.chaos.webhooks.sending import Sending
from dev.chaos.webhooks.verdict import judge, told_of
from dev.ports import HOST, free_port
from dev.processes import StackError
from tenants.models import Tenant
from tests.factories import SigningSecretFactory, WebhookEndpointFactory
from tests.webhooks import rows
from tests.webhooks.lever import SECRET, post

COUNT = 150
STAGES = ("applicant-new", "talk", "silent")
CANDIDATES = [
    Candidate(f"a-{it}", f"o-{it}", STAGES, "http://127.0.0.1/webhooks/lever/x", SECRET) for it in "12"
]


@pytest.mark.timeout(300)
def test_what_was_acknowledged_survives_a_kill() -> None:
    own = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}  # not the servers of this run
    own |= {"COUNT": str(COUNT), "KILLED": "web"}  # what a worker had begun would wait for its lease
    run = subprocess.run([sys.executable, "-m", "dev", "chaos"], capture_output=True, text=True, env=own)
    assert run.stdout, run.stderr[-3000:]
    told = json.loads(run.stdout.splitlines()[-1])
    assert (run.returncode, told["ok"]) == (0, True), run.stdout[-3000:]
    assert (told["sent"], told["events"], told["acknowledged"]) == (COUNT, COUNT * 0.9, COUNT * 0.9)
    assert told["stored"] == told["ended"] == told["events"]
    assert min(sum(told["kills"].values()), told["conversions"]) > 0


@dataclass
class World:
    """All went well, until a test spoils it."""

    plan: Plan = field(default_factory=lambda: plan_of(CANDIDATES, 100, random.Random(1)))
    refused: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        reported = {(it.application_id, stage): "interview" for it in CANDIDATES for stage in STAGES[:2]}
        events = [Event(it.key, "processed", 0) for it in self.plan.moves]
        self.taken = {it.key for it in self.plan.moves}
        self.facts = Facts(events, self.plan.last_stages(), reported)
        told = [it for move in self.plan.moves for it in told_of(move, self.facts)]
        names = ("event_id", "application_id", "event", "raw_stage_id", "occurred_at")
        self.received: list[dict[str, Any]] = [
            dict(zip(names, (number, *it), strict=True)) for number, it in enumerate(told)
        ]

    def verdict(self) -> dict[str, int]:
        return judge(self.plan, self.taken, self.refused, self.facts, self.received)


def lose_a_row(world: World) -> None:
    """With all that would have come of it."""
    lost = world.facts.events.pop().key
    [move] = [it for it in world.plan.moves if it.key == lost]
    told = told_of(move, world.facts)
    world.received = [it for it in world.received if [tuple(it.values())[1:]] != told]


def store_twice(world: World) -> None:
    world.facts.events.append(world.facts.events[0])


def store_what_nobody_sent(world: World) -> None:
    world.facts.events.append(Event("f" * 64, "processed", 0))


def leave_one_unfinished(world: World) -> None:
    world.facts.events[0] = replace(world.facts.events[0], status="received")


def quarantine_one(world: World) -> None:
    world.facts.events[0] = replace(world.facts.events[0], status="quarantined")


def lose_a_conversion(world: World) -> None:
    world.received.pop()


def double_a_conversion(world: World) -> None:
    world.received.append({**world.received[0], "event_id": "another"})


def change_a_conversion(world: World) -> None:
    world.received[0]["event"] = "hired"


def forget_the_last_stage(world: World) -> None:
    world.facts.stages["a-1"] = ""


def refuse_one(world: World) -> None:
    world.refused[401] = 1


def take_one_less(world: World) -> None:
    world.taken.pop()


SPOILED: dict[Callable[[World], None], set[str]] = {
    lose_a_row: {"acknowledged_but_not_stored"},
    store_twice: {"stored_twice"},
    store_what_nobody_sent: {"stored_but_never_sent"},
    leave_one_unfinished: {"not_processed"},
    quarantine_one: {"not_processed"},
    lose_a_conversion: {"conversions_missing"},
    double_a_conversion: {"conversions_too_many"},
    change_a_conversion: {"conversions_missing", "conversions_too_many"},
    forget_the_last_stage: {"in_the_wrong_stage"},
    refuse_one: {"refused"},
    take_one_less: {"not_acknowledged"},
}


def test_nothing_is_broken_when_all_went_well() -> None:
    assert World().verdict() == {}


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda it: it.__name__)
def test_each_loss_and_each_double_is_found(spoil: Callable[[World], None]) -> None:
    world = World()
    spoil(world)
    assert world.verdict().keys() == SPOILED[spoil]


def test_a_conversion_that_comes_again_under_its_own_id_is_one() -> None:
    """The contract with Appcast is at least once."""
    world = World()
    world.received.append(world.received[0])
    assert world.verdict() == {}


def test_a_tenth_is_sent_twice_and_the_order_makes_no_sense() -> None:
    plan = World().plan
    assert (len(plan.moves), len(plan.deliveries), len({it.key for it in plan.deliveries})) == (90, 100, 90)
    assert [it.key for it in plan.deliveries[:90]] != [it.key for it in plan.moves]
    assert len({(it.candidate.application_id, it.at) for it in plan.moves}) < 90  # some share a millisecond


def test_what_is_sent_is_what_the_portal_believes_and_knows_by_the_same_key(northwind: Tenant) -> None:
    endpoint = WebhookEndpointFactory.create(tenant=northwind, event_kind="stage_changed")
    SigningSecretFactory.create(tenant=northwind, endpoint=endpoint, secret=SECRET)
    [delivery, *_] = World().plan.deliveries
    assert post(endpoint, delivery.body).status_code == 200
    assert (rows.event().key, rows.event().status) == (delivery.key, "received")


def test_the_last_line_is_json_when_the_run_is_broken_off(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken_off(*_: object) -> Any:
        raise SystemExit(143)

    monkeypatch.setitem(STORMS, "webhooks", replace(STORMS["webhooks"], run=broken_off))
    monkeypatch.setattr(chaos, "VAR", tmp_path)
    with pytest.raises(SystemExit):
        chaos.main()
    assert json.loads(capsys.readouterr().out) == {"ok": False}
    assert json.loads((tmp_path / "chaos.json").read_text()) == {"ok": False}


def test_senders_stop_when_the_run_is_broken_off() -> None:
    deliveries = [Delivery(f"http://{HOST}:{free_port()}/nobody", str(it), b"{}") for it in range(500)]
    began = time.monotonic()
    with pytest.raises(SystemExit), Sending(deliveries, began + 600) as sending:
        raise SystemExit
    assert time.monotonic() - began < 30
    assert (sending.is_busy, sending.taken) == (False, set())


def test_a_storm_that_is_none_is_refused_with_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLY", "weather")
    with pytest.raises(StackError, match="ONLY is 'weather'; give webhooks or applications"):
        storm_asked()


@pytest.mark.parametrize("text", ["many", "-1", "1"])
def test_a_count_that_is_none_is_refused_with_what_came(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNT", text)
    with pytest.raises(StackError, match=f"COUNT is '{text}'"):
        count_asked(STORMS["webhooks"])


def test_the_seed_of_an_earlier_run_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEED", "42")
    assert seed_asked() == 42
    monkeypatch.delenv("SEED")
    assert seed_asked() != seed_asked()
    monkeypatch.setenv("SEED", "luck")
    with pytest.raises(StackError, match="SEED is 'luck'"):
        seed_asked()


def test_only_what_chaos_started_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILLED", "web,postgres")
    with pytest.raises(
        StackError, match="KILLED is 'web,postgres'; give web or events or deliveries or worker"
    ):
        killed_as_asked(STORMS["webhooks"])
