"""`ONLY=faults make chaos`: what its verdict makes of each promise that is broken, and how it counts time."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from dev.chaos import STORMS
from dev.chaos.faults import acts, catalogue, hits_at, storm, thresholds
from dev.chaos.faults.books import Moved, Row
from dev.chaos.faults.hits import Hit, Span
from dev.chaos.faults.storm import WITHIN, Storm
from dev.chaos.faults.table import as_json, lines
from dev.chaos.faults.verdict import judge
from dev.processes import StackError
from integrations.models import ArchiveReasonReading
from onboarding.health import pulses
from onboarding.problems import KINDS

KEYS = [f"company-{number}" for number in range(STORMS["faults"].fewest)]
QUEUES = acts.queues_of(acts.WORKERS)
DAILY = ArchiveReasonReading._meta.db_table


def gone_well(hit: Hit) -> Hit:
    """Found with the last look that is in time."""
    within = WITHIN[hit.fault.code].total_seconds()
    for key in hit.keys:
        hit.who[key], hit.found[key] = hit.fault.who, Span(within, 60)
        hit.resolved[key] = Span(0, 60)
    return hit


@dataclass
class Aftermath:
    """All went well, until a test spoils it."""

    hits: list[Hit] = field(default_factory=lambda: [gone_well(it) for it in hits_at(KEYS, QUEUES)])
    incidents: dict[str, int] = field(default_factory=lambda: {"feed.unanswered": 6})
    unseen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = [
            Row(key, hit.fault.code, "", is_open=False, is_by_itself=True, returns=0)
            for hit in self.hits
            for key in hit.keys
            if hit.fault.code != catalogue.STILL
        ]

    def verdict(self) -> dict[str, list[str]]:
        return judge(self.hits, self.rows, WITHIN, self.incidents, self.unseen)


def overlook_one(it: Aftermath) -> None:
    it.hits[1].found.popitem()


def look_too_late(it: Aftermath) -> None:
    it.hits[1].found[it.hits[1].keys[0]] = Span(3600, 80)


def move_too_much_time(it: Aftermath) -> None:
    it.hits[1].found[it.hits[1].keys[0]] = Span(3700, 1)


def ask_somebody_else(it: Aftermath) -> None:
    it.hits[1].who[it.hits[1].keys[0]] = "staff"


def tell_of_five_instead_of_six(it: Aftermath) -> None:
    it.incidents["feed.unanswered"] = 5


def leave_one(it: Aftermath) -> None:
    it.hits[1].resolved.popitem()


def blame_a_bystander(it: Aftermath) -> None:
    it.rows.append(replace(it.rows[0], tenant=KEYS[-1]))


def call_another_queue_still(it: Aftermath) -> None:
    it.hits[-1].others.add("sweep")


def call_it_something_else(it: Aftermath) -> None:
    it.rows[0] = replace(it.rows[0], code="feed.late")


def leave_a_row_open(it: Aftermath) -> None:
    it.rows[0] = replace(it.rows[0], is_open=True)


def resolve_by_hand(it: Aftermath) -> None:
    it.rows[0] = replace(it.rows[0], is_by_itself=False)


def come_back(it: Aftermath) -> None:
    it.rows[0] = replace(it.rows[0], returns=1)


def come_twice(it: Aftermath) -> None:
    it.rows.append(it.rows[0])


def look_at_all_but_one(it: Aftermath) -> None:
    it.unseen.append(KEYS[0])


SPOILED: dict[Callable[[Aftermath], None], set[str]] = {
    overlook_one: {"not_found"},
    look_too_late: {"too_late"},
    move_too_much_time: {"too_late"},
    ask_somebody_else: {"another_actor"},
    tell_of_five_instead_of_six: {"no_incident"},
    leave_one: {"not_resolved"},
    blame_a_bystander: {"false_alarms"},
    call_another_queue_still: {"false_alarms"},
    call_it_something_else: {"false_alarms"},
    leave_a_row_open: {"open_in_the_end"},
    resolve_by_hand: {"resolved_by_hand"},
    come_back: {"flapped"},
    come_twice: {"flapped"},
    look_at_all_but_one: {"not_looked_at"},
}


def test_nothing_is_broken_when_all_went_well() -> None:
    assert Aftermath().verdict() == {}


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda it: it.__name__)
def test_each_broken_promise_is_found(spoil: Callable[[Aftermath], None]) -> None:
    it = Aftermath()
    spoil(it)
    assert it.verdict().keys() == SPOILED[spoil]


def test_each_company_has_one_fault_and_some_have_none() -> None:
    hits = hits_at(KEYS, QUEUES)
    befallen = [key for hit in hits if hit.fault.code != catalogue.STILL for key in hit.keys]
    assert len(hits) == 12
    assert len(set(befallen)) == len(befallen) < len(KEYS)


def test_every_fault_has_the_code_and_the_actor_of_the_catalogue() -> None:
    told = {it.code: it.who for it in catalogue.ALL if it.code != catalogue.STILL}
    assert told == {code: KINDS[code].actor for code in told}


def test_the_thresholds_are_those_of_the_catalogue() -> None:
    assert thresholds.written() == {code: kind.within for code, kind in KINDS.items()}
    assert WITHIN[catalogue.STILL] == pulses.STILL_AFTER


def test_what_was_moved_is_told_apart_from_what_was_waited() -> None:
    hits = Aftermath().hits
    hits[1].found = dict.fromkeys(hits[1].keys, Span(3540, 60))
    _, _, revoked, *_ = lines(hits, WITHIN)
    assert re.split("  +", revoked) == [
        *("revoked grant", "2 companies", "connection.stopped", "customer"),
        *("60 min", "moved 59 min + 60 s", "60 s"),
    ]
    assert as_json(hits, WITHIN)["revoked grant"]["found_after"] == {"moved": 3540, "waited": 60}


def test_what_is_moved_to_the_threshold_measures_only_what_comes_then() -> None:
    _, mail, revoked, *_ = lines(Aftermath().hits, WITHIN)
    assert "the next look  60 s  " in mail
    assert "at the threshold + 60 s  60 s" in re.sub("  +", "  ", revoked)


def test_time_is_counted_from_what_was_moved_at_first_and_at_each_look() -> None:
    desk = SimpleNamespace(problems=lambda _: {"feed.failed": "customer"})
    world: Any = SimpleNamespace(desk=desk)
    gone = next(it for it in catalogue.ALL if it.code == "feed.failed")
    fault = replace(gone, inject=lambda *_: Moved(a=3600), meanwhile=lambda *_: Moved(a=60))
    hit = Hit(fault, ["a"])
    hit.inject(world)
    hit.look_for(world, {("a", "feed.failed")})
    assert hit.found["a"].moved == 3660


def test_a_threshold_is_read_as_it_is_written() -> None:
    words = {"the next look": timedelta(), "1 hour": timedelta(hours=1), "5 days": timedelta(days=5)}
    assert {it: thresholds.length_of(it) for it in words} == words


def calm(monkeypatch: pytest.MonkeyPatch, **books: Any) -> Storm:
    """One without faults, that waits for nothing; `books` is what is said in between."""
    monkeypatch.setattr(storm, "WAVE_SECONDS", 0)
    said = {"open": set, "now": lambda: None, "problems": list, "forward": lambda *_: Moved(), **books}
    desk = SimpleNamespace(incidents=dict)
    world: Any = SimpleNamespace(books=SimpleNamespace(**said), desk=desk)
    return Storm(world, [], KEYS)


def test_whoever_is_not_looked_at_again_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    it = calm(monkeypatch, have_read=lambda: True, unseen=lambda _: KEYS[:1])
    assert it.survive()["broken"] == {"not_looked_at": KEYS[:1]}


def test_no_fault_is_injected_while_readings_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StackError):
        calm(monkeypatch, have_read=lambda: False, unseen=lambda _: []).survive()


def test_a_queue_that_was_not_stopped_is_not_told_of_as_one_that_was() -> None:
    hit = Hit(replace(catalogue.WORKERS, inject=acts.nothing), ["feeds"])
    world: Any = SimpleNamespace(
        desk=SimpleNamespace(still=lambda: {"feeds": "engineer", "sweep": "engineer"})
    )
    hit.inject(world)
    hit.look_for(world, set())
    assert (set(hit.found), hit.others) == ({"feeds"}, {"sweep"})


@pytest.mark.django_db
def test_only_the_queues_of_what_is_stopped_are_still() -> None:
    for queue in settings.WORKER_QUEUES:
        pulses.note(queue)
    world: Any = SimpleNamespace(
        books=SimpleNamespace(ask=lambda statement, **values: connection.cursor().execute(statement, values)),
        stack=SimpleNamespace(processes={"events": SimpleNamespace(stop=lambda: None)}),
    )
    queues = acts.queues_of(["events"])
    acts.stop_workers(world, queues)
    assert {it.queue for it in pulses.still()} == set(queues)


def test_a_permission_is_dropped_that_shows_in_a_day_alone() -> None:
    ordered: list[Any] = []
    world: Any = SimpleNamespace(
        lever=lambda key: SimpleNamespace(account=lambda *asked: ordered.append((key, *asked))),
        books=SimpleNamespace(forward=lambda table, column, keys: Moved(dict.fromkeys(keys, table == DAILY))),
    )
    [fault] = [it for it in catalogue.ALL if it.code == "connection.scopes_refused"]
    moved = fault.inject(world, KEYS[:1])
    reduced = {"kind": "reduced_scopes", "path_prefix": "/v1/archive_reasons"}
    assert (ordered, moved) == ([(KEYS[0], "/faults", reduced)], {KEYS[0]: 1})
