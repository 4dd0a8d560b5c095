"""What OAuth leaves behind: the authorised app of an account, codes, access and refresh tokens."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.world.rate import Bucket

if TYPE_CHECKING:
    from sandbox.world.account import Account, User

CODE_SECONDS = 600
REFRESH_IDLE_SECONDS = 90 * 24 * 3600
# The contract leaves open whether the year runs from consent or from each refresh: the stricter reading.
CONSENT_SECONDS = 365 * 24 * 3600
AUDIENCE = "https://api.lever.co/v1/"


@dataclass(frozen=True)
class AuthorizedApp:
    scopes: frozenset[str]
    user: "User"
    authorized_at: float


@dataclass(frozen=True)
class Code:
    account: "Account"
    redirect_uri: str
    scopes: frozenset[str]
    expires_at: float


@dataclass(frozen=True)
class RefreshToken:
    account: "Account"
    scopes: frozenset[str]
    issued_at: float


@dataclass
class AccessToken:
    account: "Account"
    scopes: frozenset[str]
    issued_at: float
    expires_at: float
    # Lever documents the bucket per API key; that each OAuth token has its own is inferred.
    bucket: Bucket = field(default_factory=lambda: Bucket(per_second=10, burst=20))


class InvalidGrant(Exception):
    """The code or refresh token is unknown, used, expired or revoked."""


@dataclass
class Grants:
    """All codes and tokens that Lever has given out and still honours. The caller holds the world's lock."""

    client_id: str
    token_seconds: int
    codes: dict[str, Code] = field(default_factory=dict)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)

    def authorize(self, account: "Account", user: "User", scopes: frozenset[str]) -> None:
        earlier = account.authorized_app.scopes if account.authorized_app else frozenset()
        account.authorized_app = AuthorizedApp(scopes | earlier, user, time.time())

    def issue_code(self, account: "Account", redirect_uri: str, scopes: frozenset[str]) -> str:
        code = secrets.token_urlsafe(24)
        self.codes[code] = Code(account, redirect_uri, scopes, time.time() + CODE_SECONDS)
        return code

    def exchange_code(self, code: str, redirect_uri: str) -> dict[str, Any]:
        found = self.codes.pop(code, None)
        if found is None or found.expires_at < time.time() or found.account.authorized_app is None:
            raise InvalidGrant("Invalid authorization code")
        if found.redirect_uri != redirect_uri:
            raise InvalidGrant("redirect_uri does not match the authorization request")
        return self.issue_tokens(found.account, found.scopes)

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        """Rotates: whether Lever grants the old token any grace is unknown, so there is none here."""
        found = self.refresh_tokens.pop(refresh_token, None)
        app = found.account.authorized_app if found else None
        if found is None or app is None or found.issued_at + REFRESH_IDLE_SECONDS < time.time():
            raise InvalidGrant("Unknown or invalid refresh token.")
        if app.authorized_at + CONSENT_SECONDS < time.time():
            raise InvalidGrant("The refresh token has expired.")
        return self.issue_tokens(found.account, found.scopes)

    def revoke(self, account: "Account") -> None:
        account.authorized_app = None
        self.codes = {key: code for key, code in self.codes.items() if code.account is not account}
        self.access_tokens = {key: it for key, it in self.access_tokens.items() if it.account is not account}
        self.refresh_tokens = {
            key: it for key, it in self.refresh_tokens.items() if it.account is not account
        }

    def shorten(self, seconds: int) -> None:
        """From now on tokens live this long, those already out included."""
        self.token_seconds = seconds
        for token in self.access_tokens.values():
            token.expires_at = min(token.expires_at, token.issued_at + seconds)

    def newest_refresh_token_sha256(self, account: "Account") -> str | None:
        newest = [key for key, token in self.refresh_tokens.items() if token.account is account][-1:]
        return hashlib.sha256(newest[0].encode()).hexdigest() if newest else None

    def issue_tokens(self, account: "Account", scopes: frozenset[str]) -> dict[str, Any]:
        now = time.time()
        self._forget_expired(now)
        access_token = sign_jwt(self._claims(account, scopes, now))
        self.access_tokens[access_token] = AccessToken(account, scopes, now, now + self.token_seconds)
        answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": self.token_seconds}
        if "offline_access" in scopes:
            answer["refresh_token"] = secrets.token_urlsafe(32)
            self.refresh_tokens[str(answer["refresh_token"])] = RefreshToken(account, scopes, now)
        return answer | {"scope": " ".join(sorted(scopes))}

    def _forget_expired(self, now: float) -> None:
        for key in [key for key, token in self.access_tokens.items() if token.expires_at < now]:
            del self.access_tokens[key]

    def _claims(self, account: "Account", scopes: frozenset[str], now: float) -> dict[str, Any]:
        app = account.authorized_app
        return {
            "https://oauth.lever.co/userId": app.user.id if app else None,
            "https://oauth.lever.co/accountId": account.id,
            "https://oauth.lever.co/clientId": self.client_id,
            "iss": "https://auth.lever.co/",
            "aud": [AUDIENCE],
            "iat": int(now),
            "exp": int(now) + self.token_seconds,
            "azp": self.client_id,
            "scope": " ".join(sorted(scopes)),
            "jti": secrets.token_hex(8),
        }


# HS512 with a key of our own: only Lever can verify its tokens, and so only the sandbox verifies these.
JWT_KEY = secrets.token_bytes(64)


def sign_jwt(claims: dict[str, Any]) -> str:
    parts = [{"alg": "HS512", "typ": "JWT"}, claims]
    message = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"{message}.{base64url(hmac.digest(JWT_KEY, message.encode(), 'sha512'))}"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
