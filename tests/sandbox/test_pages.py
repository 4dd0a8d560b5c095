"""Lever's pages, as the customer's guide and a recruiter's day walk through them."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from lxml import html

from sandbox.world.account import Account
from sandbox.world.posting import Posting
from tests.sandbox.customer import Api, Control, get_tokens

SETTINGS = "/settings/integrations"
WEBHOOKS = "/settings/webhooks"
PAGES = [SETTINGS, WEBHOOKS, "/settings/pipeline", "/candidates", "/postings"]


@pytest.fixture
def admin(client: FlaskClient) -> FlaskClient:
    """A browser in which Meridian's Super Admin is signed in."""
    client.post("/sign-in", data={"email": "admin@meridian.example"})
    return client


@pytest.fixture
def recruiter(client: FlaskClient) -> FlaskClient:
    client.post("/sign-in", data={"email": "recruiter@meridian.example"})
    return client


def shown(browser: FlaskClient, path: str) -> html.HtmlElement:
    answer = browser.get(path)
    assert answer.status_code == 200
    return html.fromstring(answer.text)


def press(browser: FlaskClient, path: str, **form: str) -> str:
    """The page that follows."""
    return unescape(browser.post(path, data=form, follow_redirects=True).text)


def values(page: html.HtmlElement, path: str) -> list[str]:
    return [str(found) for found in page.xpath(path)]


