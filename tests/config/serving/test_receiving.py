"""A body is worked on once it is whole; who sends slowly, breaks off or sends too much never gets there."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Any

import pytest

from config.serving import receiving
from config.serving.receiving import Receiver
from tests.server import run, scope_of
from webhooks.doors import NotReadError

MOST = 2 * receiving.IN_MEMORY


class Sender:
    """Sends these pieces, and then nothing more until `goes_on`."""

    def __init__(self, *pieces: bytes, is_whole: bool = True) -> None:
        self._events: list[Any] = [{"type": "http.request", "body": it, "more_body": True} for it in pieces]
        if is_whole:
            self._events[-1]["more_body"] = False
        self.goes_on = asyncio.Event()

    async def receive(self) -> Any:
        if not self._events:
            await self.goes_on.wait()
        return self._events.pop(0)

    def send(self, rest: bytes) -> None:
        self._events.append({"type": "http.request", "body": rest, "more_body": False})
        self.goes_on.set()

    def leave(self) -> None:
        self._events.append({"type": "http.disconnect"})


async def received(sender: Sender, headers: Mapping[str, str], receiver: Receiver | None = None) -> bytes:
    scope = scope_of("/", "POST", headers)
    async with (receiver or Receiver()).body(scope, sender.receive, MOST) as body:
        return body.read()


async def refused(sender: Sender, headers: Mapping[str, str], receiver: Receiver | None = None) -> int:
    with pytest.raises(NotReadError) as refusal:
        await received(sender, headers, receiver)
    return int(refusal.value.status)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is slow is so after a moment."""
    monkeypatch.setattr(receiving, "SECONDS", 0.1)
    monkeypatch.setattr(receiving, "BYTES_A_SECOND", 10 * receiving.IN_MEMORY)


@pytest.mark.parametrize("size", [0, 1, receiving.IN_MEMORY, receiving.IN_MEMORY + 1, MOST])
def test_what_is_announced_is_received_whole(size: int) -> None:
    body = b"x" * size
    sender = Sender(body[: size // 2], body[size // 2 :])
    assert run(received(sender, {"Content-Length": str(size)})) == body


def test_what_comes_in_chunks_is_received_to_its_end() -> None:
    assert run(received(Sender(b"some", b"more"), {"Transfer-Encoding": "chunked"})) == b"somemore"


def test_nothing_is_read_of_what_announces_too_much() -> None:
    sender = Sender(b"x", is_whole=False)
    assert run(refused(sender, {"Content-Length": str(MOST + 1)})) == 413
    assert len(sender._events) == 1


def test_what_announces_nothing_is_read_as_far_as_is_let_in() -> None:
    sender = Sender(*[b"x" * (MOST // 4)] * 6)
    assert run(refused(sender, {"Transfer-Encoding": "chunked"})) == 413
    assert len(sender._events) == 1


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("headers", [{"Content-Length": "9"}, {"Transfer-Encoding": "chunked"}])
def test_whoever_stops_sending_is_sent_away(headers: Mapping[str, str]) -> None:
    assert run(refused(Sender(b"slow", is_whole=False), headers)) == 408


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("sent", "status"), [(1, 408), (MOST // 2 + 1, 200)])
def test_whoever_has_sent_more_has_longer(sent: int, status: int) -> None:
    """What is announced counts for nothing."""

    async def slowly() -> int:
        sender, length = Sender(b"x" * sent, is_whole=False), {"Content-Length": str(MOST)}
        receiving = asyncio.create_task(received(sender, length))
        await asyncio.sleep(0.15)
        sender.send(b"x" * (MOST - sent))
        try:
            return 200 if len(await receiving) == MOST else 500
        except NotReadError as error:
            return int(error.status)

    assert run(slowly()) == status


def test_a_sender_who_is_gone_is_no_error_of_ours() -> None:
    sender = Sender(b"half", is_whole=False)
    sender.leave()
    assert run(refused(sender, {"Content-Length": "9"})) == 408


def test_of_large_bodies_so_many_are_kept_and_of_small_ones_any_number() -> None:
    large = {"Content-Length": str(MOST)}

    async def crowd() -> list[int | bytes]:
        receiver = Receiver(large_at_once=2)
        announcing = [Sender(b"x", is_whole=False) for _ in range(3)]
        waiting = [asyncio.create_task(received(it, large, receiver)) for it in announcing]
        await asyncio.sleep(0)
        told: list[int | bytes] = []
        async with AsyncExitStack() as worked_on:
            for _ in range(2):  # who only announces keeps no place from these
                sender = Sender(b"x" * MOST)
                await worked_on.enter_async_context(
                    receiver.body(scope_of("/", "POST", large), sender.receive, MOST)
                )
            told.append(await refused(Sender(b"x" * MOST), large, receiver))
            told.append(await received(Sender(b"quick"), {"Content-Length": "5"}, receiver))
        told.append(len(await received(Sender(b"x" * MOST), large, receiver)))
        for it in waiting:
            it.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return told

    assert run(crowd()) == [503, b"quick", MOST]


def test_whoever_is_asked_to_come_again_is_told_when() -> None:
    assert NotReadError(HTTPStatus.SERVICE_UNAVAILABLE).headers == {"Retry-After": "60"}
    assert NotReadError(HTTPStatus.REQUEST_TIMEOUT).headers == {}
