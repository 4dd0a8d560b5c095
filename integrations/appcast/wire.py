"""The body of an application (contract, section 3) as pydantic reads it. Unknown keys are passed over.

Nothing of it is ever printed: all of it is personal. What stands under a field is told to senders.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    Tag,
)
from pydantic_core import PydanticCustomError

MOST_ATTACHMENTS, MOST_ANSWERS, MOST_VALUES, MOST_LINKS, MOST_CONSENTS = 10, 300, 100, 20, 20
LONGEST_CLIENT_TEXT = 2048
EMAIL = re.compile(r"[^\s\x00-\x1f\x7f]+@[^\s\x00-\x1f\x7f@]+")
SCHEMA_VERSION = re.compile(r"1(\.[0-9]{1,4})?")


def _moment(value: object) -> datetime:
    """ISO 8601 with a zone; pydantic alone takes bare numbers too."""
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
        utc = at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        utc = None
    if utc is None:
        raise PydanticCustomError("time_invalid", "a time with a zone, such as 2026-01-31T12:00:00Z")
    return utc


def _email(value: str) -> str:
    if EMAIL.fullmatch(value):
        return value
    raise PydanticCustomError("email_invalid", "an e-mail address with an @ and no blanks")


def _schema_version(value: str) -> str:
    if SCHEMA_VERSION.fullmatch(value):
        return value
    raise PydanticCustomError("schema_version_unsupported", "schema version 1.0")


def _shortened(value: str) -> str:
    """What a browser says may be of any length; nobody is refused for it."""
    return value[:LONGEST_CLIENT_TEXT]


def _kind(value: object) -> str:
    return "list" if isinstance(value, list) else "text"


Word: TypeAlias = Annotated[str, Field(max_length=100)]
Line: TypeAlias = Annotated[str, Field(max_length=300)]
Url: TypeAlias = Annotated[str, Field(max_length=2048)]
Prose: TypeAlias = Annotated[str, Field(max_length=20_000)]
Id: TypeAlias = Annotated[str, Field(min_length=1, max_length=100)]
ClientText: TypeAlias = Annotated[str, AfterValidator(_shortened)]
Moment: TypeAlias = Annotated[datetime, BeforeValidator(_moment)]
Email: TypeAlias = Annotated[str, Field(max_length=254), AfterValidator(_email)]
Values: TypeAlias = Annotated[list[Prose], Field(max_length=MOST_VALUES)]
Value: TypeAlias = Annotated[
    Annotated[Prose, Tag("text")] | Annotated[Values, Tag("list")], Discriminator(_kind)
]


class Part(BaseModel):
    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        str_strip_whitespace=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        return []


class Job(Part):
    job_reference: Annotated[str, Field(min_length=1, max_length=150)]
    """As in the tenant's feed."""


class Address(Part):
    city: Line = ""
    state: Line = ""
    country: Line = ""


class Applicant(Part):
    email: Email
    first_name: Line = ""
    last_name: Line = ""
    full_name: Line = ""
    """First and last name, joined, where it is empty."""
    phone: Word = ""
    address: Address = Address()
    links: Annotated[dict[Word, Url], Field(max_length=MOST_LINKS)] = {}
    """URL by name, such as LinkedIn."""
    current_company: Line = ""
    cover_letter: Prose = ""


class Attachment(Part):
    type: Literal["resume", "cover_letter", "other"]
    """One résumé and one cover letter at most."""
    file_name: Line
    """Its extension must fit the content: pdf, docx, doc, txt, png, jpg or jpeg."""
    data: str
    """Base64 of 1 to 20,971,520 bytes."""
    sha256: Word = ""
    """Of the file, in hex; compared where it is given."""


class GivenAnswer(Part):
    question_id: Id
    """Of the field in the ATS's form, each once."""
    value: Value
    """A list where the question takes several."""


class GivenConsent(Part):
    id: Literal["store", "marketing", "privacy_policy", "terms"]
    provided: StrictBool
    policy_id: Word = ""
    policy_url: Url = ""
    """Where the applicant could read what was agreed to."""
    given_at: Moment | None = None


class Source(Part):
    name: Word = ""
    click_id: Annotated[str, Field(max_length=200)] = ""
    """Appcast's ccuid, which comes back with each conversion."""


class Browser(Part):
    ip: ClientText = ""
    user_agent: ClientText = ""
    accept_language: ClientText = ""
    referer: ClientText = ""
    timezone: ClientText = ""


Answers: TypeAlias = Annotated[list[GivenAnswer], Field(max_length=MOST_ANSWERS)]


class Body(Part):
    schema_version: Annotated[str, AfterValidator(_schema_version)] = "1.0"
    application_id: UUID
    """The sender's own id, and the key against doubles."""
    submitted_at: Moment
    test: StrictBool = False
    """Delivered as any other, and told as a test in each conversion."""
    job: Job
    applicant: Applicant
    attachments: Annotated[list[Attachment], Field(max_length=MOST_ATTACHMENTS)] = []
    answers: Answers = []
    demographic_answers: Answers = []
    consents: Annotated[list[GivenConsent], Field(max_length=MOST_CONSENTS)] = []
    source: Source = Source()
    client: Browser = Browser()
