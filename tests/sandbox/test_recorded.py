"""An account made of answers that were recorded: what went in comes out again."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from sandbox.settings import Settings
from sandbox.world import World
from tests.sandbox.customer import Api, Control, get_tokens

ID = "33538a2f-d27d-4a96-8f05-fa4b0e4d940e"
SITE = "acme-tools"
PAGE = f"https://jobs.lever.co/{SITE}/{ID}"
# As chapter 5 of Lever's contract has a posting of the JSON feed.
POSTING: dict[str, Any] = {
    "additionalPlain": "We are an equal opportunity employer.\n",
    "additional": "<div>We are an equal opportunity employer.</div>",
    "categories": {
        "commitment": "Full-time",
        "department": "Sales",
        "location": "Arlington, TX",
        "team": "Inside Sales",
        "allLocations": ["Arlington, TX", "Remote"],
    },
    "createdAt": 1553186035299,
    "descriptionPlain": "Who we are\n\nYou sell & advise.\n",
    "description": "<div>Who we are</div><div><br></div><div>You sell &amp; advise.</div>",
    "id": ID,
    "lists": [{"text": "You bring", "content": "<li>Patience</li><li>A licence</li>"}],
    "text": "Account Executive",
    "country": "US",
    "workplaceType": "hybrid",
    "opening": "<div>Who we are</div>",
    "openingPlain": "Who we are\n",
    "descriptionBody": "<div>You sell &amp; advise.</div>",
    "descriptionBodyPlain": "You sell & advise.\n",
    "hostedUrl": PAGE,
    "applyUrl": f"{PAGE}/apply",
    "salaryRange": {"currency": "USD", "interval": "per-year-salary", "min": 60000, "max": 80500.5},
    "salaryDescription": "<div>Plus a bonus.</div>",
    "salaryDescriptionPlain": "Plus a bonus.\n",
}
BARE = POSTING | {"id": "7b0d2a0c-6f5f-4a59-9a43-0a5a3f7f2d11", "categories": {}, "country": None}
STAGES = [
    {"id": "lead-new", "text": "New lead", "pipeline": "lead", "rank": 1, "hasInterview": False},
    {
        "id": "applicant-new",
        "text": "New applicant",
        "pipeline": "applicant",
        "rank": 101,
        "hasInterview": False,
    },
    {"id": "2d1f", "text": "Panel", "pipeline": "onsite", "rank": 230.5, "hasInterview": True},
]
REASONS: list[dict[str, Any]] = [
    {"id": "r-1", "text": "Hired", "type": "hired", "status": "active"},
    {"id": "r-2", "text": "Withdrew", "type": None, "status": "inactive"},
]
# As 3.4 of Lever's contract has it: EEO fields need not say whether they are required.
FORM = {
    "id": ID,
    "text": "Account Executive",
    "personalInformation": [
        {"name": "fullName", "text": "Full name", "type": "text", "required": True, "value": None},
        {"name": "email", "text": "Email", "type": "text", "required": True, "value": None},
    ],
    "urls": [],
    "customQuestions": [],
    "eeoQuestions": {"disabilitySignature": {"type": "text"}},
    "consentDisclosures": None,
}


def write(folder: Path, name: str, content: Any) -> None:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """What a test adds to the folder must be there before the world is."""
    write(tmp_path, f"postings.{SITE}.json", [POSTING])
    return Settings(account_folder=tmp_path)


@pytest.fixture
def api(app: Flask, settings: Settings) -> Api:
    """The test has written what it wants recorded; the world begins when this is asked for."""
    return recorded_api(app, settings)


def recorded_api(app: Flask, settings: Settings) -> Api:
    app.extensions["world"] = World(settings)
    client = app.test_client()
    return Api(client, get_tokens(client, SITE)["access_token"])


def apply(api: Api, **changes: Any) -> int:
    person = [{"name": "fullName", "value": "Ada Adler"}, {"name": "email", "value": "ada@mail.example"}]
    return api.post(f"/postings/{ID}/apply", {"personalInformation": person} | changes).status_code


def test_the_feed_gives_back_the_recorded_posting(client: FlaskClient) -> None:
    assert client.get(f"/v0/postings/{SITE}?mode=json").get_json() == [POSTING]
    assert client.get(f"/v0/postings/{SITE}/{ID}").get_json() == POSTING


def test_the_account_stands_beside_the_others_with_its_feed_on(client: FlaskClient) -> None:
    accounts = client.get("/_control/accounts").get_json()
    assert len(accounts) == 7
    assert (accounts[6]["key"], accounts[6]["name"], accounts[6]["is_feed_on"]) == (SITE, "Acme Tools", True)
    assert accounts[6]["users"][0] == {"email": f"admin@{SITE}.example", "role": "super admin"}
    job = etree.fromstring(client.get(f"/v0/postings/{SITE}?mode=xml").data)[0]
    assert (job.findtext("position"), job.findtext("post_date")) == ("Account Executive", "1553186035299")


def test_what_lever_leaves_out_stays_out(app: Flask, settings: Settings, tmp_path: Path) -> None:
    bare = {key: value for key, value in BARE.items() if not key.startswith("salary")}
    write(tmp_path, f"postings.{SITE}.json", [bare | {"hostedUrl": PAGE}])
    served = recorded_api(app, settings).client.get(f"/v0/postings/{SITE}?mode=json").get_json()[0]
    assert served["categories"] == {"allLocations": []}
    assert not [key for key in served if key.startswith("salary")]


def test_a_posting_without_the_day_it_was_made_is_taken(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path, f"postings.{SITE}.json", [{k: v for k, v in POSTING.items() if k != "createdAt"}])
    client = recorded_api(app, settings).client
    assert client.get(f"/v0/postings/{SITE}?mode=json").get_json()[0]["createdAt"] > 0


def test_characters_that_xml_cannot_hold_are_left_out_of_it(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path, f"postings.{SITE}.json", [POSTING | {"text": "Account\x0b Executive\x00"}])
    feed = recorded_api(app, settings).client.get(f"/v0/postings/{SITE}?mode=xml")
    assert etree.fromstring(feed.data)[0].findtext("position") == "Account Executive"


def test_stages_and_archive_reasons_are_the_recorded_ones(
    tmp_path: Path, app: Flask, settings: Settings
) -> None:
    write(tmp_path, "v1.disposition_stages.json", {"data": {"stages": STAGES, "archiveReasons": REASONS}})
    api = recorded_api(app, settings)
    assert api.get("/disposition_stages").get_json()["data"] == {"stages": STAGES, "archiveReasons": REASONS}
    assert api.get("/stages").get_json()["data"] == [{"id": it["id"], "text": it["text"]} for it in STAGES]
    reasons = api.get("/archive_reasons").get_json()["data"]
    assert [it["type"] for it in reasons] == ["hired", "non-hired"]


def test_a_list_of_stages_alone_keeps_its_order(tmp_path: Path, app: Flask, settings: Settings) -> None:
    stages = [{"id": it["id"], "text": it["text"]} for it in STAGES[::-1]]
    write(tmp_path, "v1.stages.json", {"data": stages, "hasNext": False})
    assert recorded_api(app, settings).get("/stages").get_json()["data"] == stages


def test_one_can_apply_and_be_hired_whatever_was_recorded(
    tmp_path: Path, app: Flask, settings: Settings
) -> None:
    recorded = {"stages": STAGES[2:], "archiveReasons": REASONS[1:]}
    write(tmp_path, "v1.disposition_stages.json", {"data": recorded})
    write(tmp_path, "v1.postings.apply.json", {"data": FORM})
    api = recorded_api(app, settings)
    assert apply(api) == 201
    control = Control(api.client, SITE)
    opportunity = control.opportunity("Ada Adler")
    assert control.post(f"/candidates/{opportunity}/hire").get_json()["stage"] == "2d1f"


def test_every_posting_gets_the_recorded_form(tmp_path: Path, app: Flask, settings: Settings) -> None:
    write(tmp_path, "v1.postings.apply.json", {"data": FORM})
    api = recorded_api(app, settings)
    assert api.get(f"/postings/{ID}/apply").get_json()["data"] == FORM
    assert apply(api, eeoResponses={"disabilitySignature": "Ada Adler"}) == 201
    assert apply(api, eeoResponses={"disabilitySignature": 7}) == 400


def test_without_a_recorded_form_the_posting_has_an_invented_one(api: Api) -> None:
    form = api.get(f"/postings/{ID}/apply").get_json()["data"]
    assert [it["name"] for it in form["personalInformation"]][:2] == ["fullName", "email"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (f"postings.{SITE}.json", [], "must be a non-empty list"),
        (f"postings.{SITE}.json", [{"id": ID}], "each with a hostedUrl"),
        (f"postings.{SITE}.json", "{", "is not JSON"),
        ("v1.stages.json", "[", "is not JSON"),
    ],
)
def test_a_recording_that_cannot_be_used_is_named(
    tmp_path: Path, settings: Settings, name: str, content: Any, says: str
) -> None:
    write(tmp_path, name, content)
    with pytest.raises(SystemExit, match=says):
        World(settings)


def test_a_folder_without_postings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"holds no postings\.<site>\.json"):
        World(Settings(account_folder=tmp_path))
