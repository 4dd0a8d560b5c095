"""What both doors share: bodies of a bounded size, and what is said while the database is away."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError

# Gone, restarting, full, or read-only after a failover: the sender comes back, and nothing was taken.
DATABASE_IS_AWAY = (OperationalError, InterfaceError, InternalError)
IN_A_MINUTE = {"Retry-After": "60"}


class NotReadError(Exception):
    """The body was not taken; `status` says why, and `headers` when to come back, where that helps."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status
        self.headers = IN_A_MINUTE if status is HTTPStatus.SERVICE_UNAVAILABLE else {}


def body_of(environ: Mapping[str, Any], most: int) -> bytes:
    """Of a WSGI request. Nothing is read of what says itself that it is too large. Raises NotReadError."""
    announced = _announced(environ)
    if announced > most:
        raise NotReadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        body: bytes = environ["wsgi.input"].read(announced)
    except OSError:
        body = b""
    if len(body) < announced:
        raise NotReadError(HTTPStatus.REQUEST_TIMEOUT)
    return body


def _announced(environ: Mapping[str, Any]) -> int:
    length = environ.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else 0
