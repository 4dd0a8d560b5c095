"""The control room, endpoint by endpoint as sandbox/README.md lists them."""

import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.world.account import Account
from sandbox.world.posting import Posting
from tests.sandbox.customer import Api, Control, authorize_path, get_tokens

KEYS = ["northwind", "brightwater", "halden", "meridian", "kestrel", "orchard"]


def test_the_accounts_are_listed_with_their_people_and_counts(client: FlaskClient) -> None:
    accounts = client.get("/_control/accounts").get_json()
    assert [it["key"] for it in accounts] == KEYS
    meridian = accounts[3]
    assert (meridian["name"], meridian["site"], meridian["is_connected"]) == (
        "Meridian Foods",
        "meridian",
        False,
    )
    assert meridian["users"] == [
        {"email": "admin@meridian.example", "role": "super admin"},
        {"email": "recruiter@meridian.example", "role": "team member"},
    ]
    assert meridian["counts"] == {
        "postings": 32,
        "published": 29,
        "opportunities": 6,
        "applications": 6,
        "webhooks": 0,
    }


def test_an_account_tells_its_scopes_once_it_is_connected(client: FlaskClient, control: Control) -> None:
    get_tokens(client, scope="offline_access postings:read:admin")
    state = control.state()
    assert (state["is_connected"], state["scopes"]) == (True, ["offline_access", "postings:read:admin"])


def test_an_account_shows_everything_in_it(control: Control, account: Account) -> None:
    state = control.state()
    assert {"applicant-new", "offer"} < {it["id"] for it in state["stages"]}
    assert [it["name"] for it in state["workflows"]] == ["Default workflow", "Hourly hiring"]
    assert {it["id"] for it in state["postings"]} == set(account.postings)
    assert [it["type"] for it in state["archive_reasons"]].count("hired") == 1
    assert {it["opportunity_id"] for it in state["applications"]} == {
        it["id"] for it in state["opportunities"]
    }


def test_a_candidate_is_moved_by_the_name_or_the_id_of_a_stage(control: Control, api: Api) -> None:
    opportunity = control.opportunity()
    for stage in ("offer", "Recruiter screen"):
        moved = control.post(f"/candidates/{opportunity}/move", stage=stage).get_json()
    names = {it["id"]: it["text"] for it in control.state()["stages"]}
    assert names[moved["stage"]] == "Recruiter screen"
    seen = api.get(f"/opportunities/{opportunity}").get_json()["data"]
    assert [it["toStageId"] for it in seen["stageChanges"]] == ["applicant-new", "offer", moved["stage"]]


def test_a_candidate_is_archived_taken_out_hired_and_deleted(control: Control, api: Api) -> None:
    opportunity = control.opportunity()
    path = f"/candidates/{opportunity}"
    archived = control.post(f"{path}/archive", reason="Withdrew").get_json()
    assert archived["archived"]["reason"] in {it["id"] for it in control.state()["archive_reasons"]}
    assert control.post(f"{path}/archive", reason=None).get_json()["archived"] is None
    assert control.post(f"{path}/hire").get_json()["is_hired"] is True
    assert control.post(f"{path}/delete").get_json() == {"deleted": opportunity}
    assert api.get(f"/opportunities/{opportunity}").status_code == 404
    assert [it["id"] for it in api.get("/opportunities/deleted").get_json()["data"]] == [opportunity]


def test_who_is_taken_out_of_the_archive_can_be_hired_again(control: Control) -> None:
    path = f"/candidates/{control.opportunity()}"
    control.post(f"{path}/hire")
    assert control.post(f"{path}/hire").status_code == 400
    assert control.post(f"{path}/archive", reason=None).get_json()["is_hired"] is False
    assert control.post(f"{path}/hire").status_code == 200


def test_who_is_not_in_the_archive_cannot_be_taken_out(control: Control) -> None:
    answer = control.post(f"/candidates/{control.opportunity()}/archive", reason=None)
    assert (answer.status_code, answer.get_json()) == (400, {"error": "The candidate is not in the archive."})


def test_a_webhook_made_here_is_on_and_has_its_token(control: Control) -> None:
    made = control.post("/webhooks", event="candidateHired", url="https://portal.example/h")
    assert made.status_code == 201
    row = made.get_json()
    assert control.state()["webhooks"] == [row]
    assert (row["is_on"], row["made_by"], len(row["signatureToken"])) == (True, "ui", 48)
    assert control.post("/webhooks/switch", event="candidateHired", on=False).get_json() == {
        "switched_on": []
    }
    assert control.state()["webhooks"][0]["is_on"] is False


