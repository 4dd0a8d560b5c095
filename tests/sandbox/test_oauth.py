"""Sign-in, consent and tokens as chapter 1 of Lever's contract has them."""

import base64
import hashlib
import json
import time

import pytest
from flask.testing import FlaskClient
from time_machine import travel

from sandbox.world import World
from tests.sandbox.customer import SCOPES, Api, answer_of, authorize_path, exchange, get_tokens, refresh


def sign_in(client: FlaskClient, email: str = "admin@meridian.example") -> None:
    client.post("/sign-in", data={"email": email})


def accept(client: FlaskClient, path: str) -> str:
    return client.post(path, data={"decision": "accept"}).headers["Location"]


def test_who_is_not_signed_in_is_asked_to_and_comes_back(client: FlaskClient) -> None:
    asked = client.get(authorize_path())
    assert asked.headers["Location"].startswith("/sign-in?next=/authorize%3F")
    form = {"email": "admin@meridian.example", "next": authorize_path()}
    assert client.post("/sign-in", data=form).headers["Location"] == authorize_path()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example/"])
def test_sign_in_never_leads_to_another_site(client: FlaskClient, target: str) -> None:
    answer = client.post("/sign-in", data={"email": "admin@meridian.example", "next": target})
    assert answer.headers["Location"] == "/settings/integrations"


def test_consent_page_lists_the_permissions_in_words(client: FlaskClient) -> None:
    sign_in(client)
    page = client.get(authorize_path(scope="offline_access postings:read:admin webhooks:write:admin")).text
    assert "View job postings" in page
    assert "View and manage webhooks" in page


def test_accepting_redirects_with_state_and_a_code(client: FlaskClient) -> None:
    sign_in(client)
    answer = answer_of(accept(client, authorize_path()))
    assert answer.keys() == {"state", "code"}
    assert answer["state"] == "s-1"


def test_denying_redirects_with_access_denied(client: FlaskClient) -> None:
    sign_in(client)
    answer = client.post(authorize_path(), data={"decision": "deny"})
    assert answer_of(answer.headers["Location"])["error"] == "access_denied"


def test_a_team_member_cannot_consent(client: FlaskClient) -> None:
    sign_in(client, "recruiter@meridian.example")
    assert client.get(authorize_path()).status_code == 403
    refused = client.post(authorize_path(), data={"decision": "accept"})
    assert refused.status_code == 403
    assert "Super Admin" in refused.text


def test_consent_is_asked_again_only_for_new_scopes_or_after_a_revoke(client: FlaskClient) -> None:
    sign_in(client)
    few, more = "offline_access postings:read:admin", "offline_access postings:read:admin stages:read:admin"
    accept(client, authorize_path(scope=few))
    assert client.get(authorize_path(scope=few)).status_code == 302
    assert client.get(authorize_path(scope=more)).status_code == 200
    client.post("/_control/accounts/meridian/revoke")
    assert client.get(authorize_path(scope=few)).status_code == 200


def test_without_the_exact_audience_only_offline_access_is_asked_for(client: FlaskClient) -> None:
    sign_in(client)
    path = authorize_path(audience="https://api.lever.co/v1")
    assert "postings:read:admin" not in client.get(path).text
    code = answer_of(accept(client, path))["code"]
    assert exchange(client, code).get_json()["scope"] == "offline_access"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"client_id": "another"}, "ClientID not found"),
        ({"redirect_uri": "http://127.0.0.1:8000/oauth/lever/callback"}, "undefined"),
        ({"state": ""}, "state is required"),
        ({"response_type": "token"}, "unsupported response type"),
    ],
)
def test_a_bad_request_is_shown_and_never_redirected(
    client: FlaskClient, changes: dict[str, str], says: str
) -> None:
    sign_in(client)
    answer = client.get(authorize_path(**changes))
    assert answer.status_code == 400
    assert says in answer.text


