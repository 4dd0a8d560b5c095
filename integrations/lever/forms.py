"""A posting's application form (contract 3.4), and whether it takes a given application."""

from collections.abc import Iterator

from ..types import (
    Answer,
    ApplicationForm,
    Candidacy,
    ConsentRequest,
    FieldProblem,
    JsonObject,
    Question,
    QuestionKind,
    QuestionSet,
)
from .wire import as_list, as_object, objects, text

KINDS = {kind.value: kind for kind in QuestionKind}
CHOICES = {QuestionKind.DROPDOWN, QuestionKind.MULTIPLE_CHOICE, QuestionKind.MULTIPLE_SELECT}


def parse(form: JsonObject) -> ApplicationForm:
    return ApplicationForm(
        posting_external_id=text(form, "id"),
        title=text(form, "text"),
        personal=tuple(_question(field) for field in objects(form.get("personalInformation"))),
        links=tuple(_question(field) for field in objects(form.get("urls"))),
        custom=tuple(_question_set(group) for group in objects(form.get("customQuestions"))),
        demographic=tuple(_demographic(as_object(form.get("eeoQuestions")))),
        consents=tuple(_consents(as_object(form.get("consentDisclosures")))),
    )


def answer_to(question: Question, candidacy: Candidacy) -> Answer:
    """The applicant's answer, "" when there is none; the file's name for a file."""
    given = {
        "fullName": candidacy.full_name,
        "email": candidacy.email,
        "phone": candidacy.phone,
        "currentCompany": candidacy.company,
        "currentLocation": candidacy.location,
        "additionalInformation": candidacy.cover_letter,
    }
    name = question.external_id
    if question.kind is QuestionKind.FILE_UPLOAD:
        return next((file.file_name for file in candidacy.files if file.question_external_id == name), "")
    return given.get(name) or candidacy.answers.get(name) or _link(name, candidacy)


def option_for(question: Question, answer: str) -> str | None:
    """The option as the form spells it: Lever compares texts, so blanks and case are put right."""
    if answer in question.options:
        return answer
    return next((option for option in question.options if _folded(option) == _folded(answer)), None)


def check(form: ApplicationForm, candidacy: Candidacy) -> list[FieldProblem]:
    """All for which Lever would refuse the application, or Appcast Apply cannot take the job."""
    problems = [
        FieldProblem(
            question.external_id,
            "unsupported_question_type",
            f"“{question.text}” is a question that Appcast Apply cannot ask ({question.provider_type}).",
        )
        for question in form.unsupported
    ]
    for question in form.asked:
        if question.kind is not QuestionKind.UNSUPPORTED:
            problems += _problems(question, answer_to(question, candidacy))
    for question in form.demographic:
        problems += _problems(question, candidacy.demographic_answers.get(question.external_id, ""))
    return problems + _unknown(form, candidacy) + _missing_consents(form, candidacy)


def _question(field: JsonObject, *, is_internal: bool = False) -> Question:
    """Unknown types fail closed, University Picker (`university`) and Rating Scale (name unknown [?]) too."""
    provider_type = text(field, "type")
    normal = "-".join(provider_type.lower().replace("_", " ").replace("-", " ").split())
    return Question(
        external_id=text(field, "id") or text(field, "name"),
        text=text(field, "text") or text(field, "prompt") or text(field, "name"),
        kind=KINDS.get(normal, QuestionKind.UNSUPPORTED),
        provider_type=provider_type or "none",
        is_required=field.get("required") is True,
        options=tuple(option for item in _options(field) if (option := text(item, "text"))),
        is_internal=is_internal or _is_internal(field),
    )


def _options(field: JsonObject) -> list[JsonObject]:
    """Options as `{"text": ...}`; bare texts are taken too."""
    return [
        {"text": item} if isinstance(item, str) else as_object(item) for item in as_list(field.get("options"))
    ]


def _question_set(group: JsonObject) -> QuestionSet:
    is_internal = _is_internal(group)
    questions = tuple(_question(field, is_internal=is_internal) for field in objects(group.get("fields")))
    return QuestionSet(text(group, "id"), text(group, "text"), questions)


def _is_internal(record: JsonObject) -> bool:
    """`distribution` stands on the field in the official example, on the set in the recording: both count."""
    value = record.get("distribution")
    channels = [value] if isinstance(value, str) else as_list(value)
    return bool(channels) and "external" not in channels


def _demographic(questions: JsonObject) -> Iterator[Question]:
    for name, field in questions.items():
        if as_object(field):
            yield _question({**as_object(field), "name": name})


def _consents(disclosures: JsonObject) -> Iterator[ConsentRequest]:
    """Two values of `displayState` are known [?]: whatever does not say mandatory is taken as voluntary."""
    for kind, disclosure in disclosures.items():
        record = as_object(disclosure)
        if record:
            is_mandatory = "MANDATORY" in text(record, "displayState").upper()
            yield ConsentRequest(kind, text(record, "compliancePolicyId"), is_mandatory)


def _link(name: str, candidacy: Candidacy) -> str:
    return next((url for link, url in candidacy.links.items() if _folded(link) == _folded(name)), "")


def _folded(value: str) -> str:
    return " ".join(value.split()).casefold()


def _problems(question: Question, answer: Answer) -> Iterator[FieldProblem]:
    values = [answer] if isinstance(answer, str) else list(answer)
    values = [value for value in values if value]
    if not values and question.is_required:
        yield FieldProblem(question.external_id, "required_missing", f"“{question.text}” must be answered.")
    if len(values) > 1 and question.kind is not QuestionKind.MULTIPLE_SELECT:
        yield FieldProblem(
            question.external_id, "one_answer_expected", f"“{question.text}” takes one answer."
        )
    elif question.kind in CHOICES and any(option_for(question, value) is None for value in values):
        options = ", ".join(f"“{option}”" for option in question.options[:10])
        yield FieldProblem(
            question.external_id,
            "option_unknown",
            f"The answer to “{question.text}” must be one of {options}.",
        )


def _unknown(form: ApplicationForm, candidacy: Candidacy) -> list[FieldProblem]:
    known = {question.external_id for question in form.asked}
    return [
        FieldProblem(
            external_id, "unknown_question", "The job's form does not have this question (any more)."
        )
        for external_id in sorted(candidacy.answers.keys() - known)
    ]


def _missing_consents(form: ApplicationForm, candidacy: Candidacy) -> list[FieldProblem]:
    given = {consent.kind for consent in candidacy.consents if consent.is_given}
    return [
        FieldProblem(
            f"consent.{request.kind}", "consent_missing", f"The job asks for consent ({request.kind})."
        )
        for request in form.consents
        if request.is_mandatory and request.kind not in given
    ]