def test_the_form_editor_adds_and_removes_a_university_picker(
    control: Control, api: Api, posting: Posting
) -> None:
    path = f"/postings/{posting.id}/form"
    before = api.get(f"/postings/{posting.id}/apply").get_json()["data"]["customQuestions"]
    assert control.post(path, add_unsupported=True).get_json()["unsupported_types"] == ["university"]
    with_picker = api.get(f"/postings/{posting.id}/apply").get_json()["data"]["customQuestions"]
    assert with_picker[-1]["fields"][0]["type"] == "university"
    assert "options" not in with_picker[-1]["fields"][0]
    control.post(path, add_unsupported=False)
    assert api.get(f"/postings/{posting.id}/apply").get_json()["data"]["customQuestions"] == before


@pytest.mark.parametrize(("key", "kind"), [("northwind", "university"), ("brightwater", "score")])
def test_unsupported_questions_of_the_seed_are_removed_as_well(
    client: FlaskClient, key: str, kind: str
) -> None:
    control = Control(client, key)
    asking = next(it for it in control.state()["postings"] if kind in it["unsupported_types"])
    cleaned = control.post(f"/postings/{asking['id']}/form", add_unsupported=False).get_json()
    assert cleaned["unsupported_types"] == []


def test_a_new_token_signs_what_comes_from_now_on(control: Control) -> None:
    made = control.post("/webhooks", event="candidateHired", url="https://portal.example/h").get_json()
    changed = control.post("/webhooks/token", event="candidateHired").get_json()
    assert changed["signatureToken"] != made["signatureToken"]
    assert control.state()["webhooks"] == [changed]
    assert control.post("/webhooks/token", event="candidateDeleted").status_code == 400


def test_a_stage_is_removed_and_comes_back_with_its_id(control: Control, api: Api) -> None:
    before = control.state()["workflows"]
    left = control.post("/stages/remove", stage="Background check").get_json()["stages"]
    assert {it["text"] for it in left} & {"Background check", "Offer"} == {"Offer"}
    assert len(api.get("/stages").get_json()["data"]) == len(left)
    assert control.post("/stages/remove", stage="Background check").status_code == 400
    control.post("/stages/restore")
    assert control.state()["workflows"] == before


def test_a_stage_in_which_candidates_stand_is_not_removed(control: Control) -> None:
    assert control.post("/stages/remove", stage="New applicant").status_code == 400


def test_closing_takes_a_posting_off_the_board_and_publishing_brings_it_back(
    client: FlaskClient, control: Control, posting: Posting
) -> None:
    path = f"/v0/postings/meridian/{posting.id}"
    assert control.post(f"/postings/{posting.id}/close").get_json()["state"] == "closed"
    assert client.get(path).status_code == 404
    assert control.post(f"/postings/{posting.id}/publish").get_json()["is_public"] is True
    assert client.get(path).status_code == 200


def test_consent_can_be_accepted_and_denied_in_one_call(client: FlaskClient) -> None:
    asked = {"account": "halden", "authorize_url": "https://auth.lever.co" + authorize_path()}
    denied = client.post("/_control/consent", json=asked | {"decision": "deny"}).get_json()["redirect_to"]
    assert "error=access_denied" in denied
    accepted = client.post("/_control/consent", json=asked | {"decision": "accept"}).get_json()["redirect_to"]
    assert "code=" in accepted
    assert client.post("/_control/consent", json=asked | {"decision": "perhaps"}).status_code == 400


def test_reset_brings_back_the_seed(client: FlaskClient, control: Control, api: Api) -> None:
    before = control.state() | {"is_connected": False, "scopes": [], "newest_refresh_token_sha256": None}
    control.post(f"/candidates/{control.opportunity()}/delete")
    control.post("/feed", enabled=True)
    control.post("/faults", kind="500")
    assert client.post("/_control/reset").get_json() == {"accounts": KEYS}
    assert control.state() == before
    assert client.get("/_control/faults").get_json() == []
    assert client.get("/_control/log").get_json()["requests"] == []
    assert api.get("/stages").status_code == 401


def test_the_log_tells_who_asked_for_what_and_no_secret(client: FlaskClient, api: Api) -> None:
    api.get("/postings", limit=1, email="ada@mail.example")
    client.get("/v0/postings/halden?mode=json")
    client.get("/inbox")
    log = client.get("/_control/log")
    seen = [(it["method"], it["path"], it["account"], it["status"]) for it in log.get_json()["requests"]]
    assert seen == [
        ("POST", "/oauth/token", "meridian", 200),
        ("GET", "/v1/postings", "meridian", 200),
        ("GET", "/v0/postings/halden", "halden", 200),
    ]
    assert api.token not in log.text
    assert "ada@mail.example" not in log.text
    assert log.get_json()["applications"]["meridian"] == 6


