import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_httpserver import HTTPServer

from integrations.errors import (
    AuthorizationError,
    ConfigurationError,
    IntegrationError,
    RateLimitedError,
    TransientError,
)
from integrations.lever import oauth


def jwt(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzUxMiJ9.{payload}.signature"


ACCESS_TOKEN = jwt(
    **{"https://oauth.lever.co/accountId": "account-1", "https://oauth.lever.co/userId": "user-1"}
)


def answer_token(lever: HTTPServer, **changes: object) -> None:
    token = {
        "access_token": ACCESS_TOKEN,
        "refresh_token": "newer",
        "token_type": "Bearer",
        "scope": "offline_access postings:read:admin",
        "expires_in": 3600,
    }
    answer = {name: value for name, value in {**token, **changes}.items() if value is not None}
    lever.expect_request("/oauth/token", method="POST").respond_with_json(answer)


def sent_form(lever: HTTPServer) -> dict[str, list[str]]:
    return parse_qs(lever.log[0][0].get_data(as_text=True))


def exchange() -> object:
    return oauth.exchange_code(
        code="once", redirect_uri="https://portal.example/back", code_verifier="verifier"
    )


def test_the_customer_is_sent_to_lever_with_audience_and_pkce(lever: HTTPServer) -> None:
    url = oauth.authorize_url(
        state="s t",
        scopes=["offline_access", "postings:read:admin"],
        redirect_uri="https://portal.example/back",
        code_challenge="challenge",
    )
    query = parse_qs(urlsplit(url).query)
    assert url.startswith(lever.url_for("/authorize?"))
    assert query == {
        "client_id": ["portal"],
        "redirect_uri": ["https://portal.example/back"],
        "response_type": ["code"],
        "state": ["s t"],
        "scope": ["offline_access postings:read:admin"],
        "audience": ["https://api.lever.co/v1/"],
        "code_challenge": ["challenge"],
        "code_challenge_method": ["S256"],
    }


def test_a_code_becomes_a_grant(lever: HTTPServer) -> None:
    answer_token(lever)
    grant = oauth.exchange_code(
        code="once", redirect_uri="https://portal.example/back", code_verifier="verifier"
    )
    assert (grant.access_token, grant.refresh_token) == (ACCESS_TOKEN, "newer")
    assert grant.lifetime == timedelta(hours=1)
    assert grant.scopes == {"offline_access", "postings:read:admin"}
    assert grant.account_external_id == "account-1"
    assert "newer" not in repr(grant)
    assert sent_form(lever) == {
        "client_id": ["portal"],
        "client_secret": ["app-secret"],
        "grant_type": ["authorization_code"],
        "code": ["once"],
        "redirect_uri": ["https://portal.example/back"],
        "code_verifier": ["verifier"],
    }


def test_a_refresh_sends_no_audience_and_gives_the_newer_token(lever: HTTPServer) -> None:
    answer_token(lever)
    assert oauth.refresh("older").refresh_token == "newer"
    assert sent_form(lever) == {
        "client_id": ["portal"],
        "client_secret": ["app-secret"],
        "grant_type": ["refresh_token"],
        "refresh_token": ["older"],
    }


def test_a_refresh_without_a_newer_token_keeps_the_old_one(lever: HTTPServer) -> None:
    answer_token(lever, refresh_token=None)
    assert oauth.refresh("older").refresh_token == "older"


def test_a_grant_without_refresh_token_is_a_setting_of_ours(lever: HTTPServer) -> None:
    answer_token(lever, refresh_token=None)
    with pytest.raises(ConfigurationError) as caught:
        exchange()
    assert caught.value.code == "lever.no_refresh_token"


def test_scopes_that_the_answer_leaves_out_are_not_made_up(lever: HTTPServer) -> None:
    answer_token(lever, scope=None)
    assert oauth.refresh("older").scopes == frozenset()


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_invalid_grant_is_final_whatever_the_status(lever: HTTPServer, status: int) -> None:
    refused = {
        "error": "invalid_grant",
        "error_description": "Unknown or invalid refresh token older-secret.",
    }
    lever.expect_request("/oauth/token").respond_with_json(refused, status=status)
    with pytest.raises(AuthorizationError) as caught:
        oauth.refresh("older-secret")
    assert caught.value.code == "lever.grant_revoked"
    assert "older-secret" not in caught.value.detail
    with pytest.raises(AuthorizationError) as caught:
        exchange()
    assert caught.value.code == "lever.code_refused"


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, {"error": "access_denied"}, ConfigurationError, "lever.app_refused"),
        (401, {"error": "invalid_client"}, ConfigurationError, "lever.app_refused"),
        (
            403,
            {"message": "Unable to find a signing key that matches"},
            ConfigurationError,
            "lever.app_refused",
        ),
        (429, {"error": "too_many_requests"}, RateLimitedError, "lever.rate_limited"),
        (500, {"error": "server_error"}, TransientError, "lever.unavailable"),
        (503, None, TransientError, "lever.unavailable"),
        (403, None, TransientError, "lever.unavailable"),
        (200, None, TransientError, "http.not_json"),
        (200, {}, TransientError, "lever.unavailable"),
        (200, [], TransientError, "lever.unavailable"),
    ],
)
def test_no_other_answer_disconnects_a_customer(
    lever: HTTPServer, status: int, body: object, kind: type[IntegrationError], code: str
) -> None:
    text = "<html>maintenance</html>" if body is None else json.dumps(body)
    lever.expect_request("/oauth/token").respond_with_data(text, status, {"Retry-After": "30"})
    with pytest.raises(IntegrationError) as caught:
        oauth.refresh("older")
    assert (type(caught.value), caught.value.code) == (kind, code)
    if isinstance(caught.value, RateLimitedError):
        assert caught.value.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize(
    "token", ["", "opaque", "a.b", "a.!!!.c", "a.bm90IGpzb24.c", jwt(sub="x"), jwt(**{"x/accountId": 7})]
)
def test_a_token_that_does_not_tell_its_account_is_taken_all_the_same(token: str) -> None:
    assert oauth.account_id(token) == ""
