"""Deliveries: chapter 4 of Lever's contract."""

import json
import re
import time

import pytest
from flask.testing import FlaskClient
from pytest_httpserver import HTTPServer

from sandbox.world.webhooks import signature
from tests.sandbox.customer import Api, Control
from tests.sandbox.receiver import Receiver, signature_of

STAGE_CHANGE = "candidateStageChange"
HOUR = 3600


def test_the_signature_is_the_contracts_own_vector() -> None:
    key = "0123456789abcdef0123456789abcdef0123456789abcdef"
    token = "be58f711f349c7780e4579cd7c63341ac6f881e4dccc3154"
    expected = "65f4216d1725a5c4cadf3eb52db61cf370ffc1fd2e1b4ee6e2dc40d32ffb1d7d"
    assert signature(key, token, 1431454330072) == expected


def test_a_delivery_is_a_signed_post_in_lever_s_envelope(
    control: Control, receiver: Receiver, key: str
) -> None:
    before = time.time() * 1000
    control.move()
    control.deliveries()
    request, body = receiver.requests[0], receiver.bodies[0]
    assert (request.method, request.headers["User-Agent"]) == ("POST", "Lever-Webhooks")
    assert request.headers["Content-Type"] == "application/json"
    assert list(body) == ["triggeredAt", "event", "data", "signature", "token"]
    assert before - 1 <= body["triggeredAt"] <= time.time() * 1000
    assert re.fullmatch(r"[0-9a-f]{48}", body["token"])
    assert body["signature"] == signature_of(body, key)
    assert "signature" not in {name.lower() for name, _ in request.headers}


def test_the_body_is_compact_json_as_lever_measures_it(
    control: Control, receiver: Receiver, key: str
) -> None:
    control.move()
    control.deliveries()
    assert receiver.raw[0] == json.dumps(receiver.bodies[0], separators=(",", ":")).encode()


def test_a_stage_change_names_both_stages_and_the_opportunity(
    control: Control, receiver: Receiver, key: str
) -> None:
    opportunity = control.opportunity()
    control.move("offer")
    control.deliveries()
    data = receiver.bodies[0]["data"]
    assert list(data) == ["opportunityId", "candidateId", "contactId", "toStageId", "fromStageId"]
    assert (data["opportunityId"], data["fromStageId"], data["toStageId"]) == (
        opportunity,
        "applicant-new",
        "offer",
    )


@pytest.mark.parametrize(
    ("event", "act", "fields"),
    [
        ("candidateHired", "hire", {"opportunityId", "candidateId", "contactId"}),
        ("candidateDeleted", "delete", {"opportunityId", "candidateId", "contactId", "deletedBy"}),
        (
            "candidateArchiveChange",
            "hire",
            {"opportunityId", "candidateId", "contactId", "fromArchived", "toArchived"},
        ),
    ],
)
def test_each_act_sends_its_event(
    control: Control, receiver: Receiver, event: str, act: str, fields: set[str]
) -> None:
    control.post("/webhooks", event=event, url=receiver.url)
    control.post(f"/candidates/{control.opportunity()}/{act}")
    control.deliveries()
    assert [(it["event"], it["data"].keys()) for it in receiver.bodies] == [(event, fields)]


def test_an_archive_change_tells_what_was_and_what_is(control: Control, receiver: Receiver) -> None:
    control.post("/webhooks", event="candidateArchiveChange", url=receiver.url)
    path = f"/candidates/{control.opportunity()}/archive"
    reason = next(it["id"] for it in control.state()["archive_reasons"] if it["text"] == "Withdrew")
    control.post(path, reason=reason)
    control.deliveries()
    control.post(path, reason=None)
    control.deliveries()
    first, second = (it["data"] for it in receiver.bodies)
    assert (first["fromArchived"], first["toArchived"]["reason"]) == (None, reason)
    assert (second["fromArchived"], second["toArchived"]) == (first["toArchived"], None)


