"""The public feed: chapter 5 of Lever's contract."""

import pytest
from flask.testing import FlaskClient
from lxml import etree

from sandbox.world.account import Account

FIELDS = {
    "id", "text", "categories", "country", "opening", "openingPlain", "description", "descriptionPlain",
    "descriptionBody", "descriptionBodyPlain", "lists", "additional", "additionalPlain",
    "hostedUrl", "applyUrl", "workplaceType", "createdAt",
}  # fmt: skip
FEED = "/v0/postings/meridian"


def test_json_is_a_bare_list_of_public_postings(client: FlaskClient, account: Account) -> None:
    postings = client.get(f"{FEED}?mode=json").get_json()
    assert {it["id"] for it in postings} == {it.id for it in account.postings.values() if it.is_public}
    assert all(it.keys() >= FIELDS and "updatedAt" not in it for it in postings)
    assert all(it["applyUrl"] == it["hostedUrl"] + "/apply" for it in postings)
    assert any("salaryRange" in it for it in postings)
    assert any("salaryRange" not in it for it in postings)


def test_skip_and_limit_page_and_offset_is_ignored(client: FlaskClient) -> None:
    everything = client.get(f"{FEED}?mode=json&offset=5").get_json()
    assert client.get(f"{FEED}?mode=json&skip=3&limit=4").get_json() == everything[3:7]


def test_filters_repeat_as_alternatives(client: FlaskClient) -> None:
    found = client.get(f"{FEED}?mode=json&team=Bakery&team=Routes").get_json()
    assert {it["categories"]["team"] for it in found} == {"Bakery", "Routes"}


def test_one_value_is_compared_without_case_and_several_with_it(client: FlaskClient) -> None:
    everything = client.get(f"{FEED}?mode=json&team=Bakery").get_json()
    assert everything
    assert client.get(f"{FEED}?mode=json&team=bakery").get_json() == everything
    assert client.get(f"{FEED}?mode=json&team=bakery&team=nothing").get_json() == []


def test_a_location_is_found_among_all_that_a_posting_has(client: FlaskClient) -> None:
    found = client.get(f"{FEED}?mode=json&location=Tulsa, OK").get_json()
    assert all("Tulsa, OK" in it["categories"]["allLocations"] for it in found)
    assert any(it["categories"]["location"] != "Tulsa, OK" for it in found)


def test_postings_can_be_grouped(client: FlaskClient) -> None:
    flat = client.get(f"{FEED}?mode=json").get_json()
    groups = client.get(f"{FEED}?mode=json&group=team").get_json()
    assert {it["title"] for it in groups} == {it["categories"]["team"] for it in flat}
    assert sum(len(it["postings"]) for it in groups) == len(flat)
    assert all(it["categories"]["team"] == group["title"] for group in groups for it in group["postings"])


def test_no_mode_is_html_and_the_query_beats_the_header(client: FlaskClient) -> None:
    assert client.get(FEED).mimetype == "text/html"
    assert client.get(FEED, headers={"Accept": "application/json"}).mimetype == "application/json"
    assert client.get(f"{FEED}?mode=html", headers={"Accept": "application/json"}).mimetype == "text/html"


@pytest.mark.parametrize(
    ("style", "names"),
    [
        (
            "snake",
            {
                "id",
                "employer",
                "position",
                "category",
                "description",
                "location",
                "commitment",
                "post_date",
                "apply_url",
            },
        ),
        ("camel", {"id", "position", "description", "categories", "applyUrl", "hostedUrl", "createdAt"}),
    ],
)
def test_xml_comes_in_the_accounts_spelling(
    client: FlaskClient, account: Account, style: str, names: set[str]
) -> None:
    client.post("/_control/accounts/meridian/feed", json={"style": style, "enabled": True})
    answer = client.get(f"{FEED}?mode=xml")
    root = etree.fromstring(answer.data)
    assert (answer.mimetype, root.tag, len(root)) == (
        "text/xml",
        "jobs",
        sum(it.is_public for it in account.postings.values()),
    )
    assert all({element.tag for element in job} - {"salaryRange"} == names for job in root)


def test_with_the_toggle_off_xml_is_404_and_json_goes_on(client: FlaskClient) -> None:
    assert client.get(f"{FEED}?mode=xml").status_code == 404
    assert client.get(f"{FEED}?mode=json").status_code == 200


@pytest.mark.parametrize(
    "path", ["/v0/postings/nobody?mode=json", f"{FEED}/00000000-0000-0000-0000-000000000000"]
)
def test_an_unknown_site_or_posting_is_document_not_found(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.get_json()) == (404, {"ok": False, "error": "Document not found"})


def test_an_unchanged_feed_answers_304_to_its_etag(client: FlaskClient, account: Account) -> None:
    etag = client.get(f"{FEED}?mode=json").headers["ETag"]
    assert client.get(f"{FEED}?mode=json", headers={"If-None-Match": etag}).status_code == 304
    next(iter(account.postings.values())).text = "Another title"
    assert client.get(f"{FEED}?mode=json", headers={"If-None-Match": etag}).status_code == 200


def test_faults_of_the_feed(client: FlaskClient) -> None:
    def order(kind: str) -> None:
        client.post("/_control/accounts/meridian/faults", json={"kind": kind, "times": 1})

    order("empty_feed")
    assert client.get(f"{FEED}?mode=json").get_json() == []
    order("shrunken_feed")
    assert len(client.get(f"{FEED}?mode=json").get_json()) == 2
    client.post("/_control/accounts/meridian/feed", json={"enabled": True})
    order("malformed_feed")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(client.get(f"{FEED}?mode=xml").data)
    assert etree.fromstring(client.get(f"{FEED}?mode=xml").data).tag == "jobs"


def test_board_seeds_have_the_variety_of_a_real_one(account: Account) -> None:
    postings = list(account.postings.values())
    assert {it.state for it in postings} == {"published", "internal", "closed", "draft"}
    assert any(len(it.all_locations) == 3 for it in postings)
    assert {it.salary_range["interval"] for it in postings if it.salary_range} == {
        "per-year-salary",
        "per-hour-wage",
    }
