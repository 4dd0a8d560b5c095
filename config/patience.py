"""Between the server and the portal: only what has arrived whole is worked on, and an answer leaves once it is whole.

What is too large for that is made piece by piece, each at a place of its own.

Who sends or reads slowly so holds a thread of the server, of which there are many that wait at no cost, and never one
of the few connections to the database that one needs to work. An answer that must not tell by its time waits there too.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from queue import SimpleQueue
from tempfile import SpooledTemporaryFile, TemporaryFile
from threading import BoundedSemaphore
from typing import IO, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import FileWrapper

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tenants.even import TAKES_SECONDS
from webhooks.piecewise import PIECEWISE

LARGEST_BODY = 32 * 1024 * 1024
IN_MEMORY = 1024 * 1024
PIECE = 64 * 1024


@dataclass(slots=True)
class Answer:
    """As an application gives it."""

    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: Iterable[bytes] = ()

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self.status, self.headers = status, headers


class Places:
    """To work at: each is a connection to the database, lent to one thread after the other."""

    def __init__(self, count: int) -> None:
        self._free: SimpleQueue[BaseDatabaseWrapper] = SimpleQueue()
        for _ in range(count):
            connection = connections.create_connection(DEFAULT_DB_ALIAS)
            connection.inc_thread_sharing()
            self._free.put(connection)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Afterwards the thread has its own again: one that it had opened would be dropped unclosed."""
        own, lent = connections[DEFAULT_DB_ALIAS], self._free.get()
        connections[DEFAULT_DB_ALIAS] = lent
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = own
            self._free.put(lent)


def patient(application: WSGIApplication, at_once: int, received_at_once: int) -> WSGIApplication:
    """So many are worked on at once, in this process, and so many bodies waited for: fewer than it has threads.

    The server's reading has no deadline, so whoever sends a body beyond those is asked to come again.
    """
    places, receivers = Places(at_once), BoundedSemaphore(received_at_once)

    def application_of_whole_requests(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        began = time.monotonic()
        with _room_for(environ) as body:
            refused = _received(environ, body, receivers)
            if refused:
                start_response(f"{refused.value} {refused.phrase}", [("Content-Length", "0")])
                return []
            with places.one():
                answer = _answer(application, environ, places)
        time.sleep(max(began + environ.get(TAKES_SECONDS, 0) - time.monotonic(), 0))
        start_response(answer.status, answer.headers)
        return answer.body

    return application_of_whole_requests


def _announced(environ: WSGIEnvironment) -> int:
    """A body of no announced length counts as none."""
    length = environ.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else 0


def _room_for(environ: WSGIEnvironment) -> IO[bytes]:
    return BytesIO() if _announced(environ) <= IN_MEMORY else TemporaryFile()


def _received(environ: WSGIEnvironment, body: IO[bytes], receivers: BoundedSemaphore) -> HTTPStatus | None:
    """Why it was not received, if it was not."""
    if _announced(environ) and not receivers.acquire(blocking=False):
        return HTTPStatus.SERVICE_UNAVAILABLE
    try:
        return _receive(environ, body)
    finally:
        if _announced(environ):
            receivers.release()


def _receive(environ: WSGIEnvironment, body: IO[bytes]) -> HTTPStatus | None:
    left = _announced(environ)
    if left > LARGEST_BODY:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    try:
        while left and (piece := environ["wsgi.input"].read(min(left, PIECE))):
            body.write(piece)
            left -= len(piece)
    except OSError:
        return HTTPStatus.REQUEST_TIMEOUT
    if left:
        return HTTPStatus.REQUEST_TIMEOUT
    body.seek(0)
    environ["wsgi.input"] = body
    return None


def _answer(application: WSGIApplication, environ: WSGIEnvironment, places: Places) -> Answer:
    answer = Answer()
    pieces = application(environ, answer.start)
    if environ.get(PIECEWISE):
        answer.body = Piecewise(pieces, places)
    else:
        answer.body = pieces if isinstance(pieces, list) else _whole(pieces)
    return answer


class Piecewise:
    """Between two pieces their reader holds no place."""

    def __init__(self, pieces: Iterable[bytes], places: Places) -> None:
        self._whole, self._places = pieces, places
        self._pieces = iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._places.one():
            return next(self._pieces)

    def close(self) -> None:
        with self._places.one():
            if hasattr(self._whole, "close"):
                self._whole.close()


def _whole(pieces: Iterable[bytes]) -> FileWrapper:
    """What is larger than `IN_MEMORY` waits on disk; whoever reads it closes it."""
    body = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    try:
        body.writelines(pieces)
    except BaseException:
        body.close()
        raise
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
    body.seek(0)
    return FileWrapper(body, PIECE)
