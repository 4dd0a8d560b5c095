from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.appcast.applications import MalformedError, UnacceptableError, parse
from integrations.errors import IntegrationError, RejectedError

from .bodies import attachment, body


def problems_of(raw: bytes) -> dict[str, str]:
    with pytest.raises(UnacceptableError) as caught:
        parse(raw)
    return {problem.field: problem.code for problem in caught.value.problems}


@pytest.mark.parametrize(
    "path", ["application_id", "submitted_at", "job", "job__job_reference", "applicant__email"]
)
@pytest.mark.parametrize("value", [..., None])
def test_a_required_key_that_is_missing_makes_it_malformed(path: str, value: object) -> None:
    with pytest.raises(MalformedError) as caught:
        parse(body(**{path: value}))
    assert caught.value.code == "application.malformed"
    assert path.replace("__", ".") in str(caught.value.message)


@pytest.mark.parametrize("raw", [b"", b"no", b"[]", b'{"a": NaN}', b"\xff{}"])
def test_what_is_no_json_object_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(raw)


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("schema_version", "2.0", "schema_version_unsupported"),
        ("application_id", "12", "uuid_expected"),
        ("application_id", 12, "uuid_expected"),
        ("submitted_at", "2026-01-31T12:00:00", "time_invalid"),
        ("submitted_at", "yesterday", "time_invalid"),
        ("submitted_at", 1769860800, "time_invalid"),
        ("submitted_at", "1769860800", "time_invalid"),
        ("submitted_at", "0001-01-01T00:00:00+14:00", "time_invalid"),
        ("test", "true", "boolean_expected"),
        ("test", 1, "boolean_expected"),
        ("job", "x", "object_expected"),
        ("job__job_reference", " ", "text_missing"),
        ("job__job_reference", "x" * 151, "text_too_long"),
        ("applicant__email", "ada", "email_invalid"),
        ("applicant__email", "@", "email_invalid"),
        ("applicant__email", "a da@mail.example", "email_invalid"),
        ("applicant__email", "ada@mail.example\r\nBcc: x", "email_invalid"),
        ("applicant__email", "a" * 250 + "@b.de", "text_too_long"),
        ("applicant__email", ["ada@mail.example"], "text_expected"),
        ("applicant__full_name", "x" * 301, "text_too_long"),
        ("applicant__phone", 12025550143, "text_expected"),
        ("applicant__address", [], "object_expected"),
        ("applicant__links", [], "object_expected"),
        ("applicant__links", {str(number): "x" for number in range(21)}, "too_many"),
        ("applicant__cover_letter", "x" * 20_001, "text_too_long"),
        ("attachments", {}, "list_expected"),
        ("attachments", [attachment(kind="other")] * 11, "too_many"),
        ("attachments", [attachment(), attachment()], "repeated"),
        ("answers", [{"question_id": "q", "value": "a"}] * 301, "too_many"),
        ("answers", [{"question_id": "q", "value": "a"}] * 2, "repeated"),
        ("demographic_answers", [{"question_id": "q", "value": "a"}] * 2, "repeated"),
        ("consents", [{"id": "store", "provided": given} for given in (True, False)], "repeated"),
        ("source__click_id", "x" * 201, "text_too_long"),
    ],
)
def test_what_cannot_be_taken_is_named(path: str, value: object, code: str) -> None:
    assert problems_of(body(**{path: value})) == {path.replace("__", "."): code}


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"answers": [{"question_id": "q", "value": 3}]}, "answers.0.value", "text_expected"),
        ({"answers": [{"question_id": "q", "value": ["a", 3]}]}, "answers.0.value", "text_expected"),
        ({"answers": [{"question_id": "q", "value": {}}]}, "answers.0.value", "text_expected"),
        ({"answers": [{"question_id": "q", "value": ["a"] * 101}]}, "answers.0.value", "too_many"),
        ({"answers": ["yes"]}, "answers.0", "object_expected"),
        ({"applicant__links": {"Blog": 3}}, "applicant.links", "text_expected"),
        ({"attachments": [attachment(kind="photo")]}, "attachments.0.type", "option_unknown"),
        ({"consents": [{"id": "Store", "provided": True}]}, "consents.0.id", "option_unknown"),
        ({"consents": [{"id": "store", "provided": "yes"}]}, "consents.0.provided", "boolean_expected"),
        (
            {"consents": [{"id": "store", "provided": True, "given_at": "x"}]},
            "consents.0.given_at",
            "time_invalid",
        ),
    ],
)
def test_what_cannot_be_taken_within_a_list_is_named(
    changes: dict[str, object], field: str, code: str
) -> None:
    assert problems_of(body(**changes)) == {field: code}


def test_all_problems_are_told_at_once() -> None:
    raw = body(test=1, applicant__email="ada", answers=[{"question_id": "", "value": "x"}])
    assert list(problems_of(raw)) == ["test", "applicant.email", "answers.0.question_id"]


def test_a_refusal_is_final_and_says_what_was_expected_and_received() -> None:
    with pytest.raises(RejectedError) as caught:
        parse(body(applicant__email="ada"))
    assert caught.value.code == "application.invalid"
    assert str(caught.value.message) == (
        "applicant.email: Expected an e-mail address with an @ and no blanks; received text of length 3."
    )
    assert caught.value.detail == "applicant.email email_invalid"


SECRET = "canary-7391"


@pytest.mark.parametrize(
    "raw",
    [
        SECRET.encode(),
        f'{{"a": "{SECRET}'.encode(),
        f'{{"{SECRET}": 1, "{SECRET}": 2}}'.encode(),
        body(applicant__email=SECRET, application_id=SECRET, submitted_at=SECRET, schema_version=SECRET),
        body(applicant__email=..., applicant__phone=SECRET),
        body(applicant__links={SECRET: 1}),
        body(consents=[{"id": SECRET, "provided": SECRET}]),
        body(attachments=[attachment(file_name=f"{SECRET}.exe", kind=SECRET)]),
        body(attachments=[attachment(data=SECRET.encode(), file_name=f"{SECRET}.pdf")]),
        body(attachments=[attachment(data=SECRET.encode(), file_name=f"{SECRET}.txt", sha256=SECRET)]),
        body(answers=[{"question_id": SECRET, "value": SECRET}] * 2),
        body(answers={SECRET: SECRET}),
    ],
)
def test_a_refusal_repeats_nothing_of_the_applicant(raw: bytes) -> None:
    with pytest.raises(IntegrationError) as caught:
        parse(raw)
    error = caught.value
    told = [
        str(error),
        repr(error),
        error.message.english,
        error.detail,
        repr(getattr(error, "problems", ())),
    ]
    assert not any(SECRET in text for text in told)
    # What an error reporter would follow: decoders' and pydantic's own errors hold the whole body.
    assert SECRET not in repr(error.__context__)
    assert error.__context__ is None or isinstance(error.__context__, ValueError)
    assert not hasattr(error.__context__, "doc")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PATHS = ["application_id", "submitted_at", "test", "job", "applicant", "attachments", "answers", "consents"]
PATHS += ["applicant__email", "applicant__links", "applicant__address", "source", "client", "client__ip"]


@given(path=st.sampled_from(PATHS), value=json_values)
def test_whatever_stands_somewhere_is_taken_or_refused_by_name(path: str, value: object) -> None:
    with suppress(MalformedError, UnacceptableError):
        parse(body(**{path: value}))


@given(raw=st.binary())
def test_whatever_comes_is_taken_or_refused_by_name(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(raw)
