"""Webhooks by API: 3.7 of Lever's contract."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.sandbox.customer import Api, Control, get_tokens

ALL_ORIGINS = ["applied", "sourced", "referred", "university", "agency", "internal"]
URL = "https://portal.example/hooks/1"


def create(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.post("/webhooks", {"event": "applicationCreated", "url": URL} | changes)
    assert answer.status_code == 201
    data: dict[str, Any] = answer.get_json()["data"]
    return data


def test_creating_shows_the_signature_token_once(api: Api) -> None:
    made = create(api)
    assert made.keys() == {"id", "event", "url", "configuration", "createdAt", "updatedAt"}
    assert made["configuration"]["conditions"] == {"origins": ALL_ORIGINS}
    assert re.fullmatch(r"[0-9a-f]{48}", made["configuration"]["signatureToken"])
    listed = api.get("/webhooks").get_json()
    assert listed == {"data": [made | {"configuration": {"conditions": {"origins": ALL_ORIGINS}}}]}


def test_each_post_makes_another_token_even_for_the_same_address(api: Api) -> None:
    tokens = {create(api)["configuration"]["signatureToken"] for _ in range(2)}
    assert len(tokens) == 2


def test_an_event_takes_two_addresses(api: Api) -> None:
    for _ in range(2):
        create(api)
    assert api.post("/webhooks", {"event": "applicationCreated", "url": URL}).status_code == 400
    create(api, event="candidateHired")


def test_origins_can_be_narrowed(api: Api) -> None:
    made = create(api, configuration={"conditions": {"origins": ["applied", "referred"]}})
    assert made["configuration"]["conditions"] == {"origins": ["applied", "referred"]}


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "candidateMoved"},
        {"event": None},
        {"url": "http://portal.example/hooks"},
        {"url": "portal.example/hooks"},
        {"url": "https://"},
        {"url": "https://[portal"},
        {"configuration": "all"},
        {"configuration": {"conditions": ["applied"]}},
        {"configuration": {"conditions": {"origins": "applied"}}},
        {"configuration": {"conditions": {"origins": [["applied"]]}}},
        {"configuration": {"conditions": {"origins": ["walked in"]}}},
    ],
)
def test_what_does_not_fit_is_refused_and_makes_nothing(api: Api, changes: dict[str, Any]) -> None:
    answer = api.post("/webhooks", {"event": "applicationCreated", "url": URL} | changes)
    assert (answer.status_code, answer.get_json().keys()) == (400, {"code", "message"})
    assert api.get("/webhooks").get_json()["data"] == []


def test_a_bulk_update_changes_address_and_conditions_and_keeps_the_token(api: Api, control: Control) -> None:
    first, second = create(api), create(api)
    rows = [
        {"id": first["id"], "url": f"{URL}/new"},
        {"id": second["id"], "configuration": {"conditions": {"origins": ["agency"]}}},
    ]
    answer = api.put("/webhooks", {"data": rows})
    assert answer.status_code == 200
    assert answer.get_json()["data"] == api.get("/webhooks").get_json()["data"]
    changed = {it["id"]: it for it in answer.get_json()["data"]}
    assert [changed[it["id"]]["url"] for it in (first, second)] == [f"{URL}/new", URL]
    assert [changed[it["id"]]["configuration"]["conditions"]["origins"] for it in (first, second)] == [
        ALL_ORIGINS,
        ["agency"],
    ]
    kept = {it["id"]: it["signatureToken"] for it in control.state()["webhooks"]}
    assert kept == {it["id"]: it["configuration"]["signatureToken"] for it in (first, second)}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([], 400),
        ({}, 400),
        ({"data": {}}, 400),
        ({"data": ["a"]}, 400),
        ({"data": [{"url": URL}]}, 404),
        ({"data": [{"id": "unknown", "url": URL}]}, 404),
    ],
)
def test_a_bulk_update_of_another_shape_is_refused(api: Api, body: Any, status: int) -> None:
    assert api.put("/webhooks", body).status_code == status


@pytest.mark.parametrize(
    "bad", [{"url": "ftp://portal.example"}, {"configuration": {"conditions": {"origins": ["walked in"]}}}]
)
def test_a_bulk_update_with_one_bad_row_changes_none(api: Api, bad: dict[str, Any]) -> None:
    first, second = create(api), create(api)
    rows = [{"id": first["id"], "url": f"{URL}/new"}, {"id": second["id"]} | bad]
    assert api.put("/webhooks", {"data": rows}).status_code == 400
    assert {it["url"] for it in api.get("/webhooks").get_json()["data"]} == {URL}


def test_there_is_no_update_of_a_single_webhook(api: Api) -> None:
    answer = api.put(f"/webhooks/{create(api)['id']}", {"url": URL})
    assert answer.status_code == 405
    assert answer.get_json().keys() == {"code", "message"}


def test_deleting_answers_204_and_a_second_time_404(api: Api) -> None:
    made = create(api)
    answer = api.delete(f"/webhooks/{made['id']}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert api.get("/webhooks").get_json()["data"] == []
    assert api.delete(f"/webhooks/{made['id']}").status_code == 404


def test_what_was_made_by_hand_is_listed_but_only_changed_by_hand(api: Api, control: Control) -> None:
    made = control.post("/webhooks", event="applicationCreated", url=URL).get_json()
    assert [it["id"] for it in api.get("/webhooks").get_json()["data"]] == [made["id"]]
    assert api.put("/webhooks", {"data": [{"id": made["id"], "url": f"{URL}/new"}]}).status_code == 403
    assert api.delete(f"/webhooks/{made['id']}").status_code == 403
    assert [it["url"] for it in control.state()["webhooks"]] == [URL]


def test_the_read_scope_does_not_make_webhooks(client: FlaskClient) -> None:
    reader = Api(client, get_tokens(client, scope="webhooks:read:admin")["access_token"])
    assert reader.get("/webhooks").status_code == 200
    assert reader.post("/webhooks", {"event": "applicationCreated", "url": URL}).status_code == 403


def test_another_account_sees_and_changes_nothing(api: Api, client: FlaskClient) -> None:
    made = create(api)
    other = Api(client, get_tokens(client, "halden")["access_token"])
    assert other.get("/webhooks").get_json()["data"] == []
    assert other.delete(f"/webhooks/{made['id']}").status_code == 404
