"""What a conversions request must look like; see section 4 of Appcast's contract."""

import re
import uuid
from datetime import datetime
from typing import Any

MAXIMUM = 25
NAMES = {
    "apply_complete",
    "application_received",
    "reviewed",
    "contacted",
    "assessment",
    "interview",
    "offer",
    "background_check",
    "hired",
    "rejected",
    "declined",
    "withdrawn",
}
REQUIRED = {
    "event_id",
    "event",
    "occurred_at",
    "received_at",
    "sequence",
    "test",
    "tenant",
    "job_reference",
    "application_id",
    "ats",
}
OPTIONAL = {"raw_status", "raw_stage_id", "click_id"}
SHA256 = re.compile(r"[0-9a-f]{64}")


def problems_of(body: Any) -> list[str]:
    """Empty when the request keeps the contract."""
    events = body.get("events") if isinstance(body, dict) else None
    if not isinstance(events, list) or set(body) != {"events"}:
        return ['The body must be {"events": [...]} and nothing else.']
    if not 1 <= len(events) <= MAXIMUM:
        return [f"A request carries 1 to {MAXIMUM} events, not {len(events)}."]
    problems = [
        f"events[{index}]: {problem}"
        for index, event in enumerate(events)
        for problem in problems_of_event(event)
    ]
    return problems or problems_of_order(events)


def problems_of_event(event: Any) -> list[str]:
    if not isinstance(event, dict):
        return ["must be an object."]
    missing, strange = REQUIRED - event.keys(), event.keys() - REQUIRED - OPTIONAL
    if missing or strange:
        # Whatever is not in the contract might be personal data: no other key is let in.
        return [f"missing keys {sorted(missing)}, keys that do not belong {sorted(strange)}."]
    checks = {
        "event": isinstance(event["event"], str) and event["event"] in NAMES,
        "event_id": is_uuid(event["event_id"]),
        # Only what came through Appcast is reported, so there always is one.
        "application_id": is_uuid(event["application_id"]),
        "occurred_at": is_time(event["occurred_at"]),
        "received_at": is_time(event["received_at"]),
        "sequence": type(event["sequence"]) is int,
        "test": type(event["test"]) is bool,
        "job_reference": isinstance(event["job_reference"], str),
        "tenant": is_tenant(event["tenant"]),
        "ats": is_ats(event["ats"]),
    }
    texts = {
        name: isinstance(event.get(name, ""), str | None)
        for name in ("raw_status", "raw_stage_id", "click_id")
    }
    return [
        f"{name} is {event.get(name)!r}, which the contract does not allow."
        for name, ok in (checks | texts).items()
        if not ok
    ]


def problems_of_order(events: list[dict[str, Any]]) -> list[str]:
    times = [datetime.fromisoformat(event["occurred_at"]) for event in events]
    return [] if times == sorted(times) else ["Events must come oldest first by occurred_at."]


def is_uuid(value: Any) -> bool:
    try:
        return str(uuid.UUID(value)) == str(value).lower()
    except (ValueError, AttributeError, TypeError):
        return False


def is_time(value: Any) -> bool:
    """ISO 8601 with a zone."""
    try:
        at: datetime = datetime.fromisoformat(value)
        return at.tzinfo is not None
    except (ValueError, TypeError):
        return False


def is_tenant(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"client_id", "ent_id"}
        and all(isinstance(it, str) for it in value.values())
    )


def is_ats(value: Any) -> bool:
    if (
        not isinstance(value, dict)
        or set(value) - {"name", "opportunity_hash"}
        or value.get("name") != "lever"
    ):
        return False
    hashed = value.get("opportunity_hash")
    return hashed is None or (isinstance(hashed, str) and SHA256.fullmatch(hashed) is not None)
