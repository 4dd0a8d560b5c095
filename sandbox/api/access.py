"""Who is asking, how often, and what they may: around every request of the data API."""

from collections.abc import Callable
from functools import wraps

from flask import Response, g, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.api.errors import LeverError, forbidden, too_many_requests, unauthorized
from sandbox.oauth.scopes import covers
from sandbox.world import world
from sandbox.world.account import Account
from sandbox.world.grants import AccessToken
from sandbox.world.ids import now_ms

HEADERS = {
    "X-Stream-Path": "dapi",
    "X-Lever-Region": "global",
    "Strict-Transport-Security": "max-age=31536000",
}
View = Callable[..., ResponseReturnValue]


def identify() -> None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    found = world.access_token(token.strip()) if kind.lower() == "bearer" else None
    if found is None or found.expires_at * 1000 <= now_ms():
        raise unauthorized()
    g.token = found


def limit_rate() -> None:
    with world.lock:
        if not g.token.bucket.take():
            raise too_many_requests()


def needs(scope: str) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**path: str) -> ResponseReturnValue:
            require(scope)
            return view(**path)

        return guarded

    return decorate


def require(scope: str) -> None:
    token: AccessToken = g.token
    reduced = world.faults.take("reduced_scopes", token.account.key, request.method, request.path)
    granted = token.scopes & reduced.scopes if reduced else token.scopes
    if not covers(granted, scope):
        raise forbidden(f"This request needs the scope {scope}.")


def account() -> Account:
    token: AccessToken = g.token
    return token.account


def refuse(error: LeverError) -> ResponseReturnValue:
    return jsonify(code=error.code, message=error.message), error.status


def add_headers(response: Response) -> Response:
    if response.mimetype == "application/json":
        response.headers["Content-Type"] = "application/json; charset=utf-8"
    response.headers.update(HEADERS)
    return response
