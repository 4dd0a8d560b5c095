"""Candidates: one opportunity with its one application each, and the person (contact) behind several."""

from dataclasses import dataclass, field
from typing import Any

UPLOAD_LIFE_MS = 24 * 3600 * 1000


@dataclass
class Upload:
    id: str
    filename: str
    uri: str
    size: int
    expires_at: int


@dataclass
class Application:
    id: str
    posting_id: str
    created_at: int
    name: str
    email: str
    phone: str | None = None
    company: str | None = None
    comments: str | None = None
    resume_uri: str | None = None
    links: list[str] = field(default_factory=list)
    # In the wire shape of the application object: the form's sets with their values filled in.
    custom_questions: list[dict[str, Any]] = field(default_factory=list)
    # ipAddress, referer, userAgent, acceptLanguage, timezone; as sent.
    client: dict[str, str] = field(default_factory=dict)
    consent: dict[str, Any] = field(default_factory=dict)
    # "posting" when a candidate applied; "user" when a recruiter added somebody by hand.
    type: str = "posting"


@dataclass
class Archived:
    reason_id: str
    archived_at: int

    @property
    def wire(self) -> dict[str, Any]:
        return {"reason": self.reason_id, "archivedAt": self.archived_at}


@dataclass
class Opportunity:
    id: str
    contact_id: str
    application: Application
    stage_id: str
    created_at: int
    updated_at: int
    last_advanced_at: int
    origin: str = "applied"
    sources: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    location: str | None = None
    archived: Archived | None = None
    # {"toStageId", "toStageIndex", "userId", "updatedAt"}
    stage_changes: list[dict[str, Any]] = field(default_factory=list)
    is_hired: bool = False
