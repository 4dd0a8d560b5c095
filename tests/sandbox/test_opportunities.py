"""Candidates by API: 3.6 of Lever's contract."""

import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from time_machine import travel

from tests.sandbox.customer import Api, Control, get_tokens


def found(api: Api, **query: Any) -> set[str]:
    return {it["name"] for it in api.get("/opportunities", **query).get_json()["data"]}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"email": "chloe.martin@mail.example"}, {"Chloe Martin"}),
        ({"stage_id": "applicant-new"}, {"Chloe Martin"}),
        ({"stage_id": ["applicant-new", "offer"]}, {"Chloe Martin", "Eleni Georgiou"}),
        ({"source": "Indeed"}, {"Benedikt Sauer", "Diego Fuentes"}),
        ({"origin": "referred"}, {"Eleni Georgiou"}),
        ({"archived": "true"}, {"Eleni Georgiou", "Farid Rahimi"}),
        ({"archived": "true", "origin": "applied"}, {"Farid Rahimi"}),
        ({"email": "nobody@mail.example"}, set()),
    ],
)
def test_the_list_can_be_narrowed(api: Api, query: dict[str, Any], names: set[str]) -> None:
    assert found(api, **query) == names


def test_a_posting_is_asked_for_apart_from_those_that_are_archived(api: Api, control: Control) -> None:
    posting = {it["name"]: it["posting"] for it in control.state()["opportunities"]}
    assert found(api, posting_id=posting["Chloe Martin"]) == {"Chloe Martin"}
    assert found(api, posting_id=posting["Farid Rahimi"]) == set()
    assert found(api, archived_posting_id=posting["Farid Rahimi"]) == {"Farid Rahimi"}


def test_what_changed_since_is_found_for_reconciliation(api: Api, control: Control) -> None:
    now = int(time.time() * 1000)
    assert found(api, advanced_at_start=now) == set()
    with travel(time.time() + 60):
        control.move("offer")
        control.post(f"/candidates/{control.opportunity('Diego Fuentes')}/archive", reason="Withdrew")
        assert found(api, advanced_at_start=now) == {"Chloe Martin"}
        assert found(api, archived_at_start=now) == {"Diego Fuentes"}
        assert found(api, updated_at_start=now) == {"Chloe Martin", "Diego Fuentes"}
        assert "Chloe Martin" not in found(api, updated_at_end=now)
    assert api.get("/opportunities", advanced_at_start="monday").status_code == 400


def test_an_opportunity_has_the_recorded_fields(api: Api, control: Control) -> None:
    opportunity = api.get(f"/opportunities/{control.opportunity()}").get_json()["data"]
    assert opportunity.keys() == {
        "id", "name", "headline", "contact", "emails", "phones", "confidentiality", "location", "links",
        "archived", "stage", "stageChanges", "owner", "tags", "sources", "origin", "sourcedBy", "applications",
        "followers", "createdAt", "updatedAt", "lastInteractionAt", "lastAdvancedAt", "snoozedUntil", "urls",
        "dataProtection", "isAnonymized", "opportunityLocation",
    }  # fmt: skip
    assert isinstance(opportunity["contact"], str)
    assert len(opportunity["applications"]) == 1


def test_what_is_expanded_comes_whole_and_needs_its_own_scope(
    api: Api, client: FlaskClient, control: Control
) -> None:
    path = f"/opportunities/{control.opportunity()}"
    whole = api.get(path, expand=["applications", "stage", "contact"]).get_json()["data"]
    assert whole["stage"] == {"id": "applicant-new", "text": "New applicant"}
    assert whole["contact"]["emails"] == ["chloe.martin@mail.example"]
    application = whole["applications"][0]
    assert (application["opportunityId"], application["type"]) == (whole["id"], "posting")
    few = Api(client, get_tokens(client, scope="opportunities:read:admin")["access_token"])
    assert few.get(path).status_code == 200
    assert {few.get(path, expand=it).status_code for it in ("applications", "stage", "contact")} == {403}


def test_a_put_moves_and_archives_and_answers_without_the_person(api: Api, control: Control) -> None:
    path = f"/opportunities/{control.opportunity()}"
    moved = api.put(f"{path}/stage", {"stage": "offer"}).get_json()["data"]
    assert (moved["stage"], moved["name"], moved["emails"], moved["phones"]) == ("offer", "", [], [])
    reason = api.get("/archive_reasons").get_json()["data"][1]["id"]
    archived = api.put(f"{path}/archived", {"reason": reason}).get_json()["data"]
    assert archived["archived"]["reason"] == reason
    assert api.put(f"{path}/archived", {"reason": None}).get_json()["data"]["archived"] is None
    assert api.get(path).get_json()["data"]["name"] == "Chloe Martin"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("stage", {"stage": "Lunch"}),
        ("stage", {}),
        ("stage", []),
        ("archived", {"reason": "Bored"}),
        ("archived", {"reason": 5}),
        ("archived", {"reason": None}),
    ],
)
def test_a_put_that_makes_no_sense_is_refused(api: Api, control: Control, path: str, body: Any) -> None:
    answer = api.put(f"/opportunities/{control.opportunity()}/{path}", body)
    assert (answer.status_code, answer.get_json().keys()) == (400, {"code", "message"})
    assert api.put(f"/opportunities/none/{path}", body).status_code == 404


def test_a_deleted_candidate_is_listed_by_the_time_of_deletion(api: Api, control: Control) -> None:
    opportunity, before = control.opportunity(), int(time.time() * 1000)
    control.post(f"/candidates/{opportunity}/delete")
    listed = api.get("/opportunities/deleted", deleted_at_start=before).get_json()["data"]
    assert [it["id"] for it in listed] == [opportunity]
    assert api.get("/opportunities/deleted", deleted_at_end=before - 1).get_json()["data"] == []
    assert api.get(f"/opportunities/{opportunity}").status_code == 404


def test_another_account_s_candidate_is_not_found(client: FlaskClient, control: Control) -> None:
    other = Api(client, get_tokens(client, "halden")["access_token"])
    assert other.get(f"/opportunities/{control.opportunity()}").status_code == 404
    assert found(other) == set()
