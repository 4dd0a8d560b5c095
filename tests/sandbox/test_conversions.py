"""Appcast's receiver of conversions: section 4 of Appcast's contract."""

import hmac
import json
import time
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from time_machine import travel
from werkzeug.test import TestResponse

SECRET = "conversions-secret"
NAMES = [
    "application_received", "reviewed", "contacted", "assessment", "interview", "offer",
    "background_check", "hired", "rejected", "declined", "withdrawn", "apply_complete",
]  # fmt: skip


def conversion(**changes: Any) -> dict[str, Any]:
    return {
        "event_id": str(uuid.uuid4()),
        "event": "interview",
        "raw_status": "Phone screen",
        "raw_stage_id": "67c97049-1e8f-4e83-8eb3-774a1ea86cdf",
        "occurred_at": "2026-01-31T12:00:00Z",
        "received_at": "2026-01-31T12:00:01Z",
        "sequence": 3,
        "test": False,
        "tenant": {"client_id": "c-1", "ent_id": "e-1"},
        "job_reference": "posting-1",
        "application_id": str(uuid.uuid4()),
        "click_id": "ccuid-1",
        "ats": {"name": "lever", "opportunity_hash": "0" * 64},
    } | changes


def signed(body: bytes, secret: str = SECRET, at: int | None = None) -> str:
    at = int(time.time()) if at is None else at
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, 'sha256').hexdigest()}"


def send(client: FlaskClient, body: Any, signature: str | None = None) -> TestResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"X-Appcast-Signature": signed(raw) if signature is None else signature}
    return client.post("/appcast/conversions", data=raw, content_type="application/json", headers=headers)


def send_events(client: FlaskClient, *events: Any) -> TestResponse:
    return send(client, {"events": list(events)})


def kept(client: FlaskClient, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/_control/appcast/conversions", query_string=query).get_json()
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_contract_is_taken_and_kept_as_it_came(client: FlaskClient, name: str) -> None:
    event = conversion(event=name)
    assert (send_events(client, event).status_code, kept(client)[0].items() >= event.items()) == (200, True)


def test_what_may_be_empty_is_taken(client: FlaskClient) -> None:
    event = conversion(click_id=None, raw_status=None, raw_stage_id=None)
    assert send_events(client, event).get_json() == {"accepted": 1}


def test_25_events_are_taken_at_once_and_26_are_not(client: FlaskClient) -> None:
    events = [conversion(sequence=number) for number in range(26)]
    assert send_events(client, *events).status_code == 422
    assert kept(client) == []
    assert send_events(client, *events[:25]).status_code == 200
    assert [it["sequence"] for it in kept(client)] == list(range(25))


def test_a_repeat_is_accepted_and_marked(client: FlaskClient) -> None:
    first, second = conversion(), conversion()
    assert [send_events(client, it).status_code for it in (first, second, first)] == [200, 200, 200]
    assert [it["is_repeat"] for it in kept(client)] == [False, False, True]


def test_what_came_can_be_narrowed(client: FlaskClient) -> None:
    hired, other = conversion(event="hired"), conversion(job_reference="posting-2")
    send_events(client, hired, other)
    assert [it["event_id"] for it in kept(client, event="hired")] == [hired["event_id"]]
    assert [it["event_id"] for it in kept(client, job_reference="posting-2")] == [other["event_id"]]
    by_application = kept(client, application_id=hired["application_id"], event="hired")
    assert [it["event_id"] for it in by_application] == [hired["event_id"]]
    assert kept(client, event="offer") == []


def test_the_page_shows_what_came(client: FlaskClient) -> None:
    event = conversion(raw_status="Paid trial shift", test=True)
    send_events(client, event, event)
    page = client.get("/appcast").text
    assert page.count(event["application_id"]) == 2
    assert "Paid trial shift" in page
    assert "again test" in page


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "phone_screen"},
        {"event": ["hired"]},
        {"event": None},
        {"event_id": "1"},
        {"event_id": 1},
        {"application_id": None},
        {"application_id": "a-1"},
        {"occurred_at": "2026-01-31T12:00:00"},
        {"occurred_at": "yesterday"},
        {"occurred_at": 1769860800},
        {"received_at": None},
        {"sequence": "3"},
        {"sequence": True},
        {"test": "no"},
        {"job_reference": None},
        {"tenant": {"client_id": "c-1"}},
        {"tenant": {"client_id": 1, "ent_id": "e-1"}},
        {"tenant": "c-1"},
        {"click_id": 5},
        {"raw_status": ["Phone screen"]},
        {"ats": {"name": "workday", "opportunity_hash": "0" * 64}},
        {"ats": {"name": "lever", "opportunity_hash": "not a hash"}},
        {"ats": {"name": "lever", "opportunity_hash": "0" * 64, "opportunity_id": "1"}},
        {"ats": None},
        {"email": "ada@mail.example"},
        {"applicant": {"full_name": "Ada Adler"}},
    ],
)
def test_an_event_that_breaks_the_contract_is_refused_with_the_rest_of_its_request(
    client: FlaskClient, changes: dict[str, Any]
) -> None:
    answer = send_events(client, conversion(), conversion(**changes))
    assert (answer.status_code, answer.get_json()["error"]) == (422, "contract_broken")
    assert len(answer.get_json()["problems"]) == 1
    assert answer.get_json()["problems"][0].startswith("events[1]: ")
    assert kept(client) == []


