"""The Flask application: all rooms of the sandbox on one origin."""

from datetime import UTC, datetime

from flask import Flask, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, NotFound

from sandbox import api, appcast, control, feed, lever_ui, mail, oauth, traffic, website
from sandbox.world import World

# The portal runs on the same host, and cookies do not know ports: a name of our own.
COOKIE = "sandbox_session"
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
)


def create_app(world: World) -> Flask:
    app = Flask("sandbox")
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Lever's order of keys is part of the look
    app.config.update(
        SECRET_KEY="a sandbox has no secrets", SESSION_COOKIE_NAME=COOKIE, SESSION_COOKIE_SAMESITE="Lax"
    )
    app.extensions["world"] = world
    traffic.watch(app)
    for room in (
        oauth.room,
        api.room,
        feed.room,
        lever_ui.room,
        control.room,
        mail.room,
        appcast.room,
        website.room,
    ):
        app.register_blueprint(room)
    app.register_error_handler(NotFound, not_found)
    app.register_error_handler(MethodNotAllowed, not_allowed)
    app.after_request(add_policy)
    app.add_template_filter(when)
    app.add_url_rule("/", "index", lambda: redirect(url_for("control.page")))
    return app


def when(at_ms: int) -> str:
    """A time for people, in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).strftime("%d %b %Y, %H:%M:%S")


def not_found(error: NotFound) -> ResponseReturnValue:
    """In the spelling of whoever answers at that path."""
    if request.path.startswith("/v1/"):
        return jsonify(code="ResourceNotFound", message=f"{request.path} does not exist"), 404
    if request.path.startswith("/v0/"):
        return jsonify(ok=False, error="Document not found"), 404
    if request.path.startswith("/_control/"):
        return jsonify(error=f"{request.path}: {error.description}"), 404
    return Response(f"404: the sandbox has nothing at {request.path}.\n", 404, content_type="text/plain")


def not_allowed(error: MethodNotAllowed) -> ResponseReturnValue:
    # What Lever answers to a method that a path does not have is not known.
    if request.path.startswith("/v1/"):
        response = jsonify(code="MethodNotAllowed", message=f"{request.method} is not allowed")
    elif request.path.startswith("/v0/"):
        response = jsonify(ok=False, error="Method not allowed")
    elif request.path.startswith("/_control/"):
        response = jsonify(error=f"{request.path} does not take {request.method}.")
    else:
        return error.get_response()
    response.headers["Allow"] = ", ".join(error.valid_methods or ())
    return response, 405


def add_policy(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", POLICY)
    return response
