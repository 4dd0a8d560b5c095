"""Forms and applications: 3.4 and 3.5 of Lever's contract."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.world import World
from sandbox.world.account import Account
from sandbox.world.posting import Posting
from tests.sandbox.customer import Api, fitting_application, get_tokens

TYPES = {"text", "textarea", "dropdown", "multiple-choice", "multiple-select", "file-upload"}


def apply(api: Api, posting: Posting, **changes: Any) -> Any:
    return api.post(f"/postings/{posting.id}/apply", fitting_application(posting.form) | changes)


def test_the_form_has_its_parts_and_every_supported_type(api: Api, posting: Posting) -> None:
    form = api.get(f"/postings/{posting.id}/apply").get_json()["data"]
    parts = {
        "id",
        "text",
        "personalInformation",
        "urls",
        "customQuestions",
        "eeoQuestions",
        "consentDisclosures",
    }
    assert form.keys() == parts
    assert {field["type"] for field in form["customQuestions"][0]["fields"]} == TYPES
    assert form["consentDisclosures"] is None


def test_internal_questions_are_left_out_for_outsiders(api: Api, account: Account) -> None:
    posting = next(
        it
        for it in account.postings.values()
        if ["internal"] in [s["distribution"] for s in it.form["customQuestions"]]
    )
    path = f"/postings/{posting.id}/apply"
    everyone, outside = (
        api.get(path, **query).get_json()["data"]["customQuestions"]
        for query in ({}, {"distribution": "external"})
    )
    assert len(everyone) == len(outside) + 1


def test_an_application_that_fits_is_taken_and_becomes_an_opportunity(api: Api, posting: Posting) -> None:
    answer = apply(api, posting)
    assert answer.status_code == 201
    assert answer.get_json()["data"].keys() == {"applicationId"}
    found = api.get(
        "/opportunities", email="ada@mail.example", posting_id=posting.id, expand="applications"
    ).get_json()["data"]
    assert [it["applications"][0]["id"] for it in found] == [answer.get_json()["data"]["applicationId"]]
    assert (found[0]["stage"], found[0]["origin"], found[0]["sources"]) == (
        "applicant-new",
        "applied",
        ["Appcast"],
    )
    assert found[0]["applications"][0]["customQuestions"][0]["fields"][0]["value"] == "Yes"


def test_a_repeat_is_a_second_application_of_the_same_contact(api: Api, posting: Posting) -> None:
    apply(api, posting)
    apply(api, posting)
    found = api.get("/opportunities", email="ada@mail.example").get_json()["data"]
    assert len(found) == 2
    assert len({it["contact"] for it in found}) == 1


def test_fullname_and_email_suffice_where_nothing_else_is_required(api: Api, account: Account) -> None:
    bare = next(
        it
        for it in account.postings.values()
        if it.is_public
        and not it.form["customQuestions"]
        and not it.form["personalInformation"][5]["required"]
    )
    assert apply(api, bare, customQuestions=[]).status_code == 201


def test_fields_are_matched_by_position_and_must_all_be_there(api: Api, posting: Posting) -> None:
    sets = fitting_application(posting.form)["customQuestions"]
    sets[0]["fields"].pop()
    answer = apply(api, posting, customQuestions=sets)
    assert answer.status_code == 400
    assert "8 fields" in answer.get_json()["message"]


@pytest.mark.parametrize(
    ("position", "value", "says"),
    [
        (0, None, "is required"),
        (0, "Maybe", "options"),
        (2, ["Day"], "must be a string"),
        (3, "Forklift", "options"),
        (3, ["Rocket"], "options"),
        (6, "https://api.lever.co/v1/uploads/unknown.pdf", "uploaded within 24 hours"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    api: Api, posting: Posting, position: int, value: Any, says: str
) -> None:
    sets = fitting_application(posting.form)["customQuestions"]
    sets[0]["fields"][position]["value"] = value
    answer = apply(api, posting, customQuestions=sets)
    assert answer.status_code == 400
    assert says in answer.get_json()["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"personalInformation": [{"name": "email", "value": "a@b.c"}, {"name": "fullName", "value": "A"}]},
        {"personalInformation": [{"name": "fullName", "value": "A"}]},
        {"personalInformation": [{"name": "fullName", "value": "A"}, {"name": "email", "value": "none"}]},
        {"personalInformation": "Ada"},
        {"customQuestions": [{"id": "unknown", "fields": []}]},
        {"urls": [{"name": "MySpace", "value": "https://x.example"}]},
        {"eeoResponses": {"gender": "a word that is no option"}},
        {"eeoResponses": {"disabilitySignature": 7}},
        {"timezone": "Mars/Olympus"},
        {"origin": "sourced"},
        {"source": 7},
        {"personalInformation": [{"name": ["fullName"], "value": "A"}]},
        {"customQuestions": [{"id": ["set"], "fields": []}]},
        {"customQuestions": [{"fields": []}]},
        {"eeoResponses": ["Female"]},
        {"eeoResponses": {"height": "1.80"}},
        {"consent": "yes"},
    ],
)
def test_a_part_that_does_not_fit_is_refused(api: Api, posting: Posting, changes: dict[str, Any]) -> None:
    assert apply(api, posting, **changes).status_code == 400


def test_eeo_questions_are_those_of_the_contract_and_their_answers_are_taken(
    api: Api, posting: Posting
) -> None:
    questions = api.get(f"/postings/{posting.id}/apply").get_json()["data"]["eeoQuestions"]
    assert list(questions) == [
        "gender",
        "race",
        "veteran",
        "disability",
        "disabilitySignature",
        "disabilitySignatureDate",
    ]
    assert questions["disabilitySignature"]["type"] == "text"
    answers = {"gender": "Female", "disability": "No", "disabilitySignature": "Ada Adler"}
    assert apply(api, posting, eeoResponses=answers).status_code == 201


def test_a_consent_that_is_no_object_is_refused(client: FlaskClient, world: World) -> None:
    api = Api(client, get_tokens(client, "brightwater")["access_token"])
    posting = next(it for it in world.accounts["brightwater"].postings.values() if it.is_public)
    assert apply(api, posting, consent={"store": "yes"}).status_code == 400


def test_unknown_keys_at_the_top_do_no_harm(api: Api, posting: Posting) -> None:
    assert apply(api, posting, postId="x", timezone="America/New_York").status_code == 201


def test_a_required_resume_must_be_an_upload_of_this_account(api: Api, account: Account) -> None:
    posting = next(
        it
        for it in account.postings.values()
        if it.is_public and it.form["personalInformation"][5]["required"]
    )
    person = fitting_application(posting.form)["personalInformation"]
    assert apply(api, posting).status_code == 400
    uri = api.post("/uploads", data={"file": (io.BytesIO(b"%PDF"), "cv.pdf")}).get_json()["data"]["uri"]
    assert (
        apply(api, posting, personalInformation=[*person, {"name": "resume", "value": uri}]).status_code
        == 201
    )


def test_closed_and_draft_postings_take_no_application_and_internal_ones_do(
    api: Api, account: Account
) -> None:
    by_state = {it.state: it for it in account.postings.values()}
    assert apply(api, by_state["closed"]).status_code == 400
    assert apply(api, by_state["draft"]).status_code == 400
    assert "state" not in apply(api, by_state["internal"]).get_json().get("message", "")


def test_a_mandatory_consent_must_name_the_forms_policy(client: FlaskClient, world: World) -> None:
    api = Api(client, get_tokens(client, "brightwater")["access_token"])
    posting = next(it for it in world.accounts["brightwater"].postings.values() if it.is_public)
    policy = posting.form["consentDisclosures"]["store"]["compliancePolicyId"]
    assert apply(api, posting).status_code == 400
    assert (
        apply(api, posting, consent={"store": {"provided": True, "compliancePolicyId": "other"}}).status_code
        == 400
    )
    world.accounts["brightwater"].apply_bucket.level = 2
    assert (
        apply(api, posting, consent={"store": {"provided": True, "compliancePolicyId": policy}}).status_code
        == 201
    )


def test_the_third_application_at_once_is_refused(api: Api, posting: Posting) -> None:
    assert [apply(api, posting).status_code for _ in range(3)] == [201, 201, 429]
