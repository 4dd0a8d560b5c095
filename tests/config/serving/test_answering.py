"""Few work, any number wait: an answer leaves once it is whole, or by pieces to whoever has room for them."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from config.serving.answering import LARGEST_BODY, Answering
from config.serving.receiving import IN_MEMORY, Receiver
from tenants.even import TAKES_SECONDS
from tests.server import Answer, ask, run, scope_of
from webhooks.piecewise import PIECEWISE


class Echo:
    """Gives the body back in pieces; whether they were closed is known afterwards."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.is_closed = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("201 Created", [("X-Echo", "yes")])
        self.bodies.append(environ["wsgi.input"].read())
        return self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        try:
            for start in range(0, len(self.bodies[-1]), 1000):
                yield self.bodies[-1][start : start + 1000]
        finally:
            self.is_closed = True


def answered(application: WSGIApplication, *pieces: bytes, **headers: str) -> Answer:
    with ThreadPoolExecutor(1) as thread:
        return run(ask(Answering(application, thread, Receiver()), "/", *pieces, headers=headers))


@pytest.mark.parametrize("size", [0, 1, 3000, 64 * 1024, IN_MEMORY + 5])
def test_body_and_answer_are_passed_on_whole(size: int) -> None:
    echo, body = Echo(), b"x" * size
    assert answered(echo, body[:7], body[7:]) == (201, {"x-echo": "yes"}, body)
    assert (echo.bodies, echo.is_closed) == ([body], True)


def test_what_is_not_received_is_not_worked_on() -> None:
    echo = Echo()
    status, headers, text = answered(echo, **{"Content-Length": str(LARGEST_BODY + 1)})
    assert (status, headers, text, echo.bodies) == (413, {"content-length": "0"}, b"", [])


def test_what_an_application_raises_is_the_servers_to_tell() -> None:
    def broken(*_: Any) -> list[bytes]:
        raise LookupError("broken")

    with pytest.raises(LookupError):
        answered(broken)


def test_an_answer_that_must_not_tell_by_its_time_waits_where_it_is_in_nobodys_way() -> None:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        if environ["QUERY_STRING"] == "slow":
            environ[TAKES_SECONDS] = 0.3
        return []

    async def both() -> tuple[float, float]:
        began = time.monotonic()
        with ThreadPoolExecutor(1) as thread:
            portal = Answering(application, thread, Receiver())
            slow = asyncio.create_task(ask(portal, "/?slow"))
            await asyncio.sleep(0.05)
            await ask(portal, "/")
            quick = time.monotonic() - began
            await slow
        return quick, time.monotonic() - began

    quick, slow = run(both())
    assert quick < 0.25 < 0.3 <= slow


class Pieces:
    """How many were made, and whether they were closed."""

    def __init__(self, count: int) -> None:
        self._count, self.made, self.is_closed = count, 0, False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[PIECEWISE] = True
        start_response("200 OK", [])
        return self

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._count):
            self.made += 1
            yield b"x" * 10

    def close(self) -> None:
        self.is_closed = True


def test_what_is_noted_of_a_request_stays_with_it() -> None:
    noted: ContextVar[str] = ContextVar("noted", default="")
    seen: list[str] = []

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.append(noted.get())
        noted.set(environ["QUERY_STRING"])
        environ[PIECEWISE] = True
        start_response("200 OK", [])
        return (noted.get().encode() for _ in range(2))

    async def one_after_the_other() -> list[bytes]:
        with ThreadPoolExecutor(1) as thread:
            portal = Answering(application, thread, Receiver())
            return [(await ask(portal, f"/?{it}"))[2] for it in ("one", "two")]

    assert run(one_after_the_other()) == [b"oneone", b"twotwo"]
    assert seen == ["", ""]


def test_what_is_too_large_to_wait_leaves_by_pieces() -> None:
    pieces = Pieces(3)
    assert answered(pieces) == (200, {}, b"x" * 30)
    assert pieces.is_closed


class Reader:
    """Has room for so many pieces, and then for none; it may leave."""

    def __init__(self, room: int) -> None:
        self._room, self.got = room, list[bytes]()
        self.is_full, self.is_gone = asyncio.Event(), asyncio.Event()
        self._is_asked = False

    async def receive(self) -> Any:
        if self._is_asked:
            await self.is_gone.wait()
            return {"type": "http.disconnect"}
        self._is_asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, event: Any) -> None:
        if event["type"] == "http.response.body":
            if len(self.got) == self._room:
                self.is_full.set()
                await self.is_gone.wait()
            self.got.append(event["body"])


def test_a_slow_reader_holds_no_thread_and_nothing_more_is_made_for_one_who_is_gone() -> None:
    pieces = Pieces(100)

    async def slowly() -> tuple[int, bytes]:
        with ThreadPoolExecutor(1) as thread:
            portal, reader = Answering(pieces, thread, Receiver()), Reader(room=2)
            reading = asyncio.create_task(portal(scope_of("/", "GET", {}), reader.receive, reader.send))
            await reader.is_full.wait()
            made = pieces.made
            _, _, other = await ask(Answering(Echo(), thread, Receiver()), "/", b"quick")
            reader.is_gone.set()
            await reading
            return made, other

    assert run(slowly()) == (3, b"quick")
    assert (pieces.made < 6, pieces.is_closed) == (True, True)