def test_tokens_have_the_documented_shape(client: FlaskClient, world: World) -> None:
    tokens = get_tokens(client)
    assert tokens.keys() == {"access_token", "refresh_token", "token_type", "scope", "expires_in"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert set(tokens["scope"].split()) == set(SCOPES.split())
    header, claims = (
        json.loads(base64.urlsafe_b64decode(part + "==")) for part in tokens["access_token"].split(".")[:2]
    )
    assert header == {"alg": "HS512", "typ": "JWT"}
    assert claims["https://oauth.lever.co/accountId"] == world.accounts["meridian"].id
    assert claims["exp"] - claims["iat"] == 3600


def test_no_refresh_token_without_offline_access(client: FlaskClient) -> None:
    assert "refresh_token" not in get_tokens(client, scope="postings:read:admin")


def test_a_code_works_once(client: FlaskClient) -> None:
    sign_in(client)
    code = answer_of(accept(client, authorize_path()))["code"]
    assert exchange(client, code).status_code == 200
    again = exchange(client, code)
    assert (again.status_code, again.get_json()["error"]) == (403, "invalid_grant")


def test_a_code_dies_after_ten_minutes(client: FlaskClient) -> None:
    sign_in(client)
    code = answer_of(accept(client, authorize_path()))["code"]
    with travel(time.time() + 601):
        assert exchange(client, code).get_json()["error"] == "invalid_grant"


def test_a_wrong_secret_is_401(client: FlaskClient) -> None:
    sign_in(client)
    code = answer_of(accept(client, authorize_path()))["code"]
    assert exchange(client, code, client_secret="wrong").status_code == 401


def test_the_token_endpoint_takes_forms_only(client: FlaskClient) -> None:
    assert client.post("/oauth/token", json={"grant_type": "refresh_token"}).status_code == 400


def test_refreshing_rotates_and_the_old_token_is_dead(client: FlaskClient) -> None:
    first = get_tokens(client)
    second = refresh(client, first["refresh_token"]).get_json()
    assert second["refresh_token"] != first["refresh_token"]
    old = refresh(client, first["refresh_token"])
    assert (old.status_code, old.get_json()["error"]) == (403, "invalid_grant")
    assert refresh(client, second["refresh_token"]).status_code == 200


def test_ninety_idle_days_kill_a_refresh_token(client: FlaskClient) -> None:
    token = get_tokens(client)["refresh_token"]
    with travel(time.time() + 91 * 24 * 3600):
        assert refresh(client, token).get_json()["error"] == "invalid_grant"


def test_a_year_after_consent_even_a_busy_refresh_token_dies(client: FlaskClient) -> None:
    token, day = get_tokens(client)["refresh_token"], 24 * 3600
    for days in (80, 160, 240, 320, 364):
        with travel(time.time() + days * day):
            token = refresh(client, token).get_json()["refresh_token"]
    with travel(time.time() + 366 * day):
        assert refresh(client, token).get_json()["error"] == "invalid_grant"


def test_an_expired_access_token_is_401(client: FlaskClient, api: Api) -> None:
    with travel(time.time() + 3601):
        assert api.get("/stages").status_code == 401


def test_control_can_shorten_tokens_that_are_out_already(client: FlaskClient, api: Api) -> None:
    client.post("/_control/tokens", json={"seconds": 0})
    assert api.get("/stages").status_code == 401


def test_revoking_kills_the_access_and_the_refresh_token(client: FlaskClient) -> None:
    tokens = get_tokens(client)
    client.post("/_control/accounts/meridian/revoke")
    refused = Api(client, tokens["access_token"]).get("/stages")
    assert refused.status_code == 401
    assert refused.get_json() == {
        "code": "UnauthorizedError",
        "message": "The request requires authentication.",
    }
    assert refresh(client, tokens["refresh_token"]).get_json()["error"] == "invalid_grant"


def test_the_newest_refresh_token_can_be_recognised(client: FlaskClient) -> None:
    token = refresh(client, get_tokens(client)["refresh_token"]).get_json()["refresh_token"]
    seen = client.get("/_control/accounts/meridian").get_json()["newest_refresh_token_sha256"]
    assert seen == hashlib.sha256(token.encode()).hexdigest()
