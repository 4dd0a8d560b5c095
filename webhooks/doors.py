"""What both doors share: bodies of a bounded size, and what is said while the database is away."""

from http import HTTPStatus

from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, UnreadablePostError

# Gone, restarting, full, or read-only after a failover: the sender comes back, and nothing was taken.
DATABASE_IS_AWAY = (OperationalError, InterfaceError, InternalError)
IN_A_MINUTE = {"Retry-After": "60"}


class NotReadError(Exception):
    """The body was not taken; `status` says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def body_of(request: HttpRequest, most: int) -> bytes:
    """Nothing is read of what says itself that it is too large. Raises NotReadError."""
    if _announced(request) > most:
        raise NotReadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        return request.read()  # never more than was announced
    except UnreadablePostError:
        raise NotReadError(HTTPStatus.REQUEST_TIMEOUT) from None


def _announced(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH", "")
    return int(length) if length.isdecimal() else 0
