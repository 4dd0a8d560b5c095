"""The body of `POST /postings/:id/apply` (contract 3.5): the same structure and order as the form."""

import ipaddress
from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

from ..types import ApplicationForm, Candidacy, Client, JsonObject, Question, QuestionKind
from .forms import CHOICES, answer_to, option_for

# Lever cuts these itself in the older API [O]; a longer value is of no use to anybody.
LONGEST_USER_AGENT, LONGEST_ACCEPT_LANGUAGE, LONGEST_REFERER = 512, 256, 2048


def application_body(form: ApplicationForm, candidacy: Candidacy, uploads: Mapping[str, str]) -> JsonObject:
    """`uploads` maps a file's `question_external_id` to its address. Parts without a value are left out."""
    body = {
        "personalInformation": _named(form.personal, candidacy, uploads),
        "urls": _named(form.links, candidacy, uploads),
        "customQuestions": _custom(form, candidacy, uploads),
        "eeoResponses": _demographic(form, candidacy),
        "consent": _consent(form, candidacy),
        "source": candidacy.source,
        "origin": "applied",
        **_client(candidacy.client),
    }
    return {name: value for name, value in body.items() if value}


def answered(form: ApplicationForm, candidacy: Candidacy, uploads: Mapping[str, str]) -> tuple[Question, ...]:
    """To which the body gives a value, demographic questions apart."""
    return tuple(it for it in form.asked if _value(it, candidacy, uploads) is not None)


def _named(
    questions: tuple[Question, ...], candidacy: Candidacy, uploads: Mapping[str, str]
) -> list[dict[str, object]]:
    values = ((question.external_id, _value(question, candidacy, uploads)) for question in questions)
    return [{"name": name, "value": value} for name, value in values if value is not None]


def _custom(
    form: ApplicationForm, candidacy: Candidacy, uploads: Mapping[str, str]
) -> list[dict[str, object]]:
    """Fields are matched by position, so an unanswered one holds its place with null."""
    return [
        {
            "id": group.external_id,
            "fields": [{"value": _value(question, candidacy, uploads)} for question in group.questions],
        }
        for group in form.custom
    ]


def _value(question: Question, candidacy: Candidacy, uploads: Mapping[str, str]) -> str | list[str] | None:
    if question.is_internal:
        return None
    if question.kind is QuestionKind.FILE_UPLOAD:
        return uploads.get(question.external_id)
    answer = answer_to(question, candidacy)
    values = [value for value in ([answer] if isinstance(answer, str) else answer) if value]
    if question.kind in CHOICES:
        values = [option_for(question, value) or value for value in values]
    if question.kind is QuestionKind.MULTIPLE_SELECT:
        return values or None
    return values[0] if values else None


def _demographic(form: ApplicationForm, candidacy: Candidacy) -> dict[str, str]:
    given = candidacy.demographic_answers
    answers = {question.external_id: given.get(question.external_id) for question in form.demographic}
    return {
        name: answer if isinstance(answer, str) else ", ".join(answer)
        for name, answer in answers.items()
        if answer
    }


def _consent(form: ApplicationForm, candidacy: Candidacy) -> dict[str, object]:
    """With the policy that the form names now: it can have changed since the applicant's click."""
    given = {consent.kind: consent.is_given for consent in candidacy.consents}
    return {
        request.kind: {"provided": given[request.kind], "compliancePolicyId": request.policy_external_id}
        for request in form.consents
        if request.kind in given
    }


def _client(client: Client) -> dict[str, str]:
    """The applicant's own address decides the country of the privacy rules.

    Lever refuses an unknown timezone.
    """
    return {
        "ipAddress": client.ip if _is_address(client.ip) else "",
        "timezone": client.timezone if client.timezone in _timezones() else "",
        "userAgent": client.user_agent[:LONGEST_USER_AGENT],
        "acceptLanguage": client.accept_language[:LONGEST_ACCEPT_LANGUAGE],
        "referer": client.referer[:LONGEST_REFERER],
    }


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@cache
def _timezones() -> set[str]:
    return available_timezones()