def test_verify_connection_sends_empty_data_correctly_signed(
    client: FlaskClient, control: Control, receiver: Receiver, key: str
) -> None:
    webhook = control.state()["webhooks"][0]["id"]
    page = client.post(f"/settings/webhooks/{webhook}/verify?account=meridian", follow_redirects=True).text
    body = receiver.bodies[0]
    assert (body["event"], body["data"]) == (STAGE_CHANGE, {})
    assert body["signature"] == signature_of(body, key)
    assert "Connection verified: the receiver answered 204." in page


def test_without_a_token_nothing_is_signed(client: FlaskClient, control: Control, receiver: Receiver) -> None:
    pages = "/settings/webhooks"
    client.post(f"{pages}/events/{STAGE_CHANGE}/switch?account=meridian", data={"on": "yes"})
    client.post(f"{pages}/events/{STAGE_CHANGE}/add", data={"url": receiver.url})
    control.move()
    control.deliveries()
    assert list(receiver.bodies[0]) == ["triggeredAt", "event", "data", "token"]


def test_a_regenerated_token_signs_what_comes_after(
    client: FlaskClient, control: Control, receiver: Receiver, key: str
) -> None:
    webhook = control.state()["webhooks"][0]
    client.post(f"/settings/webhooks/{webhook['id']}/token?account=meridian")
    new_key = control.state()["webhooks"][0]["signatureToken"]
    control.move()
    control.deliveries()
    body = receiver.bodies[0]
    assert new_key != key
    assert body["signature"] == signature_of(body, new_key)


def test_each_row_has_a_token_of_its_own(
    control: Control, httpserver: HTTPServer, receiver: Receiver
) -> None:
    other = Receiver(httpserver, path="/other")
    keys = [
        control.post("/webhooks", event=STAGE_CHANGE, url=it.url).get_json()["signatureToken"]
        for it in (receiver, other)
    ]
    control.move()
    control.deliveries()
    for key, it in zip(keys, (receiver, other), strict=True):
        assert it.bodies[0]["signature"] == signature_of(it.bodies[0], key)
    assert keys[0] != keys[1]


def test_what_the_api_made_is_silent_until_a_super_admin_switches_the_event_on(
    api: Api, control: Control, receiver: Receiver
) -> None:
    made = api.post("/webhooks", {"event": STAGE_CHANGE, "url": receiver.url}).get_json()["data"]
    control.move("offer")
    assert control.deliveries() == []
    control.post("/webhooks/switch", event=STAGE_CHANGE, on=True)
    control.move("Recruiter screen")
    assert len(control.deliveries()) == 1
    body = receiver.bodies[0]
    assert body["signature"] == signature_of(body, made["configuration"]["signatureToken"])
    control.post("/webhooks/switch", event=STAGE_CHANGE, on=False)
    control.move("offer")
    assert len(control.deliveries()) == 1


def test_origin_conditions_hold_for_the_first_four_events_and_not_for_deletion(
    api: Api, control: Control, receiver: Receiver
) -> None:
    conditions = {"conditions": {"origins": ["referred"]}}
    for event in (STAGE_CHANGE, "candidateDeleted"):
        asked = {"event": event, "url": receiver.url, "configuration": conditions}
        assert api.post("/webhooks", asked).status_code == 201
        control.post("/webhooks/switch", event=event, on=True)
    control.move("offer")  # she applied
    referred = control.opportunity("Eleni Georgiou")
    control.post(f"/candidates/{referred}/move", stage="Recruiter screen")
    control.post(f"/candidates/{control.opportunity()}/delete")
    control.deliveries()
    assert sorted(it["event"] for it in receiver.bodies) == ["candidateDeleted", STAGE_CHANGE]
    changed = next(it for it in receiver.bodies if it["event"] == STAGE_CHANGE)
    assert changed["data"]["opportunityId"] == referred
