import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.appcast.applications import (
    ConsentProof,
    MalformedError,
    SubmittedApplication,
    UnacceptableError,
    from_document,
    parse,
    to_document,
)
from integrations.appcast.wire import Body
from integrations.errors import IntegrationError, RejectedError
from integrations.types import Client, Consent
from sandbox.appcast.applications import build_application

from .bodies import APPLICATION, PDF, POSTING, attachment, body, valid


def problems_of(raw: bytes) -> dict[str, str]:
    with pytest.raises(UnacceptableError) as caught:
        parse(raw)
    return {problem.field: problem.code for problem in caught.value.problems}


def test_an_application_is_read() -> None:
    application = parse(body())
    candidacy = application.candidacy
    assert application.application_id == UUID(APPLICATION)
    assert application.submitted_at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert (application.is_test, application.click_id) == (False, "ccuid-1")
    assert (candidacy.full_name, candidacy.email) == ("Ada Adler", "ada@mail.example")
    assert (candidacy.phone, candidacy.company) == ("+1 202 555 0143", "Contoso")
    assert candidacy.cover_letter == "Dear all,\nI would like to work with you."
    assert candidacy.links == {"LinkedIn": "https://www.linkedin.com/in/ada"}
    assert candidacy.answers == {"q-1": "Yes", "q-2": ("Monday", "Friday")}
    assert candidacy.demographic_answers == {"gender": "Decline to self-identify"}
    assert candidacy.client == Client(
        "203.0.113.24", "Mozilla/5.0", "en-US", "https://jobs.example/", "America/New_York"
    )
    assert candidacy.source == "Appcast"


def test_what_the_sandbox_sends_is_read() -> None:
    application = parse(json.dumps(build_application(POSTING, None, {}, None, True, {})).encode())
    assert application.posting_external_id == POSTING
    assert [file.content_type for file in application.candidacy.files] == ["application/pdf"]


def test_only_what_is_needed_must_be_there() -> None:
    smallest = {
        "application_id": APPLICATION,
        "submitted_at": "2026-01-31T12:00:00Z",
        "job": {"job_reference": POSTING},
        "applicant": {"email": "ada@mail.example"},
    }
    candidacy = parse(json.dumps(smallest).encode()).candidacy
    assert (candidacy.full_name, candidacy.location, candidacy.source) == ("", "", "Appcast")
    assert (candidacy.files, candidacy.consents, candidacy.client) == ((), (), Client())


def test_null_counts_as_absent() -> None:
    candidacy = parse(
        body(applicant__phone=None, applicant__address=None, source=None, answers=None)
    ).candidacy
    assert (candidacy.phone, candidacy.location, candidacy.answers) == ("", "", {})


def test_unknown_keys_are_passed_over() -> None:
    assert parse(body(novelty={"x": [1]}, job__novelty=1, applicant__novelty=1)) == parse(body())


def test_a_reference_with_a_place_names_its_posting() -> None:
    application = parse(body(job__job_reference=f"{POSTING}-0a1b2c3d"))
    assert application.job_reference == f"{POSTING}-0a1b2c3d"
    assert application.posting_external_id == POSTING


def test_the_full_name_stands_as_given() -> None:
    assert parse(body(applicant__full_name=" Countess Lovelace ")).candidacy.full_name == "Countess Lovelace"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({"city": "Columbus", "state": "OH", "country": "US"}, "Columbus, OH, US"),
        ({"city": "Berlin", "state": "", "country": "DE"}, "Berlin, DE"),
        ({"street": "1 Main St", "zip": "43004"}, ""),
    ],
)
def test_the_location_is_a_place_and_not_a_home(address: object, expected: str) -> None:
    assert parse(body(applicant__address=address)).candidacy.location == expected


