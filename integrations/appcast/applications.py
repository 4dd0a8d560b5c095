"""An application as Appcast Apply posts it (contract, section 3): believed, understood, and kept as a document.

Signatures are checked before. What a job's form asks is checked after.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from ..errors import RejectedError
from ..types import Answer, Candidacy, Client, Consent, FieldProblem, File, JsonObject
from . import attachments, explaining, strict_json, wire
from .references import posting_id_of


class MalformedError(RejectedError):
    """Not JSON, or a required key is missing: 400."""

    def __init__(self, reason: str) -> None:
        super().__init__("application.malformed", f"The application cannot be read: {reason}.")


class UnacceptableError(RejectedError):
    """Read, but `problems` forbid to take it: 422."""

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        message = " ".join(f"{problem.field}: {problem.message}" for problem in problems[:5])
        detail = ", ".join(f"{problem.field} {problem.code}" for problem in problems)
        super().__init__("application.invalid", message, detail)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ConsentProof:
    """When a consent was given or refused, and to which text; `kind` as in the candidacy's consents."""

    kind: str
    policy_url: str
    given_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubmittedApplication:
    """`application_id` is the sender's. `job_reference` names a posting, or a posting in one of its places."""

    application_id: UUID
    submitted_at: datetime
    is_test: bool
    job_reference: str
    click_id: str
    candidacy: Candidacy = field(repr=False)
    consent_proofs: tuple[ConsentProof, ...] = ()

    @property
    def posting_external_id(self) -> str:
        return posting_id_of(self.job_reference)


DOCUMENT = TypeAdapter(SubmittedApplication)


def parse(body: bytes) -> SubmittedApplication:
    """MalformedError or UnacceptableError; neither repeats what the applicant wrote."""
    parsed = _body(_record(body))
    if isinstance(parsed, RejectedError):
        # Outside the handlers: what they caught holds the applicant's data.
        raise parsed
    files, problems = _files(parsed.attachments)
    problems += _repetitions(parsed)
    if problems:
        raise UnacceptableError(tuple(problems))
    return SubmittedApplication(
        application_id=parsed.application_id,
        submitted_at=parsed.submitted_at,
        is_test=parsed.test,
        job_reference=parsed.job.job_reference,
        click_id=parsed.source.click_id,
        candidacy=_candidacy(parsed, tuple(files)),
        consent_proofs=tuple(
            ConsentProof(given.id, given.policy_url, given.given_at) for given in parsed.consents
        ),
    )


def to_document(application: SubmittedApplication) -> dict[str, object]:
    """All but the files, as JSON can hold it; personal, so to be sealed."""
    document: dict[str, object] = DOCUMENT.dump_python(
        application, mode="json", exclude={"candidacy": {"files"}}
    )
    return document


def from_document(document: JsonObject) -> SubmittedApplication:
    """The application without its files: `dataclasses.replace` brings them back."""
    return DOCUMENT.validate_python(document)


def _record(body: bytes) -> dict[str, object]:
    try:
        return strict_json.read(body)
    except strict_json.NotStrictError as error:
        raise MalformedError(str(error)) from None


def _body(record: dict[str, object]) -> wire.Body | RejectedError:
    try:
        return wire.Body.model_validate(record)
    except ValidationError as error:
        missing = explaining.missing_keys(error)
        if missing:
            return MalformedError(f"expected {', '.join(missing)}, received nothing there")
        return UnacceptableError(explaining.problems(error))


def _files(given: Iterable[wire.Attachment]) -> tuple[list[File], list[FieldProblem]]:
    read = [attachments.read(attachment, f"attachments.{index}") for index, attachment in enumerate(given)]
    files = [result for result in read if isinstance(result, File)]
    return files, [result for result in read if isinstance(result, FieldProblem)]


def _repetitions(body: wire.Body) -> list[FieldProblem]:
    """Two answers to one question contradict each other, and the ATS takes one file for a question."""
    keys: dict[str, Sequence[str]] = {
        "answers": [answer.question_id for answer in body.answers],
        "demographic_answers": [answer.question_id for answer in body.demographic_answers],
        "consents": [consent.id for consent in body.consents],
        "attachments": [attachment.type for attachment in body.attachments if attachment.type != "other"],
    }
    return [
        FieldProblem(name, "repeated", f"Expected each once; received {count} for one of them.")
        for name, values in keys.items()
        if (count := max(Counter(values).values(), default=1)) > 1
    ]


def _candidacy(body: wire.Body, files: tuple[File, ...]) -> Candidacy:
    applicant, browser = body.applicant, body.client
    return Candidacy(
        full_name=applicant.full_name or _joined(" ", applicant.first_name, applicant.last_name),
        email=applicant.email,
        phone=applicant.phone,
        company=applicant.current_company,
        location=_location(applicant.address),
        cover_letter=applicant.cover_letter,
        links=_present_links(applicant.links),
        answers=dict(_answers(body.answers)),
        demographic_answers=dict(_answers(body.demographic_answers)),
        consents=tuple(Consent(given.id, given.provided, given.policy_id) for given in body.consents),
        files=files,
        client=Client(**browser.model_dump()),
        source=body.source.name or "Appcast",
    )


def _answers(given: Iterable[wire.GivenAnswer]) -> Iterator[tuple[str, Answer]]:
    for answer in given:
        yield answer.question_id, answer.value if isinstance(answer.value, str) else tuple(answer.value)


def _present_links(links: dict[str, str]) -> dict[str, str]:
    return {name: url for name, url in links.items() if url}


def _location(address: wire.Address) -> str:
    """A place, not a home: street and zip are not kept."""
    return _joined(", ", address.city, address.state, address.country)


def _joined(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)
