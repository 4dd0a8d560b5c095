"""What has arrived whole is worked on by few; who sends slowly, breaks off or sends too much never gets there."""

import io
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from config import patience
from config.patience import patient
from tenants.even import TAKES_SECONDS
from webhooks.piecewise import PIECEWISE


class Echo:
    """Gives the body back in pieces; whether they were closed is known afterwards."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.is_closed = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("X-Echo", "yes")])
        self.bodies.append(environ["wsgi.input"].read())
        return self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        try:
            for start in range(0, len(self.bodies[-1]), 1000):
                yield self.bodies[-1][start : start + 1000]
        finally:
            self.is_closed = True


class Sender(io.RawIOBase):
    """Sends the rest only once it is let go."""

    def __init__(self, body: bytes) -> None:
        self.is_asked, self.let_go = threading.Event(), threading.Event()
        self._body = io.BytesIO(body)

    def read(self, size: int = -1) -> bytes:
        self.is_asked.set()
        assert self.let_go.wait(10)
        return self._body.read(min(size, 7))


def ask(application: Any, sent: Any, length: object) -> tuple[str, bytes]:
    told: list[str] = []
    pieces = application(
        {"CONTENT_LENGTH": str(length), "wsgi.input": sent}, lambda status, _: told.append(status)
    )
    try:
        return told[0], b"".join(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()


@pytest.mark.parametrize("size", [0, 1, 3000, patience.IN_MEMORY + 5])
def test_body_and_answer_are_passed_on_whole(size: int) -> None:
    echo, body = Echo(), b"x" * size
    assert ask(patient(echo, 1, 2), io.BytesIO(body + b"the next request"), size) == ("200 OK", body)
    assert (echo.bodies, echo.is_closed) == ([body], True)


def test_whoever_still_sends_keeps_nobody_from_working() -> None:
    application, slow = patient(Echo(), 1, 2), Sender(b"slow and steady")
    with ThreadPoolExecutor() as pool:
        waits = [pool.submit(ask, application, slow, 15)]
        assert ask(application, io.BytesIO(b"quick"), 5) == ("200 OK", b"quick")
        assert not waits[0].done()
        slow.let_go.set()
        assert waits[0].result() == ("200 OK", b"slow and steady")


def test_where_too_many_still_send_another_sender_is_asked_to_come_again() -> None:
    application, slow = patient(Echo(), 1, 2), [Sender(b"slow"), Sender(b"slow")]
    with ThreadPoolExecutor() as pool:
        waits = [pool.submit(ask, application, it, 4) for it in slow]
        assert all(it.is_asked.wait(10) for it in slow)
        assert ask(application, io.BytesIO(b"quick"), 5) == ("503 Service Unavailable", b"")
        assert ask(application, io.BytesIO(), 0) == ("200 OK", b"")
        for it in slow:
            it.let_go.set()
        assert [it.result() for it in waits] == [("200 OK", b"slow")] * 2
    assert ask(application, io.BytesIO(b"quick"), 5) == ("200 OK", b"quick")


@pytest.mark.django_db
def test_whoever_works_elsewhere_too_gets_its_own_connection_back() -> None:
    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    lent: list[object] = []

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        lent.append(connections[DEFAULT_DB_ALIAS])
        start_response("200 OK", [])
        return []

    ask(patient(application, 1, 2), io.BytesIO(), 0)
    assert lent != [own]
    assert connections[DEFAULT_DB_ALIAS] is own


def test_an_answer_that_must_not_tell_by_its_time_waits_where_it_is_in_nobodys_way() -> None:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        if environ["CONTENT_LENGTH"] == "0":
            environ[TAKES_SECONDS] = 0.3
        return []

    both, began = patient(application, 1, 2), time.monotonic()
    with ThreadPoolExecutor() as pool:
        waits = pool.submit(ask, both, io.BytesIO(), 0)
        while not waits.running():
            time.sleep(0.001)
        ask(both, io.BytesIO(b"quick"), 5)
        assert time.monotonic() - began < 0.2
        waits.result()
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize(
    ("length", "status"),
    [(6, "408 Request Timeout"), (patience.LARGEST_BODY + 1, "413 Request Entity Too Large")],
)
def test_what_is_not_whole_or_too_large_is_not_worked_on(length: int, status: str) -> None:
    echo = Echo()
    assert ask(patient(echo, 1, 2), io.BytesIO(b"short"), length) == (status, b"")
    assert echo.bodies == []


def test_a_sender_who_is_gone_is_no_error_of_ours() -> None:
    class Gone(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError("gone")

    assert ask(patient(Echo(), 1, 2), Gone(), 5)[0] == "408 Request Timeout"


@pytest.mark.parametrize("length", ["", "-5", "many"])
def test_a_length_that_is_none_means_no_body(length: str) -> None:
    assert ask(patient(Echo(), 1, 2), io.BytesIO(b"something"), length) == ("200 OK", b"")


def test_what_an_application_raises_is_the_servers_to_tell() -> None:
    def broken(*_: Any) -> list[bytes]:
        raise LookupError("broken")

    with pytest.raises(LookupError):
        ask(patient(broken, 1, 2), io.BytesIO(), 0)


def piecewise(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    environ[PIECEWISE] = True
    start_response("200 OK", [])
    return Pieces()


class Pieces:
    """Notes at which connection each is made."""

    made: ClassVar[list[object]] = []
    is_closed: ClassVar[bool] = False

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(3):
            Pieces.made.append(connections[DEFAULT_DB_ALIAS])
            yield b"x" * 10

    def close(self) -> None:
        Pieces.is_closed = True


def test_what_is_too_large_to_wait_leaves_by_pieces_and_holds_no_place_between_them() -> None:
    own, application = connections[DEFAULT_DB_ALIAS], patient(piecewise, 1, 2)
    Pieces.made, Pieces.is_closed = [], False
    body = application({"wsgi.input": io.BytesIO()}, lambda *_: lambda _: None)
    reading = iter(body)
    assert next(reading) == b"x" * 10
    assert len(Pieces.made) == 1, "it is made before anybody reads it"
    assert ask(application, io.BytesIO(), 0) == ("200 OK", b"x" * 30)
    assert b"".join(reading) == b"x" * 20
    body.close()  # type: ignore[attr-defined]
    assert Pieces.is_closed
    assert own not in Pieces.made
    assert len(set(map(id, Pieces.made))) == 1
