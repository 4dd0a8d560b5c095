"""The words that every provider speaks: plain values, no rows, no HTTP.

An outside id is called `external_id`; times are aware datetimes in UTC.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from tenants.phrases import Phrase

JsonObject: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Permission:
    """One OAuth scope: its purpose in words for the consent page, and whether the portal can do without."""

    scope: str
    purpose: Phrase
    is_required: bool


class Capability(StrEnum):
    """What a grant may allow, in the portal's terms."""

    READ_FORMS = "read_forms"
    DELIVER = "deliver"
    READ_STAGES = "read_stages"
    READ_ARCHIVE_REASONS = "read_archive_reasons"
    READ_SOURCES = "read_sources"
    READ_OPPORTUNITIES = "read_opportunities"
    ARCHIVE = "archive"
    READ_WEBHOOKS = "read_webhooks"
    MANAGE_WEBHOOKS = "manage_webhooks"


@dataclass(frozen=True, slots=True)
class Grant:
    """What the provider's token endpoint answered.

    `account_external_id` is empty where the token does not tell, `scopes` where they are those that were asked for.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    lifetime: timedelta
    scopes: frozenset[str]
    account_external_id: str


@dataclass(frozen=True, slots=True)
class Account:
    """What the provider tells about the account: its `site` (the slug of its job pages), its region."""

    site: str
    region: str


@dataclass(frozen=True, slots=True)
class FeedUrl:
    """A feed address understood from what a customer pasted; `corrections` tells them what was changed."""

    url: str
    site: str
    corrections: tuple[Phrase, ...] = ()


@dataclass(frozen=True, slots=True)
class PostingRecord:
    """One published job. HTML is as it came: sanitising is the reader's duty.

    `url` is exactly the provider's. `unknown` is what the feed says of it beyond our terms, `warnings` what was odd.
    """

    external_id: str
    title: str
    url: str
    apply_url: str
    location: str = ""
    all_locations: tuple[str, ...] = ()
    country: str = ""
    department: str = ""
    team: str = ""
    commitment: str = ""
    workplace_type: str = ""
    description_html: str = ""
    salary: str = ""
    created_at: datetime | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Phrase, ...] = ()


@dataclass(slots=True)
class OfferedPosting:
    """A job as a feed tells it. `fingerprint` is of all that it says, so that only what is new need be read closer.

    `record` is None for one that cannot be used.
    """

    fingerprint: str
    record: Callable[[], PostingRecord | None]


@dataclass(frozen=True, slots=True)
class PostingState:
    """`owner_name` is whoever answers for it on the customer's side, or ""."""

    is_open: bool
    owner_name: str


class Visibility(StrEnum):
    """Who can see a posting that is not closed; only what is public belongs into a feed."""

    PUBLIC = "public"
    INTERNAL = "internal"
    UNLISTED = "unlisted"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class ListedPosting:
    """A posting as the account's own list tells it."""

    external_id: str
    title: str
    visibility: Visibility
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class StageRecord:
    external_id: str
    name: str
    pipeline: str = ""
    rank: float = 0.0


@dataclass(frozen=True, slots=True)
class ArchiveReasonRecord:
    external_id: str
    name: str
    is_hired: bool
    is_active: bool = True


class QuestionKind(StrEnum):
    """How a question of an application form is answered; whatever we cannot answer is `unsupported`."""

    TEXT = "text"
    TEXTAREA = "textarea"
    DROPDOWN = "dropdown"
    MULTIPLE_CHOICE = "multiple-choice"
    MULTIPLE_SELECT = "multiple-select"
    FILE_UPLOAD = "file-upload"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Question:
    """`external_id` is the field's id, or its name where the provider has no id.

    `provider_type` is the wire's own word. An internal question holds its place but is not put to applicants.
    """

    external_id: str
    text: str
    kind: QuestionKind
    provider_type: str
    is_required: bool
    options: tuple[str, ...] = ()
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class QuestionSet:
    external_id: str
    text: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """A consent that the form asks: `kind` is store or marketing."""

    kind: str
    policy_external_id: str
    is_mandatory: bool


