"""Lists, scopes, limits and refusals of the data API: chapters 2 and 3 of Lever's contract."""

import io
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient

from sandbox.world import World
from sandbox.world.account import Account
from sandbox.world.posting import Posting
from tests.sandbox.customer import Api, get_tokens


def test_pages_join_to_the_whole_list_without_repeats(api: Api, account: Account) -> None:
    seen, offset = [], None
    while True:
        page = api.get("/postings", limit=10, **({"offset": offset} if offset else {})).get_json()
        seen += [posting["id"] for posting in page["data"]]
        offset = page.get("next")
        assert page["hasNext"] == (offset is not None)
        if offset is None:
            break
    assert sorted(seen) == sorted(account.postings)


def test_the_next_token_is_percent_encoded_already(api: Api) -> None:
    token = api.get("/postings", limit=1).get_json()["next"]
    assert token.startswith("%5B3%2C")
    assert unquote(token).startswith("[3,")


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"offset": "x"}, {"state": "open"}]
)
def test_a_bad_list_parameter_is_refused(api: Api, query: dict[str, object]) -> None:
    answer = api.get("/postings", **query)
    assert answer.status_code == 400
    assert answer.get_json().keys() == {"code", "message"}


def test_published_alone_means_the_public_job_site(api: Api, account: Account) -> None:
    ids = {it["id"] for it in api.get("/postings", state="published").get_json()["data"]}
    assert ids == {it.id for it in account.postings.values() if it.is_public}


def test_include_takes_away_and_expand_inlines(api: Api, account: Account) -> None:
    first = api.get("/postings", limit=1, include="text", expand="owner").get_json()["data"][0]
    assert first.keys() == {"text", "owner"}
    assert first["owner"]["name"] in {user.name for user in account.users}


def test_a_posting_tells_the_site_and_its_pages(api: Api, posting: Posting) -> None:
    urls = api.get(f"/postings/{posting.id}").get_json()["data"]["urls"]
    page = f"https://jobs.lever.co/meridian/{posting.id}"
    assert urls == {"list": "https://jobs.lever.co/meridian", "show": page, "apply": f"{page}/apply"}


def test_stages_are_words_and_uuids_and_nothing_but_id_and_text(api: Api) -> None:
    stages = api.get("/stages").get_json()["data"]
    assert {"applicant-new", "lead-new", "offer"} < {stage["id"] for stage in stages}
    assert all(stage.keys() == {"id", "text"} for stage in stages)
    assert api.get(f"/stages/{stages[4]['id']}").get_json()["data"] == stages[4]


def test_disposition_stages_know_pipelines_and_archive_reasons(api: Api) -> None:
    data = api.get("/disposition_stages").get_json()["data"]
    assert data["stages"][3] == {
        "id": "applicant-new",
        "text": "New applicant",
        "pipeline": "applicant",
        "rank": 101,
        "hasInterview": False,
    }
    assert {reason["type"] for reason in data["archiveReasons"]} == {"hired", None}


def test_archive_reasons_can_be_asked_for_by_type(api: Api) -> None:
    hired = api.get("/archive_reasons", type="hired").get_json()["data"]
    assert [(it["text"], it["type"], it["status"]) for it in hired] == [("Hired", "hired", "active")]


def test_users_sources_and_surveys_answer(api: Api, client: FlaskClient, world: World) -> None:
    assert (
        api.get("/users", email="admin@meridian.example").get_json()["data"][0]["accessRole"] == "super admin"
    )
    assert {"text": "Indeed", "count": 2} in api.get("/sources").get_json()["data"]
    halden = Api(client, get_tokens(client, "halden")["access_token"])
    survey = halden.get(f"/surveys/diversity/{next(iter(world.accounts['halden'].postings))}").get_json()[
        "data"
    ][0]
    assert survey["fields"][0]["type"] == "multiple choice"


@pytest.mark.parametrize(
    "path",
    [
        "/stages",
        "/opportunities",
        "/webhooks",
        "/archive_reasons",
        "/users",
        "/sources",
        "/disposition_stages",
    ],
)
def test_a_scope_that_was_not_granted_is_403(client: FlaskClient, path: str) -> None:
    api = Api(client, get_tokens(client, scope="offline_access postings:read:admin")["access_token"])
    assert api.get(path).status_code == 403


def test_a_write_scope_implies_the_read_scope(client: FlaskClient) -> None:
    api = Api(client, get_tokens(client, scope="webhooks:write:admin")["access_token"])
    assert api.get("/webhooks").status_code == 200


def test_what_is_not_there_is_resource_not_found(api: Api) -> None:
    answer = api.get("/stages/none")
    assert (answer.status_code, answer.get_json()) == (
        404,
        {"code": "ResourceNotFound", "message": "stages none was not found"},
    )
    assert api.get("/nothing").get_json() == {
        "code": "ResourceNotFound",
        "message": "/v1/nothing does not exist",
    }


def test_no_or_a_strange_token_is_401(client: FlaskClient) -> None:
    assert client.get("/v1/stages").status_code == 401
    assert Api(client, "strange").get("/stages").get_json()["code"] == "UnauthorizedError"


def test_another_accounts_posting_is_not_found(api: Api, world: World) -> None:
    assert api.get(f"/postings/{next(iter(world.accounts['halden'].postings))}").status_code == 404


def test_bursts_of_twenty_pass_and_then_comes_429_without_retry_after(api: Api) -> None:
    answers = [api.get("/stages/offer") for _ in range(40)]
    assert all(answer.status_code == 200 for answer in answers[:20])
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].get_json()["code"] == "TooManyRequests"
    assert "Retry-After" not in refused[0].headers


def test_uploads_answer_with_a_uri_that_dies_after_a_day(api: Api) -> None:
    answer = api.post("/uploads", data={"file": (io.BytesIO(b"%PDF"), "my cv.pdf")})
    data = answer.get_json()["data"]
    assert answer.status_code == 201
    assert data.keys() == {"id", "filename", "uri", "size", "expiresAt"}
    assert data["uri"] == f"https://api.lever.co/v1/uploads/{data['id']}-my-cv.pdf"
    assert data["size"] == 4


def test_headers_are_those_of_the_data_api(api: Api) -> None:
    headers = api.get("/stages").headers
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["X-Stream-Path"] == "dapi"
