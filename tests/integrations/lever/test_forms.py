from dataclasses import replace

import pytest

from integrations.lever.forms import check, parse
from integrations.types import Candidacy, ConsentRequest, QuestionKind

from .forms import CANDIDACY, POLICY, form, options


def problems(candidacy: Candidacy, **changes: object) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in check(parse(form(**changes)), candidacy)]


def custom(**field: object) -> list[dict[str, object]]:
    return [{"id": "set", "fields": [{"id": "asked", "text": "Asked?", **field}]}]


ONLY_CUSTOM = replace(CANDIDACY, answers={"preferredPostingLocation": "Remote"})


def test_an_application_that_fits_has_no_problem() -> None:
    assert problems(CANDIDACY) == []


def test_the_form_keeps_levers_order_and_words() -> None:
    parsed = parse(form())
    assert [question.external_id for question in parsed.personal][:3] == [
        "fullName",
        "email",
        "currentCompany",
    ]
    first, second = parsed.custom
    assert [question.kind for question in first.questions] == [
        QuestionKind.MULTIPLE_CHOICE,
        QuestionKind.MULTIPLE_SELECT,
        QuestionKind.TEXTAREA,
        QuestionKind.FILE_UPLOAD,
        QuestionKind.TEXT,
    ]
    assert first.questions[0].provider_type == "multiple choice"
    assert first.questions[0].options == ("Yes", "No")
    assert [question.is_internal for question in (*first.questions, *second.questions)] == [
        *(False, False, False, False, True),
        True,
    ]
    assert [(question.external_id, question.text) for question in parsed.demographic] == [
        ("gender", "Gender"),
        ("disabilitySignature", "disabilitySignature"),
    ]
    assert parsed.consents == (
        ConsentRequest("store", POLICY, is_mandatory=True),
        ConsentRequest("marketing", POLICY, is_mandatory=False),
    )


@pytest.mark.parametrize("absent", [None, {}, [], 7])
def test_a_form_without_demographic_questions_or_consents_is_read(absent: object) -> None:
    parsed = parse(form(eeoQuestions=absent, consentDisclosures=absent, customQuestions=absent, urls=absent))
    assert (parsed.demographic, parsed.consents, parsed.custom, parsed.links) == ((), (), (), ())


@pytest.mark.parametrize(
    "wire_type",
    [
        "university",
        "score",
        "score-system",
        "scorecard",
        "rating-scale",
        "Rating Scale",
        "yes-no",
        "date",
        "",
        None,
    ],
)
def test_a_type_that_is_not_on_the_list_fails_closed(wire_type: object) -> None:
    asked = custom(type=wire_type)
    assert problems(ONLY_CUSTOM, customQuestions=asked) == [("asked", "unsupported_question_type")]
    assert "Asked?" in check(parse(form(customQuestions=asked)), ONLY_CUSTOM)[0].message


@pytest.mark.parametrize(
    "wire_type", ["multiple choice", "multiple_choice", "Multiple-Choice", " multiple  choice "]
)
def test_a_type_is_known_however_it_is_spelled(wire_type: str) -> None:
    asked = custom(type=wire_type, options=options("Yes"))
    assert problems(ONLY_CUSTOM, customQuestions=asked) == []


@pytest.mark.parametrize("distribution", ["internal", ["internal"]])
def test_a_question_for_recruiters_is_neither_asked_nor_in_the_way(distribution: object) -> None:
    asked = custom(type="university", required=True, distribution=distribution)
    assert problems(ONLY_CUSTOM, customQuestions=asked) == []


def test_required_answers_that_are_missing_are_named_by_the_questions_own_text() -> None:
    bare = Candidacy(full_name="Ada", email="ada@example.org")
    found = check(parse(form()), bare)
    assert [(problem.field, problem.code) for problem in found] == [
        ("phone", "required_missing"),
        ("resume", "required_missing"),
        ("preferredPostingLocation", "required_missing"),
        ("licence", "required_missing"),
        ("consent.store", "consent_missing"),
    ]
    assert found[3].message == "“Licence?” must be answered."


@pytest.mark.parametrize(
    ("answer", "code"),
    [("Maybe", "option_unknown"), (("Yes", "No"), "one_answer_expected"), ("", "required_missing")],
)
def test_an_answer_must_be_one_of_the_options(answer: str | tuple[str, ...], code: str) -> None:
    candidacy = replace(CANDIDACY, answers={**CANDIDACY.answers, "licence": answer})
    assert problems(candidacy) == [("licence", code)]


def test_each_of_several_answers_must_be_an_option() -> None:
    candidacy = replace(CANDIDACY, answers={**CANDIDACY.answers, "skills": ("Crane", "Piano")})
    assert problems(candidacy) == [("skills", "option_unknown")]


def test_an_answer_to_a_question_that_the_form_lacks_is_told() -> None:
    candidacy = replace(CANDIDACY, answers={**CANDIDACY.answers, "gone": "x", "notes": "of recruiters"})
    assert problems(candidacy) == [("gone", "unknown_question"), ("notes", "unknown_question")]


def test_a_demographic_answer_must_be_an_option_and_is_never_quoted() -> None:
    candidacy = replace(CANDIDACY, demographic_answers={"gender": "Something else"})
    [problem] = check(parse(form()), candidacy)
    assert (problem.field, problem.code) == ("gender", "option_unknown")
    assert "Something else" not in problem.message


def test_a_consent_that_was_refused_is_missing_where_it_is_mandatory() -> None:
    refused = tuple(replace(consent, is_given=False) for consent in CANDIDACY.consents)
    assert problems(replace(CANDIDACY, consents=refused)) == [("consent.store", "consent_missing")]


@pytest.mark.parametrize("listed", [options("Yes", "No"), ["Yes", "No"]])
def test_options_come_as_objects_or_as_texts(listed: object) -> None:
    parsed = parse(form(customQuestions=custom(type="dropdown", options=listed)))
    assert parsed.custom[0].questions[0].options == ("Yes", "No")
