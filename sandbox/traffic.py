"""Around every request of a machine: faults that were ordered, and the log of what came in."""

import os
import socket
import struct
import time
from collections.abc import Iterator

from flask import Flask, Response, jsonify, make_response, request

from sandbox.world import world
from sandbox.world.faults import Fault
from sandbox.world.ids import now_ms
from sandbox.world.world import LogEntry

# What machines ask for. People's pages and the control room neither fail on order nor are logged.
MACHINE_PATHS = ("/v0/", "/v1/", "/oauth/token", "/appcast/conversions")
APPCAST = "appcast"
MESSAGES = {
    401: ("UnauthorizedError", "The request requires authentication."),
    404: ("ResourceNotFound", "Document not found"),
    # The body of Lever's 429 is not published, nor is there a Retry-After.
    429: ("TooManyRequests", "Too many requests. Please try again later."),
    500: ("ServerError", "Something went wrong."),
    503: ("ServiceUnavailable", "Lever is down for maintenance."),
    410: ("Gone", "This receiver is gone."),
}


def watch(app: Flask) -> None:
    app.before_request(strike_first)
    app.after_request(lose_answer)
    app.after_request(write_log)


def is_machine() -> bool:
    return request.path.startswith(MACHINE_PATHS)


def account_key() -> str | None:
    """Whose data the request is about, as far as it can be told before anything is checked."""
    parts = request.path.split("/")
    if request.path.startswith("/v0/"):
        return parts[3] if len(parts) > 3 else None
    if request.path.startswith("/v1/"):
        token = world.access_token(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return token.account.key if token else None
    if request.path == "/oauth/token":
        form = request.form
        code, refresh = form.get("code", ""), form.get("refresh_token", "")
        grant = world.grants.codes.get(code) or world.grants.refresh_tokens.get(refresh)
        return grant.account.key if grant else None
    return APPCAST if request.path.startswith("/appcast/") else None


def strike_first() -> Response | None:
    """Faults that come before anything is done."""
    if not is_machine():
        return None
    request.environ["sandbox.account"] = key = account_key()
    slow = world.faults.take("slow", key, request.method, request.path)
    if slow:
        time.sleep(slow.delay_seconds)
    connection = request.environ.get("werkzeug.socket")
    if connection and world.faults.take("reset", key, request.method, request.path):
        request.get_data()  # while it is still being sent, no sender can tell a reset from a close
        return Response(reset(connection))
    for status in MESSAGES:
        fault = world.faults.take(str(status), key, request.method, request.path)
        if fault:
            return refusal(status, fault)
    return None


def refusal(status: int, fault: Fault | None = None) -> Response:
    code, message = MESSAGES[status]
    if request.path == "/oauth/token":
        response = make_response(jsonify(error=code, error_description=message), status)
    elif request.path.startswith("/v0/"):
        response = make_response(jsonify(ok=False, error=message), status)
    else:
        response = make_response(jsonify(code=code, message=message), status)
    if fault and fault.retry_after:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def lose_answer(response: Response) -> Response:
    """The work is done; the one who asked never hears of it, or hears otherwise."""
    if is_machine() and response.status_code < 400:
        key = request.environ.get("sandbox.account")
        connection = request.environ.get("werkzeug.socket")
        if connection and world.faults.take("lose_answer", key, request.method, request.path):
            connection.shutdown(socket.SHUT_RDWR)
        elif world.faults.take("act_then_500", key, request.method, request.path):
            return refusal(500)
    return response


def reset(connection: socket.socket) -> Iterator[bytes]:
    """In the place of an answer. Closed without lingering, a connection is reset; the error keeps the server quiet."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
    raise ConnectionResetError
    yield b""


def write_log(response: Response) -> Response:
    if is_machine():
        key = request.environ.get("sandbox.account")
        world.log.append(LogEntry(now_ms(), request.method, request.path, key, response.status_code))
    return response
