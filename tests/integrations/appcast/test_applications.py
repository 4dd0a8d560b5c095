import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.appcast import strict_json
from integrations.appcast.applications import (
    ConsentProof,
    SubmittedApplication,
    from_document,
    parse,
    to_document,
)
from integrations.appcast.wire import Body
from integrations.types import Client, Consent
from sandbox.appcast.applications import build_application

from .bodies import APPLICATION, PDF, POSTING, attachment, body


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


def test_an_application_does_not_print_its_applicant() -> None:
    application, as_read = parse(body()), Body.model_validate(strict_json.read(body()))
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


def _without_files(application: SubmittedApplication) -> SubmittedApplication:
    return replace(application, candidacy=replace(application.candidacy, files=()))