def test_consents_are_kept_with_their_policy_and_proof() -> None:
    application = parse(body())
    assert application.candidacy.consents == (
        Consent("store", is_given=True, policy_external_id="policy-1"),
        Consent("marketing", is_given=False),
        Consent("privacy_policy", is_given=True),
        Consent("terms", is_given=True),
    )
    assert application.consent_proofs[2] == ConsentProof(
        "privacy_policy", "https://www.example.com/privacy", datetime(2026, 1, 31, 11, 59, tzinfo=UTC)
    )


def test_files_say_which_question_they_answer() -> None:
    files = [
        attachment(),
        attachment(file_name="letter.pdf", kind="cover_letter"),
        attachment(file_name="a.pdf", kind="other"),
        attachment(file_name="b.pdf", kind="other"),
    ]
    found = parse(body(attachments=files)).candidacy.files
    assert [file.question_external_id for file in found] == ["resume", "cover_letter", "other", "other"]
    assert {file.data for file in found} == {PDF}


def test_nul_is_taken_out_of_texts() -> None:
    candidacy = parse(
        body(applicant__full_name="A\0da", answers=[{"question_id": "q\0", "value": "\0"}])
    ).candidacy
    assert (candidacy.full_name, candidacy.answers) == ("Ada", {"q": ""})


def test_what_a_browser_says_is_shortened_and_never_refused() -> None:
    assert (
        len(parse(body(client__referer="https://jobs.example/?" + "x" * 9000)).candidacy.client.referer)
        == 2048
    )


@pytest.mark.parametrize(
    "path", ["application_id", "submitted_at", "job", "job__job_reference", "applicant__email"]
)
@pytest.mark.parametrize("value", [..., None])
def test_a_required_key_that_is_missing_makes_it_malformed(path: str, value: object) -> None:
    with pytest.raises(MalformedError) as caught:
        parse(body(**{path: value}))
    assert caught.value.code == "application.malformed"
    assert path.replace("__", ".") in caught.value.message


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
    assert caught.value.message == (
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
    told = [str(error), repr(error), error.message, error.detail, repr(getattr(error, "problems", ()))]
    assert not any(SECRET in text for text in told)
    # What an error reporter would follow: decoders' and pydantic's own errors hold the whole body.
    assert SECRET not in repr(error.__context__)
    assert error.__context__ is None or isinstance(error.__context__, ValueError)
    assert not hasattr(error.__context__, "doc")


def test_an_application_does_not_print_its_applicant() -> None:
    application, as_read = parse(body()), Body.model_validate(valid())
    shown = f"{application!r} {application} {application.candidacy!r} {as_read!r} {as_read}"
    assert "Ada" not in shown
    assert "mail.example" not in shown


def test_a_document_holds_all_but_the_files() -> None:
    application = parse(body())
    stored = json.loads(json.dumps(to_document(application)))
    assert "files" not in stored["candidacy"]
    assert from_document(stored) == _without_files(application)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
values = texts | st.lists(texts, max_size=3)
answers = st.dictionaries(texts.filter(str.strip).map(str.strip), values, max_size=3)


@given(
    name=texts,
    links=st.dictionaries(texts, texts, max_size=3),
    given=answers,
    demographic=answers,
    at=st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)),
    is_test=st.booleans(),
)
def test_a_document_comes_back_as_it_went(
    name: str,
    links: dict[str, str],
    given: dict[str, object],
    demographic: dict[str, object],
    at: datetime,
    is_test: bool,
) -> None:
    raw = body(
        submitted_at=at.isoformat(),
        test=is_test,
        applicant__full_name=name,
        applicant__links=links,
        answers=[{"question_id": key, "value": value} for key, value in given.items()],
        demographic_answers=[{"question_id": key, "value": value} for key, value in demographic.items()],
    )
    application = parse(raw)
    assert from_document(json.loads(json.dumps(to_document(application)))) == _without_files(application)


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


def _without_files(application: SubmittedApplication) -> SubmittedApplication:
    return replace(application, candidacy=replace(application.candidacy, files=()))
