"""POST /oauth/token, form-encoded. Auth0 stands behind it, so errors have Auth0's form."""

import hmac
from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.world import world
from sandbox.world.grants import InvalidGrant

FORM = "application/x-www-form-urlencoded"


def token() -> ResponseReturnValue:
    if request.mimetype != FORM:
        return refused(
            400, "invalid_request", f"The body must be {FORM}, not {request.mimetype or 'untyped'}."
        )
    if request.form.get("client_id") != world.settings.client_id:
        return refused(401, "invalid_client", "ClientID not found")
    if not hmac.compare_digest(
        request.form.get("client_secret", "").encode(), world.settings.client_secret.encode()
    ):
        return refused(401, "access_denied", "Unauthorized")
    grant_type = request.form.get("grant_type")
    if grant_type not in ("authorization_code", "refresh_token"):
        return refused(400, "unsupported_grant_type", f"grant_type {grant_type!r} is not supported.")
    try:
        return jsonify(tokens(grant_type))
    except InvalidGrant as error:
        # Lever publishes neither status nor body; 403 is what Auth0 gives.
        return refused(403, "invalid_grant", str(error))


def tokens(grant_type: str) -> dict[str, Any]:
    """PKCE is mentioned nowhere by Lever: a code_verifier is not looked at."""
    form = request.form
    with world.lock:
        if grant_type == "refresh_token":
            return world.grants.refresh(form.get("refresh_token", ""))
        return world.grants.exchange_code(form.get("code", ""), form.get("redirect_uri", ""))


def refused(status: int, error: str, description: str) -> ResponseReturnValue:
    return jsonify(error=error, error_description=description), status
