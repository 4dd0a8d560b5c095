"""OAuth with Lever (contract 1). The grant covers the customer's whole account; refresh tokens rotate."""

import base64
import binascii
import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from .. import http
from ..errors import (
    AuthorizationError,
    ConfigurationError,
    IntegrationError,
    RateLimitedError,
    TransientError,
)
from ..retry import parse_retry_after
from ..types import Grant, JsonObject
from .configuration import configuration
from .wire import as_object, number, text

LIFETIME_SECONDS = 3600
# Whoever waits for a token holds up a whole call; and whose refresh takes longer is taken for gone (`services.grants`).
QUICK = http.Limits(silence_seconds=15, whole_seconds=25)
SAFE_ERROR = re.compile(r"[a-z_]{1,40}")


def authorize_url(*, state: str, scopes: Collection[str], redirect_uri: str, code_challenge: str) -> str:
    """Where to send the customer.

    PKCE is sent although Lever mentions it nowhere [?]: Auth0 understands it.
    """
    lever = configuration()
    query = {
        "client_id": lever.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "state": state,
        "scope": " ".join(scopes),
        "audience": lever.audience,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
    }
    return f"{lever.auth_url}/authorize?{urlencode(query)}"


def exchange_code(*, code: str, redirect_uri: str, code_verifier: str) -> Grant:
    """The grant for a code that works once; AuthorizationError `lever.code_refused` when it did before."""
    grant = _ask_for_token(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
        },
        AuthorizationError(
            "lever.code_refused", "Lever did not take this sign-in. Please start it once more."
        ),
    )
    if not grant.refresh_token:
        raise ConfigurationError(
            "lever.no_refresh_token",
            "Lever allowed access for one hour only. Please tell Appcast support.",
            "no refresh_token in the answer: is offline_access among the scopes of the Lever app?",
        )
    return grant


def refresh(refresh_token: str) -> Grant:
    """A new pair; the old refresh token is dead then. AuthorizationError `lever.grant_revoked` is final.

    After TransientError `http.no_answer` Lever may have rotated the token already.
    """
    return _ask_for_token(
        {"grant_type": "refresh_token", "refresh_token": refresh_token},
        AuthorizationError(
            "lever.grant_revoked",
            "Lever no longer accepts our access. A Super Admin of your Lever account must authorize again.",
        ),
    )


def _ask_for_token(form: Mapping[str, str], refusal: AuthorizationError) -> Grant:
    lever = configuration()
    answer = http.send(
        "POST",
        f"{lever.auth_url}/oauth/token",
        data={"client_id": lever.client_id, "client_secret": lever.client_secret, **form},
        is_repeatable=True,
        limits=QUICK,
    )
    if answer.status != HTTPStatus.OK:
        raise _error(answer, refusal)
    return _grant(as_object(answer.json()), form.get("refresh_token", ""))


def _grant(token: JsonObject, old_refresh_token: str) -> Grant:
    access_token = text(token, "access_token")
    if not access_token:
        raise TransientError(
            "lever.unavailable", "Lever's answer could not be read.", "token without access_token"
        )
    return Grant(
        access_token=access_token,
        refresh_token=text(token, "refresh_token") or old_refresh_token,
        lifetime=timedelta(seconds=number(token, "expires_in") or LIFETIME_SECONDS),
        scopes=frozenset(text(token, "scope").split()),
        account_external_id=account_id(access_token),
    )


def account_id(access_token: str) -> str:
    """The account named in the token, "" when it does not tell.

    Read without verification: the documented sample is HS512, which only Lever can verify, and the token came
    from Lever itself over TLS. The claim `https://oauth.lever.co/accountId` stands in a documented sample
    only [O], its namespace for Lever's sandbox is unknown [?]: hence the end of the name decides.
    """
    try:
        payload = access_token.split(".")[1]
        claims = as_object(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    except (IndexError, ValueError, binascii.Error, RecursionError):
        return ""
    return next((text(claims, name) for name in claims if name.endswith("/accountId")), "")


def _error(answer: http.Answer, refusal: AuthorizationError) -> IntegrationError:
    """Judged by `error`, never by the status: Auth0 gives invalid_grant with 400, 401 and 403 [I]."""
    error = _error_code(answer)
    detail = f"{answer.place}: {answer.status} {error}".rstrip()
    if error == "invalid_grant":
        return AuthorizationError(refusal.code, refusal.message, detail)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = parse_retry_after(answer.headers.get("Retry-After", ""), datetime.now(UTC))
        return RateLimitedError("lever.rate_limited", "Lever asks us to slow down.", detail, wait)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or not error:
        return TransientError("lever.unavailable", "Lever does not answer properly at the moment.", detail)
    return ConfigurationError(
        "lever.app_refused", "Lever does not accept the Appcast app. Please tell Appcast support.", detail
    )


def _error_code(answer: http.Answer) -> str:
    try:
        error = text(as_object(answer.json()), "error")
    except TransientError:
        return ""
    return error if SAFE_ERROR.fullmatch(error) else "unknown"
