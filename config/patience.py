"""Between the server and the portal: only what has arrived whole is worked on, and an answer leaves once it is whole.

Who sends or reads slowly so holds a thread of the server, of which there are many that wait at no cost, and never one
of the few that work and keep a connection to the database each.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import FileWrapper

LARGEST_BODY = 32 * 1024 * 1024
IN_MEMORY = 1024 * 1024
PIECE = 64 * 1024


@dataclass(slots=True)
class Answer:
    """As an application gives it; what is larger than `IN_MEMORY` waits on disk."""

    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: IO[bytes] = field(default_factory=lambda: SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115  # its reader closes it

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self.status, self.headers = status, headers
        return self.body.write


def patient(application: WSGIApplication, threads: int) -> WSGIApplication:
    """`threads` work at a time, in this process."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="work")

    def application_of_whole_requests(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        with SpooledTemporaryFile(IN_MEMORY) as body:
            refused = _receive(environ, body)
            if refused:
                start_response(f"{refused.value} {refused.phrase}", [("Content-Length", "0")])
                return []
            answer = pool.submit(_answer, application, environ).result()
        start_response(answer.status, answer.headers)
        return FileWrapper(answer.body, PIECE)

    return application_of_whole_requests


def _receive(environ: WSGIEnvironment, body: IO[bytes]) -> HTTPStatus | None:
    """Why it was not received, if it was not. A body of no announced length counts as none."""
    length = environ.get("CONTENT_LENGTH") or "0"
    left = int(length) if length.isdecimal() else 0
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


def _answer(application: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    answer = Answer()
    try:
        _write(application(environ, answer.start), answer.body)
    except BaseException:
        answer.body.close()
        raise
    answer.body.seek(0)
    return answer


def _write(pieces: Iterable[bytes], body: IO[bytes]) -> None:
    try:
        body.writelines(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