def test_the_log_can_be_narrowed(client: FlaskClient, api: Api) -> None:
    client.get("/v0/postings/halden?mode=json")

    def paths(**query: Any) -> list[str]:
        return [it["path"] for it in client.get("/_control/log", query_string=query).get_json()["requests"]]

    assert paths(account="halden") == ["/v0/postings/halden"]
    assert paths(path_prefix="/oauth") == ["/oauth/token"]
    assert paths(after=int(time.time() * 1000) + 1000) == []
    assert client.get("/_control/log?after=yesterday").status_code == 400


ACCOUNT = "/_control/accounts/meridian"


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        (f"{ACCOUNT}/candidates/none/move", {"stage": "offer"}),
        (f"{ACCOUNT}/candidates/none/hire", {}),
        (f"{ACCOUNT}/candidates/none/move", {"stage": 5}),
        (f"{ACCOUNT}/candidates/none/archive", {"reason": ["Withdrew"]}),
        (f"{ACCOUNT}/webhooks", {"event": "candidateMoved", "url": "https://portal.example"}),
        (f"{ACCOUNT}/webhooks", {"event": "candidateHired", "url": "http://portal.example"}),
        (f"{ACCOUNT}/webhooks", {"event": "candidateHired"}),
        (f"{ACCOUNT}/webhooks/switch", {"event": "candidateHired", "on": "yes"}),
        (f"{ACCOUNT}/webhooks/switch", {"event": "candidateMoved", "on": True}),
        (f"{ACCOUNT}/feed", {"style": "kebab"}),
        (f"{ACCOUNT}/feed", {"enabled": 1}),
        (f"{ACCOUNT}/postings/none/close", {}),
        (f"{ACCOUNT}/faults", {"kind": "flood"}),
        (f"{ACCOUNT}/faults", {"kind": "500", "times": -1}),
        (f"{ACCOUNT}/faults", {"kind": "500", "seconds": "ten"}),
        (f"{ACCOUNT}/faults", {"kind": "500", "path_prefix": 5}),
        (f"{ACCOUNT}/faults", {"kind": "500", "path_prefix": "/candidates"}),
        (f"{ACCOUNT}/faults", {"kind": "500", "method": ["GET"]}),
        (f"{ACCOUNT}/faults", {"kind": "429", "retry_after": "soon"}),
        (f"{ACCOUNT}/faults", {"kind": "reduced_scopes", "scopes": 5}),
        (f"{ACCOUNT}/faults", {"kind": "500", "on": "no"}),
        ("/_control/faults", []),
        ("/_control/consent", {"account": "meridian", "authorize_url": "/authorize?client_id=other"}),
        ("/_control/tokens", {}),
        ("/_control/tokens", {"seconds": True}),
        ("/_control/appcast/senders", {"tenant": "meridian"}),
        ("/_control/appcast/applications", {"tenant": "nobody", "job_reference": "x"}),
    ],
)
def test_what_makes_no_sense_is_answered_with_a_sentence(client: FlaskClient, path: str, sent: Any) -> None:
    answer = client.post(path, json=sent)
    assert answer.status_code == 400
    assert answer.get_json().keys() == {"error"}
    assert answer.get_json()["error"].endswith(".")


@pytest.mark.parametrize("path", ["/_control/accounts/nobody", "/_control/nothing"])
def test_what_is_not_there_is_404_with_a_sentence(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.get_json().keys()) == (404, {"error"})


def test_a_method_that_a_path_does_not_have_is_405_in_the_room_s_own_spelling(client: FlaskClient) -> None:
    assert client.get("/_control/reset").get_json().keys() == {"error"}
    assert client.post("/v0/postings/meridian").get_json() == {"ok": False, "error": "Method not allowed"}
    assert client.get("/sign-out").mimetype == "text/html"


def test_a_crowd_is_many_companies_that_have_authorized_the_app(client: FlaskClient) -> None:
    asked = {"of": "orchard", "count": 3, "scopes": "offline_access postings:read:admin"}
    members = client.post("/_control/crowd", json=asked).get_json()
    assert len({it["account_id"] for it in members}) == len({it["posting"] for it in members}) == 3
    for member in members:
        headers = {"Authorization": f"Bearer {member['access_token']}"}
        [posting] = client.get("/v1/postings", headers=headers).get_json()["data"]
        assert (posting["id"], posting["text"]) == (member["posting"], member["title"])
    others = client.post("/_control/crowd", json={**asked, "named": "readers"}).get_json()
    assert [it["key"] for it in others[:1]] == ["readers-00000"]
    large = client.post("/_control/crowd", json={**asked, "named": "large", "jobs": 5}).get_json()
    assert Control(client, large[0]["key"]).state()["counts"]["published"] == 5
    assert client.post("/_control/crowd", json={**asked, "count": 0}).status_code == 400
