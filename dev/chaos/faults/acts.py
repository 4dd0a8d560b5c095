"""What is done to some companies at once. Each says for whom it moved time, and by how many seconds."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from ...journeys import REHEARSAL
from ...stack import procfile, wait_until_ready
from . import thresholds
from .books import Moved
from .world import World

Act = Callable[[World, Sequence[str]], Moved]
SILENT_FOR = thresholds.written()["webhooks.silent"]
AN_HOUR, TRIED_AGAIN_AFTER, STILL_AFTER = timedelta(hours=1), timedelta(minutes=15), timedelta(minutes=10)
WORKERS = ("events", "deliveries", "worker")
QUEUES = re.compile(r"--queues (\S+)")
WAITS_FOR_RECEIVER = (
    "it.status = 'ready' AND it.error_code <> '' AND it.received_at > now() - interval '1 hour'"
)
# Every eight hours for eight weeks, the last of them now.
HISTORY = """
    INSERT INTO webhooks_webhookevent
    SELECT (jsonb_populate_record(NULL::webhooks_webhookevent, to_jsonb(it) || jsonb_build_object(
        'id', gen_random_uuid(), 'key', md5(random()::text), 'received_at', at, 'triggered_at', at))).*
    FROM (SELECT DISTINCT ON (event.tenant_id) event.* FROM webhooks_webhookevent event
          JOIN tenants_tenant tenant ON tenant.id = event.tenant_id
          WHERE tenant.slug = ANY(%(tenants)s) AND event.kind = 'stage_changed') it,
         generate_series(now(), now() - interval '8 weeks', interval '-8 hours') at
"""
LATER = """
    UPDATE onboarding_pulse SET at = at - %(by)s, first_at = first_at - %(by)s WHERE queue = ANY(%(queues)s)
"""
ENDPOINT = """
    SELECT it.id FROM webhooks_webhookendpoint it JOIN tenants_tenant tenant ON tenant.id = it.tenant_id
    WHERE tenant.slug = %(tenant)s AND it.event_kind = 'stage_changed'
"""
STAGE_CHANGE, REMOVED = "candidateStageChange", "Background check"


def nothing(_: World, __: Sequence[str]) -> Moved:
    return Moved()


def then(*acts: Act) -> Act:
    def do(world: World, keys: Sequence[str]) -> Moved:
        return sum((act(world, keys) for act in acts), Moved())

    return do


def each(do: Callable[[World, str], object]) -> Act:
    def do_all(world: World, keys: Sequence[str]) -> Moved:
        for key in keys:
            do(world, key)
        return Moved()

    return do_all


def forward(table: str, column: str = "next_attempt_at") -> Act:
    return lambda world, keys: world.books.forward(table, column, keys)


def order(kind: str, **fields: Any) -> Act:
    return each(lambda world, key: world.lever(key).account("/faults", {"kind": kind, **fields}))


def call_off(kind: str) -> Act:
    return order(kind, on=False)


def order_for_all(path: str, kind: str, **fields: Any) -> Act:
    def do(world: World, _: Sequence[str]) -> Moved:
        world.sandbox.ask(path, {"kind": kind, **fields})
        return Moved()

    return do


def ask(path: str, **body: Any) -> Act:
    """Of the company's account in Lever."""
    return each(lambda world, key: world.lever(key).account(path, body))


@each
def move_a_candidate(world: World, key: str) -> None:
    account = world.lever(key)
    told = account.account()
    real = next(it for it in told["opportunities"] if it["name"] != REHEARSAL)
    stage = next(it for it in told["stages"] if it["pipeline"] == "onsite" and it["id"] != real["stage"])
    account.account(f"/candidates/{real['id']}/move", {"stage": stage["id"]})


def question(*, is_asked: bool) -> Act:
    """One that Appcast Apply cannot ask, in the form of one job."""

    def change(world: World, key: str) -> None:
        posting = next(it for it in world.lever(key).account()["postings"] if it["is_public"])
        world.lever(key).account(f"/postings/{posting['id']}/form", {"add_unsupported": is_asked})

    return each(change)


@each
def authorize(world: World, key: str) -> None:
    world.customer(key).authorize()


@each
def paste_token(world: World, key: str) -> None:
    [(endpoint,)] = world.books.ask(ENDPOINT, tenant=key)
    hooks = {it["event"]: it for it in world.lever(key).account()["webhooks"]}
    world.customer(key).paste_token(endpoint, hooks[STAGE_CHANGE]["signatureToken"])


@each
def approve(world: World, key: str) -> None:
    world.staff.approve(f"Company {key}")


def leave_a_history(world: World, keys: Sequence[str]) -> Moved:
    world.books.ask(HISTORY, tenants=list(keys))
    return Moved()


def fall_silent(world: World, keys: Sequence[str]) -> Moved:
    """As long as the threshold allows."""
    return world.books.back(
        "webhooks_webhookevent", ["received_at"], SILENT_FOR, keys, "it.kind = 'stage_changed'"
    )


def wait_for_receiver(world: World, keys: Sequence[str]) -> Moved:
    return world.books.back("integrations_conversion", ["received_at"], AN_HOUR, keys, WAITS_FOR_RECEIVER)


def try_mail_again(world: World, keys: Sequence[str]) -> Moved:
    return world.books.back(
        "onboarding_notice", ["failed_at", "next_at"], TRIED_AGAIN_AFTER, keys, "it.failed_at IS NOT NULL"
    )


def queues_of(names: Sequence[str]) -> list[str]:
    commands = [" ".join(procfile()[name]) for name in names]
    return [queue for it in commands for queue in QUEUES.findall(it)[0].split(",")]


def stop_workers(world: World, queues: Sequence[str]) -> Moved:
    """Those of the queues, and that for so long that they count as stopped."""
    for name in _workers_of(queues):
        world.stack.processes[name].stop()
    world.books.ask(LATER, by=STILL_AFTER, queues=list(queues))
    return Moved(dict.fromkeys(queues, round(STILL_AFTER.total_seconds())))


def start_workers(world: World, queues: Sequence[str]) -> Moved:
    names = _workers_of(queues)
    for name in names:
        world.stack.start(name)
    for name in names:
        wait_until_ready(world.stack, name)
    return Moved()


def _workers_of(queues: Sequence[str]) -> list[str]:
    return [it for it in WORKERS if set(queues_of([it])) <= set(queues)]