@dataclass(frozen=True, slots=True)
class ApplicationForm:
    """A posting's form as it stands now.

    The order of everything is the provider's and matters when applying.
    """

    posting_external_id: str
    title: str
    personal: tuple[Question, ...]
    links: tuple[Question, ...]
    custom: tuple[QuestionSet, ...]
    demographic: tuple[Question, ...]
    consents: tuple[ConsentRequest, ...]

    @property
    def asked(self) -> tuple[Question, ...]:
        """What applicants are asked, demographic questions apart."""
        custom = (question for group in self.custom for question in group.questions)
        return tuple(
            question for question in (*self.personal, *self.links, *custom) if not question.is_internal
        )

    @property
    def unsupported(self) -> tuple[Question, ...]:
        return tuple(question for question in self.asked if question.kind is QuestionKind.UNSUPPORTED)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the applicant; `question_external_id` is `resume` or the id of the question it answers."""

    question_external_id: str
    file_name: str = field(repr=False)
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Consent:
    kind: str
    is_given: bool
    policy_external_id: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """The applicant's own browser, not ours."""

    ip: str = ""
    user_agent: str = ""
    accept_language: str = ""
    referer: str = ""
    timezone: str = ""


Answer: TypeAlias = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Candidacy:
    """What an applicant submitted for one posting, in no provider's shape.

    Never printed: all of it is personal.
    """

    full_name: str
    email: str
    phone: str = ""
    company: str = ""
    location: str = ""
    cover_letter: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    demographic_answers: Mapping[str, Answer] = field(default_factory=dict)
    consents: tuple[Consent, ...] = ()
    files: tuple[File, ...] = ()
    client: Client = Client()
    source: str = "Appcast"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Why a form does not take an application; `message` names the question by its own text."""

    field: str
    code: str
    message: str


class EventKind(StrEnum):
    APPLICATION_CREATED = "application_created"
    STAGE_CHANGED = "stage_changed"
    HIRED = "hired"
    ARCHIVED = "archived"
    DELETED = "deleted"
    TEST = "test"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """A webhook's body, parsed but not yet believed.

    `webhook` is the event that its name tells, also where it is the provider's test, if that tells at all.
    `signed_string` is what the signature covers and the key against doubles; `signature` is empty when there was none.
    The facts may be empty: a provider's test event has none.
    """

    kind: EventKind
    webhook: EventKind
    name: str
    signed_string: str
    signature: str
    triggered_at: datetime
    opportunity_external_id: str = ""
    application_external_id: str = ""
    to_stage_external_id: str = ""
    from_stage_external_id: str = ""
    archive_reason_external_id: str = ""


@dataclass(frozen=True, slots=True)
class CreatedWebhook:
    external_id: str
    signing_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookRecord:
    """`covers_applicants`: candidates who applied are among those of whom it tells."""

    external_id: str
    event_name: str
    url: str
    covers_applicants: bool = True


@dataclass(frozen=True, slots=True)
class StageMove:
    stage_external_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpportunityRecord:
    """A candidacy as the provider holds it now; stage and archive are empty where there is none.

    `moves` are its changes of stage since it was created, the oldest first.
    """

    external_id: str
    stage_external_id: str
    archive_reason_external_id: str
    application_external_ids: tuple[str, ...]
    posting_external_ids: tuple[str, ...]
    sources: tuple[str, ...]
    created_at: datetime
    archived_at: datetime | None = None
    moves: tuple[StageMove, ...] = ()


@dataclass(frozen=True, slots=True)
class Deletion:
    """`external_id` is that of the candidacy which the provider deleted."""

    external_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpportunityPage:
    """Part of a list; `cursor` asks for the next part, and is empty at the end."""

    opportunities: tuple[OpportunityRecord, ...]
    cursor: str = ""
