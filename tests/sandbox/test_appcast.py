"""Applications that Appcast sends to a portal: section 3 of Appcast's contract."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from sandbox.world import World
from sandbox.world.posting import Posting

SECRET = "applications-secret"
PATH = "/api/v1/tenants/meridian/applications"
KEYS = [
    "schema_version", "application_id", "submitted_at", "locale", "test", "job", "applicant", "attachments",
    "answers", "demographic_answers", "consents", "source", "client",
]  # fmt: skip


RECEIPT = {
    "type": "object",
    "properties": {"receipt_id": {"type": "string"}, "status": {"const": "accepted"}},
    "required": ["receipt_id", "status"],
    "additionalProperties": False,
}
ACCEPTED = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}}}
LATER = {"headers": {"Retry-After": {}}, "content": {"application/json": {"schema": {"type": "object"}}}}
DOCUMENT = {
    "paths": {
        "/api/v1/tenants/{slug}/applications": {"post": {"responses": {"202": ACCEPTED, "429": LATER}}}
    },
    "components": {"schemas": {"Receipt": RECEIPT}},
}


@pytest.fixture
def portal(httpserver: HTTPServer, client: FlaskClient) -> HTTPServer:
    """Registered for Meridian; takes whatever comes, and says so in its document."""
    httpserver.expect_request("/api/v1/openapi.json").respond_with_json(DOCUMENT)
    httpserver.expect_request(PATH, "POST").respond_with_json(
        {"receipt_id": "r-1", "status": "accepted"}, status=202, headers={"X-Request-ID": "q-1"}
    )
    sender = {"tenant": "meridian", "portal_url": httpserver.url_for("/"), "secret": SECRET}
    registered = client.post("/_control/appcast/senders", json=sender)
    assert (registered.status_code, SECRET in registered.text) == (201, False)
    return httpserver


def send(client: FlaskClient, posting: Posting | str, **asked: Any) -> dict[str, Any]:
    reference = posting if isinstance(posting, str) else posting.id
    sent = {"tenant": "meridian", "job_reference": reference} | asked
    answer = client.post("/_control/appcast/applications", json=sent)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def came(portal: HTTPServer) -> list[dict[str, Any]]:
    return [json.loads(request.get_data()) for request, _ in portal.log if request.method == "POST"]


def test_an_application_is_posted_signed_and_the_answer_passed_on(
    portal: HTTPServer, client: FlaskClient, posting: Posting
) -> None:
    told = send(client, posting)
    request = portal.log[0][0]
    times, macs = request.headers["X-Appcast-Signature"].split(",")
    at, raw = times.removeprefix("t="), request.get_data()
    expected = hmac.new(SECRET.encode(), f"{at}.".encode() + raw, "sha256").hexdigest()
    assert macs == f"v1={expected}"
    assert abs(int(at) - time.time()) < 5
    assert request.mimetype == "application/json"
    application = came(portal)[0]
    assert told == {
        "request_id": "q-1",
        "application_id": application["application_id"],
        "email": application["applicant"]["email"],
        "click_id": application["source"]["click_id"],
        "status": 202,
        "body": {"receipt_id": "r-1", "status": "accepted"},
        "broken_promises": [],
    }


@pytest.mark.parametrize(
    ("status", "body", "broken"),
    [
        (202, {"receipt_id": "r-1", "status": "accepted"}, []),
        (202, {"receipt_id": "r-1"}, ["$ breaks 'required'."]),
        (202, {"receipt_id": 7, "status": "accepted"}, ["$.receipt_id breaks 'type'."]),
        (202, {"receipt_id": "r", "status": "accepted", "name": "Ada"}, ["$ breaks 'additionalProperties'."]),
        (200, {"receipt_id": "r-1", "status": "accepted"}, [f"POST {PATH} is not said to be answered 200."]),
        (429, {}, ["Retry-After is missing."]),
    ],
)  # fmt: skip
def test_what_the_portals_document_does_not_promise_is_told(
    portal: HTTPServer, client: FlaskClient, posting: Posting, status: int, body: Any, broken: list[str]
) -> None:
    portal.clear_all_handlers()
    portal.expect_request("/api/v1/openapi.json").respond_with_json(DOCUMENT)
    portal.expect_request(PATH, "POST").respond_with_json(body, status=status)
    assert send(client, posting)["broken_promises"] == broken


@pytest.mark.parametrize(
    ("query", "target", "signed"),
    [
        ("", PATH, PATH),
        ("&status=rejected&limit=5", f"{PATH}?status=rejected&limit=5", f"{PATH}?status=rejected&limit=5"),
        ("&application_id=a-1", f"{PATH}/a-1", ""),
    ],
)
def test_where_applications_stand_is_asked_as_the_portal_wants_it_signed(
    portal: HTTPServer, client: FlaskClient, query: str, target: str, signed: str
) -> None:
    portal.expect_request(target.partition("?")[0], "GET").respond_with_json({"told": 1})
    told = client.get(f"/_control/appcast/applications?tenant=meridian{query}").get_json()
    assert (told["status"], told["body"]) == (200, {"told": 1})
    assert told["broken_promises"] == [f"GET {target.partition('?')[0]} is not said to be answered 200."]
    request = portal.log[0][0]
    assert request.full_path.rstrip("?") == target
    at, mac = request.headers["X-Appcast-Signature"].split(",")
    text = f"{at.removeprefix('t=')}.{signed}".encode()
    assert mac == f"v1={hmac.new(SECRET.encode(), text, 'sha256').hexdigest()}"


def test_a_portal_without_a_document_promises_nothing(
    portal: HTTPServer, client: FlaskClient, posting: Posting
) -> None:
    portal.clear_all_handlers()
    portal.expect_request(PATH, "POST").respond_with_json({}, status=202)
    told = send(client, posting)
    assert (told["status"], len(told["broken_promises"])) == (202, 1)
    assert "openapi.json cannot be read" in told["broken_promises"][0]


def test_an_application_has_the_shape_of_the_contract(
    portal: HTTPServer, client: FlaskClient, posting: Posting
) -> None:
    send(client, posting)
    application = came(portal)[0]
    assert list(application) == KEYS
    assert str(uuid.UUID(application["application_id"])) == application["application_id"]
    assert application["job"] == {
        "job_reference": posting.id,
        "original_url": posting.hosted_url,
        "appcast_job_id": "123",
    }
    assert application["applicant"].keys() == {
        "first_name", "last_name", "full_name", "email", "phone", "address", "links", "current_company",
        "cover_letter",
    }  # fmt: skip
    assert application["source"].keys() == {"name", "site", "click_id", "campaign_id"}
    assert application["client"].keys() == {"ip", "user_agent", "accept_language", "referer", "timezone"}
    assert application["submitted_at"].endswith("Z")


def test_the_resume_is_a_pdf_with_its_checksum_and_can_be_left_out(
    portal: HTTPServer, client: FlaskClient, posting: Posting
) -> None:
    send(client, posting)
    send(client, posting, with_resume=False)
    first, second = came(portal)
    resume = first["attachments"][0]
    data = base64.b64decode(resume["data"])
    assert data.startswith(b"%PDF-")
    assert first["applicant"]["full_name"].encode() in data
    assert resume["sha256"] == hashlib.sha256(data).hexdigest()
    assert second["attachments"] == []


def test_required_questions_are_answered_with_what_the_form_takes(
    portal: HTTPServer, client: FlaskClient, posting: Posting
) -> None:
    send(client, posting)
    fields = {it["id"]: it for it in posting.form["customQuestions"][0]["fields"]}
    answers = {it["question_id"]: it["value"] for it in came(portal)[0]["answers"]}
    assert answers.keys() == {key for key, it in fields.items() if it["required"]}
    assert {fields[key]["type"] for key in answers} == {
        "dropdown",
        "multiple-choice",
        "multiple-select",
        "text",
    }
    for key, value in answers.items():
        assert isinstance(value, list) == (fields[key]["type"] == "multiple-select")
        if "options" in fields[key]:
            texts = {option["text"] for option in fields[key]["options"]}
            assert set([value] if isinstance(value, str) else value) <= texts


def test_internal_and_unsupported_questions_are_not_answered(
    portal: HTTPServer, client: FlaskClient, world: World
) -> None:
    postings = [it for account in world.accounts.values() for it in account.postings.values()]
    internal = next(it for it in postings if any(s["distribution"] == ["internal"] for s in sets(it)))
    send(client, internal)
    hidden = {
        field["id"] for it in sets(internal) if it["distribution"] == ["internal"] for field in it["fields"]
    }
    assert hidden.isdisjoint(it["question_id"] for it in came(portal)[0]["answers"])


def sets(posting: Posting) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = posting.form["customQuestions"]
    return found


def test_consents_name_the_policies_of_the_form(
    portal: HTTPServer, client: FlaskClient, world: World
) -> None:
    posting = next(it for it in world.accounts["brightwater"].postings.values() if it.is_public)
    send(client, posting)
    disclosures = posting.form["consentDisclosures"]
    given = {it["id"]: it for it in came(portal)[0]["consents"]}
    assert given.keys() == {"store", "marketing", "privacy_policy"}
    assert given["store"]["policy_id"] == disclosures["store"]["compliancePolicyId"]
    assert given["privacy_policy"]["policy_url"].startswith("https://")
    assert all(it["provided"] is True for it in given.values())


def test_a_reference_of_one_of_several_places_finds_its_posting(
    portal: HTTPServer, client: FlaskClient, posting: Posting
) -> None:
    send(client, f"{posting.id}-2")
    application = came(portal)[0]
    assert application["job"]["job_reference"] == f"{posting.id}-2"
    assert application["job"]["original_url"] == posting.hosted_url


def test_applicant_answers_and_whole_parts_can_be_given(
    portal: HTTPServer, client: FlaskClient, posting: Posting
) -> None:
    answers = [{"question_id": "q", "value": "a"}]
    overrides = {"schema_version": "2.0", "test": True}
    applicant = {"full_name": "Ada Maria Adler", "email": "ada@mail.example"}
    told = send(client, posting, applicant=applicant, answers=answers, overrides=overrides)
    application = came(portal)[0]
    assert told["email"] == "ada@mail.example"
    assert application["answers"] == answers
    assert (application["schema_version"], application["test"]) == ("2.0", True)
    person = application["applicant"]
    assert (person["first_name"], person["last_name"], person["full_name"]) == (
        "Ada",
        "Maria Adler",
        "Ada Maria Adler",
    )


@pytest.mark.parametrize(
    "overrides", [{"applicant": None}, {"applicant": "Ada"}, {"source": []}, {"application_id": 7}]
)
def test_even_nonsense_is_sent_when_it_is_ordered(
    portal: HTTPServer, client: FlaskClient, posting: Posting, overrides: dict[str, Any]
) -> None:
    assert send(client, posting, overrides=overrides)["status"] == 202
    assert came(portal)[0].items() >= overrides.items()


def test_every_application_has_an_id_a_click_and_an_address_of_its_own(
    portal: HTTPServer, client: FlaskClient, posting: Posting
) -> None:
    told = [send(client, posting, with_resume=False) for _ in range(10)]
    for name in ("application_id", "click_id", "email"):
        assert len({it[name] for it in told}) == 10


@pytest.mark.parametrize("status", [302, 401, 422, 503])
def test_a_refusal_is_passed_on_and_a_redirect_not_followed(
    portal: HTTPServer, client: FlaskClient, posting: Posting, status: int
) -> None:
    def refuse(request: Request) -> Response:
        return Response("no", status, headers={"Location": "/elsewhere"})

    portal.clear_all_handlers()
    portal.expect_request(PATH).respond_with_handler(refuse)
    told = send(client, posting)
    assert (told["status"], told["body"], told["request_id"]) == (status, "no", None)
    assert [request.path for request, _ in portal.log if request.method == "POST"] == [PATH]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://portal..example"])
def test_a_portal_that_does_not_answer_gives_no_status(
    client: FlaskClient, posting: Posting, url: str
) -> None:
    sender = {"tenant": "meridian", "portal_url": url, "secret": SECRET}
    client.post("/_control/appcast/senders", json=sender)
    told = send(client, posting)
    assert (told["status"], told["request_id"]) == (None, None)
    assert "did not answer" in told["body"]


@pytest.mark.parametrize("asked", [{"applicant": "Ada"}, {"overrides": ["test"]}, {"tenant": "halden"}])
def test_an_order_that_makes_no_sense_is_refused_and_nothing_sent(
    portal: HTTPServer, client: FlaskClient, posting: Posting, asked: dict[str, Any]
) -> None:
    sent = {"tenant": "meridian", "job_reference": posting.id} | asked
    assert client.post("/_control/appcast/applications", json=sent).status_code == 400
    assert portal.log == []


def test_the_page_sends_and_shows_what_was_answered(
    portal: HTTPServer, client: FlaskClient, posting: Posting
) -> None:
    form = {
        "tenant": "meridian",
        "job_reference": posting.id,
        "full_name": "Ada Adler",
        "email": "a@b.example",
    }
    page = client.post("/appcast/applications", data=form, follow_redirects=True).text
    application = came(portal)[0]
    assert application["attachments"] == []
    assert application["applicant"]["email"] == "a@b.example"
    assert f"{application['application_id']}</td>" in page
    assert "The portal answered" not in page
    refused = client.post("/appcast/applications", data=form | {"tenant": "x"}, follow_redirects=True).text
    assert "No sender is registered for tenant" in refused


def test_without_a_portal_the_page_says_how_to_register_one(client: FlaskClient) -> None:
    assert "No portal is registered yet" in client.get("/appcast").text
