"""Lever's API objects (contract 3) as the values that every provider speaks."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from ..types import (
    Account,
    ArchiveReasonRecord,
    CreatedWebhook,
    Deletion,
    JsonObject,
    ListedPosting,
    OpportunityRecord,
    PostingState,
    StageMove,
    StageRecord,
    Visibility,
    WebhookRecord,
)
from .wire import EPOCH, as_list, as_object, ids, moment, number, objects, one_id, text

NOT_OPEN = {"closed", "draft", "pending", "rejected"}
# A candidacy is put into its first stage as it is created.
PLACED_WITHIN = timedelta(seconds=10)


def account(posting: JsonObject, region_header: str) -> Account:
    """The site is in the address of the list, `https://jobs.lever.co/<site>` [I], the region in a header [R]."""
    listed = urlsplit(text(as_object(posting.get("urls")), "list"))
    is_european = ".eu." in (listed.hostname or "") or region_header.lower().startswith("eu")
    return Account(site=listed.path.strip("/").split("/")[0], region="eu" if is_european else "global")


def posting_state(posting: JsonObject) -> PostingState:
    """A state that is not told, or new to us, closes nothing."""
    return PostingState(is_open=text(posting, "state") not in NOT_OPEN, owner_name=_owner(posting))


def listed_posting(posting: JsonObject) -> ListedPosting:
    return ListedPosting(
        external_id=text(posting, "id"),
        title=text(posting, "text"),
        visibility=_visibility(posting),
        updated_at=moment(posting.get("updatedAt")),
    )


def _visibility(posting: JsonObject) -> Visibility:
    """Channels may be null [R]: then nothing speaks against its being public."""
    channels = as_list(posting.get("distributionChannels"))
    if text(posting, "confidentiality") == "confidential":
        return Visibility.CONFIDENTIAL
    if text(posting, "state") == "internal":
        return Visibility.UNLISTED
    return Visibility.INTERNAL if channels and "public" not in channels else Visibility.PUBLIC


def _owner(posting: JsonObject) -> str:
    """The hiring manager where nobody owns it; not an id, where Lever did not expand it."""
    people = (as_object(posting.get(role)) for role in ("owner", "hiringManager"))
    return next((name for person in people if (name := text(person, "name"))), "")


def stage(record: JsonObject) -> StageRecord:
    return StageRecord(
        external_id=text(record, "id"),
        name=text(record, "text"),
        pipeline=text(record, "pipeline"),
        rank=number(record, "rank"),
    )


def archive_reason(record: JsonObject) -> ArchiveReasonRecord:
    return ArchiveReasonRecord(
        external_id=text(record, "id"),
        name=text(record, "text"),
        is_hired=text(record, "type") == "hired",
        is_active=text(record, "status") != "inactive",
    )


def opportunity(record: JsonObject) -> OpportunityRecord:
    """Official examples show reason and time of the archive at the top, recordings inside `archived`."""
    applications = record.get("applications")
    archived = as_object(record.get("archived"))
    return OpportunityRecord(
        external_id=text(record, "id"),
        stage_external_id=one_id(record.get("stage")),
        archive_reason_external_id=one_id(archived.get("reason")) or one_id(record.get("archiveReason")),
        application_external_ids=ids(applications),
        posting_external_ids=tuple(
            posting for item in objects(applications) if (posting := one_id(item.get("posting")))
        ),
        sources=tuple(source for source in as_list(record.get("sources")) if isinstance(source, str)),
        created_at=moment(record.get("createdAt")) or EPOCH,
        archived_at=moment(archived.get("archivedAt")) or moment(record.get("archivedAt")),
        moves=_moves(record),
    )


def _moves(record: JsonObject) -> tuple[StageMove, ...]:
    """Of the list of stages that it was in, the first is where it was created [I], and no move."""
    created_at = moment(record.get("createdAt")) or EPOCH
    changes = [
        StageMove(one_id(change.get("toStageId")), at)
        for change in objects(record.get("stageChanges"))
        if (at := moment(change.get("updatedAt")))
    ]
    moves = sorted((it for it in changes if it.stage_external_id), key=lambda it: it.at)
    if moves and moves[0].at - created_at <= PLACED_WITHIN:
        del moves[0]
    return tuple(moves)


def deletion(record: JsonObject) -> Deletion:
    return Deletion(text(record, "id"), moment(record.get("deletedAt")) or EPOCH)


def webhook(record: JsonObject) -> WebhookRecord:
    """Without conditions it tells of candidates of every origin [O]; ours have applied."""
    conditions = as_object(as_object(record.get("configuration")).get("conditions"))
    origins = as_list(conditions.get("origins"))
    return WebhookRecord(
        external_id=text(record, "id"),
        event_name=text(record, "event"),
        url=text(record, "url"),
        covers_applicants=not origins or "applied" in origins,
    )


def created_webhook(data: JsonObject) -> CreatedWebhook:
    """The official example nests `data` twice, the recording once."""
    inner = data.get("data")
    record = inner if isinstance(inner, Mapping) else data
    return CreatedWebhook(
        external_id=text(record, "id"),
        signing_secret=text(as_object(record.get("configuration")), "signatureToken"),
    )