@pytest.mark.parametrize(
    "name",
    ["event_id", "event", "occurred_at", "received_at", "sequence", "test", "tenant", "job_reference",
     "application_id", "ats"],
)  # fmt: skip
def test_what_the_contract_demands_may_not_be_left_out(client: FlaskClient, name: str) -> None:
    event = conversion()
    del event[name]
    answer = send_events(client, event)
    assert answer.status_code == 422
    assert name in answer.get_json()["problems"][0]


def test_events_must_come_oldest_first(client: FlaskClient) -> None:
    early = conversion(occurred_at="2026-01-31T12:00:00+02:00")
    late = conversion(occurred_at="2026-01-31T11:00:00Z")
    assert "oldest first" in send_events(client, late, early).get_json()["problems"][0]
    assert send_events(client, early, late).status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", {"events": []}, {"events": "none"}, {"events": [1]},
     {"events": [conversion()], "tenant": "x"}, conversion()],
)  # fmt: skip
def test_a_body_of_another_shape_is_refused(client: FlaskClient, body: Any) -> None:
    assert send(client, body).status_code == 422


def test_signed_with_the_new_and_the_old_secret_either_is_enough(client: FlaskClient) -> None:
    body = json.dumps({"events": [conversion()]}).encode()
    now = int(time.time())
    old, right = signed(body, "an older secret", now), signed(body, at=now)
    for first, second in ((old, right), (right, old)):
        assert send(client, body, f"{first},{second.partition(',')[2]}").status_code == 200


@pytest.mark.parametrize("seconds", [-299, 299])
def test_a_signature_may_be_almost_five_minutes_off(client: FlaskClient, seconds: int) -> None:
    with travel(int(time.time()), tick=False):
        body = json.dumps({"events": [conversion()]}).encode()
        assert send(client, body, signed(body, at=int(time.time()) + seconds)).status_code == 200
        late = signed(body, at=int(time.time()) + seconds // 299 * 301)
        assert send(client, body, late).status_code == 401


@pytest.mark.parametrize(
    "signature",
    ["", "nonsense", "t=now,v1=00", "v1=00", "t=1,t=2,v1=00", "sha256=00", "t=99999999999999999999,v1=00"],
)
def test_a_signature_of_another_shape_is_refused(client: FlaskClient, signature: str) -> None:
    assert send(client, {"events": [conversion()]}, signature).status_code == 401


def test_a_wrong_secret_or_a_changed_body_is_refused_before_anything_is_read(client: FlaskClient) -> None:
    body = json.dumps({"events": [conversion()]}).encode()
    assert send(client, body, signed(body, "another secret")).status_code == 401
    assert send(client, body + b" ", signed(body)).status_code == 401
    assert send(client, b"{", signed(body)).status_code == 401
    assert kept(client) == []


def test_the_signature_covers_the_time(client: FlaskClient) -> None:
    body = json.dumps({"events": [conversion()]}).encode()
    now = int(time.time())
    mac = signed(body, at=now).partition("v1=")[2]
    assert send(client, body, f"t={now - 1},v1={mac}").status_code == 401
