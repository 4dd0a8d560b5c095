"""What a sender may ask for when it lists what it handed in, newest first."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeAlias
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from ..types import FieldProblem
from .applications import UnacceptableError
from .replies import State
from .wire import Moment

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"([0-9]{1,17})-([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Place:
    """In the list, right behind this application."""

    accepted_at: datetime
    receipt_id: UUID

    def __str__(self) -> str:
        return f"{(self.accepted_at - EPOCH) // timedelta(microseconds=1)}-{self.receipt_id.hex}"


def _place(value: object) -> Place:
    found = CURSOR.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise PydanticCustomError("cursor_invalid", "a next_cursor as it was told")
    return Place(EPOCH + timedelta(microseconds=int(found[1])), UUID(found[2]))


Cursor: TypeAlias = Annotated[Place, BeforeValidator(_place), WithJsonSchema({"type": "string"})]


class Wanted(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, use_attribute_docstrings=True)

    status: list[State] = []
    """Where they stand now; named several times for several."""
    since: Moment | None = None
    """Accepted then or later."""
    until: Moment | None = None
    """Accepted before then."""
    job_reference: Annotated[str, Field(max_length=150, pattern=r"^[^\x00-\x1f]+$")] | None = None
    """As it was handed in."""
    cursor: Cursor | None = None
    """The next_cursor of the page before, with all else unchanged."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    """Applications a page."""


def require_known(names: Iterable[str]) -> None:
    """A filter that is mistyped would else let everything through. Raises UnacceptableError."""
    expected = ", ".join(Wanted.model_fields)
    unknown = [
        FieldProblem(name[:100], "parameter_unknown", f"Expected one of {expected}; received another.")
        for name in names
        if name not in Wanted.model_fields
    ]
    if unknown:
        raise UnacceptableError(tuple(unknown[:20]))
