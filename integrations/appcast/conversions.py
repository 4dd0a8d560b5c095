"""What happened to applications, as the body of a conversions request (contract, section 4).

Nothing of a person is in it: neither name, e-mail, note nor answer.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

MOST_EVENTS = 25


class ConversionName(StrEnum):
    APPLY_COMPLETE = "apply_complete"
    APPLICATION_RECEIVED = "application_received"
    REVIEWED = "reviewed"
    CONTACTED = "contacted"
    ASSESSMENT = "assessment"
    INTERVIEW = "interview"
    OFFER = "offer"
    BACKGROUND_CHECK = "background_check"
    HIRED = "hired"
    REJECTED = "rejected"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ConversionEvent:
    """One happening. Times are aware; `sequence` counts within the application.

    `raw_status`, `raw_stage_id`, `click_id` and `opportunity_external_id` are empty where there is none.
    """

    event_id: UUID
    name: ConversionName
    occurred_at: datetime
    received_at: datetime
    sequence: int
    client_id: str
    ent_id: str
    job_reference: str
    application_id: UUID
    ats_name: str
    opportunity_external_id: str = ""
    click_id: str = ""
    raw_status: str = ""
    raw_stage_id: str = ""
    is_test: bool = False


def batch_body(events: Sequence[ConversionEvent]) -> bytes:
    """The request's body, oldest event first. ValueError unless there are 1 to MOST_EVENTS."""
    if not 1 <= len(events) <= MOST_EVENTS:
        raise ValueError(f"A request carries 1 to {MOST_EVENTS} events, not {len(events)}.")
    ordered = sorted(events, key=lambda event: (event.occurred_at, event.sequence))
    body = {"events": [_wire(event) for event in ordered]}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _wire(event: ConversionEvent) -> dict[str, object]:
    return {
        "event_id": str(event.event_id),
        "event": event.name.value,
        "raw_status": event.raw_status,
        "raw_stage_id": event.raw_stage_id,
        "occurred_at": _moment(event.occurred_at),
        "received_at": _moment(event.received_at),
        "sequence": event.sequence,
        "test": event.is_test,
        "tenant": {"client_id": event.client_id, "ent_id": event.ent_id},
        "job_reference": event.job_reference,
        "application_id": str(event.application_id),
        "click_id": event.click_id or None,
        "ats": {"name": event.ats_name, "opportunity_hash": _hash(event.opportunity_external_id)},
    }


def _moment(at: datetime) -> str:
    """To the millisecond, as Lever counts: `2026-01-31T12:00:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _hash(external_id: str) -> str | None:
    return hashlib.sha256(external_id.encode()).hexdigest() if external_id else None
