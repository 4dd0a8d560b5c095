"""What the door answers (contract, section 3), as pydantic writes it; nothing personal is in any of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

# Told to the microsecond, which no JSON encoder of Django's would.
Moment: TypeAlias = Annotated[
    datetime,
    PlainSerializer(datetime.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]


class Reply(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_enum_values=True)


class State(StrEnum):
    """Where an application stands."""

    ACCEPTED = "accepted"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    UNCONFIRMED = "unconfirmed"
    NEEDS_ATTENTION = "needs_attention"
    REJECTED = "rejected"
    ERASED = "erased"


class Receipt(Reply):
    receipt_id: UUID
    status: Literal["accepted"] = "accepted"


class Refusal(Reply):
    """`error` is for machines and never changes; `message` is for people."""

    error: str
    message: str


class FieldError(Reply):
    """`field` is a dotted path into what was sent; the value itself is never repeated."""

    field: str
    code: str
    message: str


class Unacceptable(Reply):
    errors: list[FieldError]


class HistoryEntry(Reply):
    status: State
    at: Moment
    reason: str


class Standing(Reply):
    """`reason` says why where a state has one; `ats_application_id` is Lever's, once it is known."""

    application_id: UUID
    receipt_id: UUID
    status: State
    reason: str
    ats_application_id: str | None


class ApplicationStatus(Standing):
    history: list[HistoryEntry]


class ListedApplication(Standing):
    job_reference: str
    test: bool
    accepted_at: Moment


class Listing(Reply):
    """`next_cursor` opens the page of older ones; null where there are none."""

    applications: list[ListedApplication]
    next_cursor: str | None
