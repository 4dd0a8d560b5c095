"""What the ATS's own record of a candidacy tells, in the words of the webhook that would have told it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from integrations.models import Application
from integrations.services.conversions import SAME_WITHIN
from integrations.types import Deletion, EventKind, OpportunityRecord, StageMove


@dataclass(frozen=True, slots=True)
class Finding:
    """Like a stored event, without a delivery; `key` is the same however often it is found."""

    kind: EventKind
    key: str
    triggered_at: datetime
    received_at: datetime
    opportunity_external_id: str
    application_external_id: str = ""
    stage_external_id: str = ""
    archive_reason_external_id: str = ""


def of_arrival(application: Application, record: OpportunityRecord) -> Iterator[Finding]:
    if application.confirmed_at is None and application.external_id in record.application_external_ids:
        yield _finding(
            EventKind.APPLICATION_CREATED,
            record.external_id,
            record.created_at,
            application_external_id=application.external_id,
        )


def of_moves(record: OpportunityRecord, moves: Iterable[StageMove]) -> Iterator[Finding]:
    for move in moves:
        yield _finding(
            EventKind.STAGE_CHANGED, record.external_id, move.at, stage_external_id=move.stage_external_id
        )


def of_archive(record: OpportunityRecord) -> Iterator[Finding]:
    """A hire too: in the ATS it is a reason of the archive."""
    if record.archive_reason_external_id and record.archived_at:
        yield _finding(
            EventKind.ARCHIVED,
            record.external_id,
            record.archived_at,
            archive_reason_external_id=record.archive_reason_external_id,
        )


def of_deletion(deletion: Deletion) -> Finding:
    return _finding(EventKind.DELETED, deletion.external_id, deletion.at)


def untold(moves: Iterable[StageMove], told: Mapping[str, Sequence[datetime]]) -> list[StageMove]:
    """Moves for which no webhook came: `told` holds the webhooks' times by stage, and each tells the nearest move."""
    left, times = list(moves), {stage: list(its) for stage, its in told.items()}
    pairs = [(abs(at - move.at), at, move) for move in left for at in times.get(move.stage_external_id, [])]
    for apart, at, move in sorted(pairs, key=lambda it: it[:2]):
        if apart <= SAME_WITHIN and move in left and at in times[move.stage_external_id]:
            left.remove(move)
            times[move.stage_external_id].remove(at)
    return left


def nearest(moves: Iterable[StageMove], stage_external_id: str, at: datetime) -> StageMove | None:
    """The one of which a webhook of that time tells."""
    near = (
        it for it in moves if it.stage_external_id == stage_external_id and abs(it.at - at) <= SAME_WITHIN
    )
    return min(near, key=lambda it: abs(it.at - at), default=None)


def move_key(move: StageMove) -> str:
    """As long as the key of a stored event."""
    return _hash(move.stage_external_id, move.at)


def _finding(kind: EventKind, candidacy: str, at: datetime, **facts: str) -> Finding:
    return Finding(
        kind,
        key=_hash(facts.get("stage_external_id", kind), at),
        triggered_at=at,
        received_at=datetime.now(UTC),
        opportunity_external_id=candidacy,
        **facts,
    )


def _hash(what: str, at: datetime) -> str:
    return hashlib.sha256(f"{what} {at.isoformat()}".encode()).hexdigest()