@pytest.mark.parametrize("path", PAGES)
def test_who_is_not_signed_in_is_asked_to_and_comes_back(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/sign-in?next={path}"


@pytest.mark.parametrize("path", PAGES)
def test_a_link_that_names_the_account_signs_its_super_admin_in(client: FlaskClient, path: str) -> None:
    assert (
        "Kestrel Energy · admin@kestrel.example (Super Admin)" in client.get(f"{path}?account=kestrel").text
    )
    assert "Kestrel Energy" in client.get(path).text


def test_signing_out_ends_it(admin: FlaskClient) -> None:
    admin.post("/sign-out")
    assert admin.get(SETTINGS).status_code == 302


def test_an_unknown_address_is_not_signed_in(client: FlaskClient) -> None:
    assert "Nobody here has the e-mail address" in press(client, "/sign-in", email="who@x.example")
    assert client.get(SETTINGS).status_code == 302


def test_the_feed_is_off_until_it_is_switched_on_and_then_has_an_address_to_copy(admin: FlaskClient) -> None:
    button = '//button[@aria-label="Job posting feed"]/@aria-checked'
    page = shown(admin, SETTINGS)
    assert values(page, button) == ["false"]
    assert values(page, "//@data-copy") == []
    press(admin, f"{SETTINGS}/feed", on="yes")
    page = shown(admin, SETTINGS)
    address = "http://localhost/v0/postings/meridian?mode=xml"
    assert values(page, button) == ["true"]
    assert values(page, "//@data-copy") == [address]
    assert values(page, '//input[@aria-label="Job posting feed URL"]/@value') == [address]
    assert admin.get(address).mimetype == "text/xml"
    press(admin, f"{SETTINGS}/feed", on="no")
    assert admin.get(address).status_code == 404


def test_an_authorized_app_is_shown_with_its_permissions_and_can_be_revoked(admin: FlaskClient) -> None:
    assert "No app is authorized" in admin.get(SETTINGS).text
    token = get_tokens(admin, scope="offline_access stages:read:admin")["access_token"]
    page = admin.get(SETTINGS).text
    assert "Authorized by admin@meridian.example" in page
    assert "View pipeline stages" in page
    assert "No app is authorized" in press(admin, f"{SETTINGS}/revoke")
    assert Api(admin, token).get("/stages").status_code == 401


def test_webhooks_are_set_up_as_the_guide_says(admin: FlaskClient, control: Control) -> None:
    page = shown(admin, WEBHOOKS)
    assert values(page, '//section[@id="applicationCreated"]//input[@type="url"]') == []
    press(admin, f"{WEBHOOKS}/events/applicationCreated/switch", on="yes")
    page = shown(admin, WEBHOOKS)
    assert page.xpath('//section[@id="applicationCreated"]//input[@type="url"]')
    press(admin, f"{WEBHOOKS}/events/applicationCreated/add", url=" https://portal.example/hook ")
    webhook = control.state()["webhooks"][0]
    assert (webhook["url"], webhook["signatureToken"], webhook["is_on"]) == (
        "https://portal.example/hook",
        None,
        True,
    )
    assert "No signature token: requests are not signed." in admin.get(WEBHOOKS).text
    press(admin, f"{WEBHOOKS}/{webhook['id']}/token")
    token = control.state()["webhooks"][0]["signatureToken"]
    assert values(shown(admin, WEBHOOKS), "//@data-copy") == [token]


def test_an_address_is_changed_and_a_webhook_removed(admin: FlaskClient, control: Control) -> None:
    made = control.post("/webhooks", event="candidateHired", url="https://portal.example/a").get_json()
    press(admin, f"{WEBHOOKS}/{made['id']}/url", url="https://portal.example/b")
    assert [it["url"] for it in control.state()["webhooks"]] == ["https://portal.example/b"]
    press(admin, f"{WEBHOOKS}/{made['id']}/remove")
    assert control.state()["webhooks"] == []


@pytest.mark.parametrize(
    ("path", "url", "says"),
    [
        ("events/candidateHired/add", "http://portal.example", "url must be an https address"),
        ("events/candidateMoved/add", "https://portal.example", "event must be one of"),
        ("unknown/verify", "", "meridian has no webhook unknown."),
        ("unknown/url", "https://portal.example", "meridian has no webhook unknown."),
        ("deliveries/unknown/rerun", "", "no longer in the history"),
    ],
)
def test_a_mistake_on_the_webhooks_page_is_explained_there(
    admin: FlaskClient, path: str, url: str, says: str
) -> None:
    assert says in press(admin, f"{WEBHOOKS}/{path}", url=url)


def test_a_third_address_for_an_event_is_not_taken(admin: FlaskClient, control: Control) -> None:
    pages = [
        press(admin, f"{WEBHOOKS}/events/candidateHired/add", url=f"https://portal.example/{number}")
        for number in range(3)
    ]
    assert "Lever takes 2 URLs for an event" in pages[2]
    assert len(control.state()["webhooks"]) == 2


def test_what_the_api_made_shows_no_token_and_is_only_switched_here(
    admin: FlaskClient, api: Api, control: Control
) -> None:
    asked = {"event": "candidateHired", "url": "https://portal.example/hook"}
    made = api.post("/webhooks", asked).get_json()["data"]
    page = admin.get(WEBHOOKS).text
    assert made["configuration"]["signatureToken"] not in page
    assert "Nothing is sent while this event is off." in page
    for act in ("url", "token", "remove"):
        said = press(admin, f"{WEBHOOKS}/{made['id']}/{act}", url="https://portal.example/other")
        assert "made through the API and can be changed only there" in said
    press(admin, f"{WEBHOOKS}/events/candidateHired/switch", on="yes")
    row = control.state()["webhooks"][0]
    assert (row["url"], row["is_on"]) == (asked["url"], True)
    assert row["signatureToken"] == made["configuration"]["signatureToken"]


def test_stage_ids_are_revealed_with_blanks_and_copied_without(admin: FlaskClient, account: Account) -> None:
    page = shown(admin, "/settings/pipeline")
    assert [it.name for it in account.pipeline.workflows] == values(page, "//section/h2/text()")[:2]
    assert set(values(page, "//details/summary/text()")) == {"REVEAL STAGE ID"}
    ids = [stage.id for workflow in account.pipeline.workflows for stage in workflow.stages]
    assert values(page, "//@data-copy") == ids
    assert [re.sub(r"\s", "", it) for it in values(page, "//details/code/text()")] == ids
    assert "applicant-new" in values(page, "//details/code/text()")
    assert any(it.count(" - ") == 4 for it in values(page, "//details/code/text()"))


def test_a_recruiter_moves_archives_hires_and_deletes(recruiter: FlaskClient, control: Control) -> None:
    assert "Chloe Martin" in recruiter.get("/candidates").text
    opportunity = control.opportunity()
    path = f"/candidates/{opportunity}"

    def row() -> dict[str, object] | None:
        return next((it for it in control.state()["opportunities"] if it["id"] == opportunity), None)

    press(recruiter, path, act="move", stage="offer")
    assert (row() or {})["stage"] == "offer"
    press(recruiter, path, act="archive", reason="Withdrew")
    assert (row() or {})["archived"] is not None
    press(recruiter, path, act="unarchive")
    assert (row() or {})["archived"] is None
    press(recruiter, path, act="hire")
    assert (row() or {})["is_hired"] is True
    assert "chloe.martin@mail.example" not in press(recruiter, path, act="delete")
    assert row() is None


def test_what_cannot_be_done_to_a_candidate_is_explained(recruiter: FlaskClient, control: Control) -> None:
    path = f"/candidates/{control.opportunity()}"
    assert "meridian has no stage 'Lunch'" in press(recruiter, path, act="move", stage="Lunch")
    assert control.opportunity() in recruiter.get(path).text
    assert "meridian has no opportunity none." in press(recruiter, "/candidates/none", act="hire")


def test_a_posting_is_closed_published_and_given_a_question(recruiter: FlaskClient, posting: Posting) -> None:
    path = f"/postings/{posting.id}"
    assert "Close posting" in recruiter.get(path).text
    assert "Publish" in press(recruiter, path, act="close")
    assert not posting.takes_applications
    assert "Close posting" in press(recruiter, path, act="publish")
    assert posting.is_public
    assert "Where did you study?" in press(recruiter, path, act="add question")
    assert "university" in recruiter.get("/postings").text
    assert "Where did you study?" not in press(recruiter, path, act="remove question")


def test_a_posting_that_is_not_there_leads_to_the_list(recruiter: FlaskClient) -> None:
    page = recruiter.get("/postings/none", follow_redirects=True).text
    assert "Meridian Foods has no posting none." in page


def test_a_team_member_cannot_change_settings(recruiter: FlaskClient, control: Control) -> None:
    control.post("/webhooks", event="candidateHired", url="https://portal.example/hook")
    get_tokens(recruiter)
    before = control.state()
    webhook = before["webhooks"][0]["id"]
    for path in (
        f"{SETTINGS}/feed",
        f"{SETTINGS}/revoke",
        f"{WEBHOOKS}/events/candidateHired/switch",
        f"{WEBHOOKS}/{webhook}/token",
        f"{WEBHOOKS}/{webhook}/remove",
    ):
        assert "Only a Super Admin can change settings." in press(recruiter, path, on="yes")
    assert control.state() == before


@pytest.mark.parametrize("path", [*PAGES, "/sign-in", "/control", "/appcast", "/inbox", "/authenticator"])
def test_every_page_forbids_foreign_and_inline_script(client: FlaskClient, path: str) -> None:
    client.post("/sign-in", data={"email": "admin@meridian.example"})
    answer = client.get(path)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    page = html.fromstring(answer.text)
    assert values(page, "//script/@src | //link/@href") == ["/static/sandbox.css", "/static/sandbox.js"]
    assert page.xpath("//script[not(@src)] | //style | //@style | //@onclick") == []


def test_the_front_door_leads_to_the_control_room(client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == "/control"
    assert client.get("/control").status_code == 200
    assert client.get("/healthz").get_json() == {"status": "ok"}
