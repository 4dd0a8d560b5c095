"""Which of the invariants are broken, and how often."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .accounts import Facts
from .plans import Move, Plan

Told = tuple[str, str, str, str]


def judge(
    plan: Plan,
    taken: set[str],
    refused: Mapping[int, int],
    facts: Facts,
    received: Iterable[Mapping[str, Any]],
) -> dict[str, int]:
    """Empty when every webhook that was acknowledged is accounted for, and nothing else happened."""
    planned = {move.key for move in plan.moves}
    stored = Counter(event.key for event in facts.events)
    due = Counter(told for move in plan.moves if move.key in stored for told in told_of(move, facts))
    heard = Counter(heard_of(plan, received))
    last = plan.last_stages()
    found = {
        "not_acknowledged": len(planned - taken),
        "refused": sum(refused.values()),
        "acknowledged_but_not_stored": len(taken - stored.keys()),
        "stored_but_never_sent": len(stored.keys() - planned),
        "stored_twice": (stored - Counter(stored.keys())).total(),
        "not_processed": sum(event.status != "processed" for event in facts.events),
        "conversions_missing": (due - heard).total(),
        "conversions_too_many": (heard - due).total(),
        "in_the_wrong_stage": sum(facts.stages.get(it) != stage for it, stage in last.items()),
    }
    return {name: count for name, count in found.items() if count}


def told_of(move: Move, facts: Facts) -> list[Told]:
    application = move.candidate.application_id
    name = facts.reported.get((application, move.stage))
    at = datetime.fromtimestamp(move.at / 1000, UTC).isoformat(timespec="milliseconds")
    return [(application, name, move.stage, at.replace("+00:00", "Z"))] if name else []


def heard_of(plan: Plan, received: Iterable[Mapping[str, Any]]) -> list[Told]:
    """Of the candidates' moves; an event that came again under its own id is one, as the contract has it."""
    applications = {move.candidate.application_id for move in plan.moves}
    once = {it["event_id"]: it for it in received if it["application_id"] in applications}
    return [
        (it["application_id"], it["event"], it["raw_stage_id"], it["occurred_at"])
        for it in once.values()
        if it.get("raw_stage_id")
    ]
