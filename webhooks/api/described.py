"""What the document says of each reply: when it comes, its shape, and how it looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from integrations.appcast.replies import ApplicationStatus, Listing, Receipt, Refusal, Unacceptable

from . import examples, refusals

JSON = "application/json"
RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
}


@dataclass(frozen=True, slots=True)
class Answer:
    status: HTTPStatus
    when: str
    shape: type[BaseModel]
    examples: Mapping[str, BaseModel]
    headers: Mapping[str, object] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """As OpenAPI writes it, but for the schema, which is ninja's to add."""
        examples = {name: {"value": it.model_dump(mode="json")} for name, it in self.examples.items()}
        return {
            "description": self.when,
            "content": {JSON: {"examples": examples}},
            **({"headers": dict(self.headers)} if self.headers else {}),
        }


def no(
    status: HTTPStatus, when: str, *refused: Refusal, headers: Mapping[str, object] | None = None
) -> Answer:
    return Answer(status, when, Refusal, {it.error: it for it in refused}, headers or {})


NOT_PROVED = no(
    HTTPStatus.UNAUTHORIZED,
    "The signature is wrong, absent or out of time, or there is no such tenant.",
    refusals.NOT_PROVED,
)
TOO_MANY = no(
    HTTPStatus.TOO_MANY_REQUESTS,
    "More than 200 in 4 seconds for this tenant, applications and questions each; or more than 60 in a minute that "
    "were not signed. Come back after Retry-After, with the same body.",
    refusals.TOO_MANY,
    headers=RETRY_AFTER,
)
AWAY = no(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Nothing was taken. Come back after Retry-After, with the same body.",
    refusals.AWAY,
    headers=RETRY_AFTER,
)
HANDING_IN = (
    Answer(
        HTTPStatus.ACCEPTED, "Stored durably; its delivery to the ATS follows.", Receipt, {"accepted": examples.RECEIPT}
    ),
    Answer(
        HTTPStatus.OK, "The same application_id with the same body again: the same receipt.", Receipt,
        {"again": examples.RECEIPT},
    ),
    no(
        HTTPStatus.BAD_REQUEST,
        "Not JSON as a careful sender writes it (UTF-8, an object, each key once, no NaN or Infinity, at most 20 "
        "levels and 20,000 values), or a required key is missing.",
        Refusal(
            error="application.malformed",
            message="The application cannot be read: expected applicant.email, received nothing there.",
        ),
    ),
    NOT_PROVED,
    no(
        HTTPStatus.NOT_FOUND,
        "The job is in no feed of this tenant.",
        Refusal(
            error="job_unknown",
            message="Expected a job_reference of this tenant's feed; this one is in none.",
        ),
    ),
    no(
        HTTPStatus.REQUEST_TIMEOUT,
        "The body broke off. Send it again.",
        refusals.NOT_READ[HTTPStatus.REQUEST_TIMEOUT],
    ),
    no(
        HTTPStatus.CONFLICT,
        "The application_id came before with another body; or the same person applied to the same job within the "
        "tenant's window (120 days unless set otherwise). Nothing was changed.",
        Refusal(
            error="idempotency_conflict",
            message="This application_id was sent before with another body; nothing was changed.",
        ),
        Refusal(
            error="duplicate_application",
            message="The same person applied to this job within the last 120 days.",
        ),
    ),
    no(
        HTTPStatus.GONE,
        "The job is closed.",
        Refusal(error="job_closed", message="The job closed on 2026-01-30."),
    ),
    no(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "Larger than 30 MiB. From 32 MiB on, the answer has no body.",
        refusals.NOT_READ[HTTPStatus.REQUEST_ENTITY_TOO_LARGE],
    ),
    Answer(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Read, but not acceptable: each error names its field. An answer that the form does not take, a required "
        "answer missing, a file that is not what it is called, a question that cannot be answered at all.",
        Unacceptable,
        {"misfit": examples.MISFIT},
    ),
    TOO_MANY,
    AWAY,
)  # fmt: skip
ASKING = (
    Answer(
        HTTPStatus.OK,
        "State and history, oldest first.",
        ApplicationStatus,
        {"delivered": examples.STATUS},
    ),
    NOT_PROVED,
    no(
        HTTPStatus.NOT_FOUND,
        "No application of this id was accepted for this tenant.",
        Refusal(error="application_unknown", message="No application of this id was accepted."),
    ),
    TOO_MANY,
    AWAY,
)
LISTING = (
    Answer(
        HTTPStatus.OK,
        "A page of applications. The next one is asked for with next_cursor.",
        Listing,
        {"page": examples.LISTING},
    ),
    NOT_PROVED,
    Answer(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "A parameter is unknown, or is not what it should be.",
        Unacceptable,
        {"misasked": examples.MISASKED},
    ),
    TOO_MANY,
    AWAY,
)
