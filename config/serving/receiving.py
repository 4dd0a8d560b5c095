"""A request's body, which is there as a whole before anybody works on it.

Who sends slowly so holds a connection and nothing else, and not even that for long.
"""

import asyncio
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO

from asgiref.typing import ASGIReceiveCallable, HTTPScope

from webhooks.doors import NotReadError

IN_MEMORY = 256 * 1024
# What goes to disk: so many at once, in one process. Their senders have as much longer as they send more.
LARGE_AT_ONCE = 64
SECONDS, BYTES_A_SECOND = 5, 1024 * 1024


class Receiver:
    """Of all requests of a process."""

    def __init__(self, large_at_once: int = LARGE_AT_ONCE) -> None:
        self._large = asyncio.Semaphore(large_at_once)

    async def body(self, scope: HTTPScope, receive: ASGIReceiveCallable, most: int) -> IO[bytes]:
        """Whoever asks closes it. Nothing is read of what says itself that it is too large. Raises NotReadError."""
        announced = _announced(scope)
        if announced is not None and announced > most:
            raise NotReadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if announced is not None and announced <= IN_MEMORY:
            return await _received(receive, announced, most)
        if self._large.locked():
            raise NotReadError(HTTPStatus.SERVICE_UNAVAILABLE)
        async with self._large:
            return await _received(receive, announced or 0, most)


def _announced(scope: HTTPScope) -> int | None:
    """Bytes. None of what comes in chunks. The server has made sure that what is told is a number, and told once."""
    named = dict(scope["headers"])
    if b"transfer-encoding" in named:
        return None
    return int(named.get(b"content-length", 0))


async def _received(receive: ASGIReceiveCallable, announced: int, most: int) -> IO[bytes]:
    body = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    try:
        async with asyncio.timeout(SECONDS + announced / BYTES_A_SECOND):
            await _fill(body, receive, most)
    except BaseException as error:
        body.close()
        if isinstance(error, TimeoutError):
            raise NotReadError(HTTPStatus.REQUEST_TIMEOUT) from None
        raise
    body.seek(0)
    return body


async def _fill(body: IO[bytes], receive: ASGIReceiveCallable, most: int) -> None:
    is_whole = False
    while not is_whole:
        event = await receive()
        if event["type"] != "http.request":  # the sender is gone
            raise NotReadError(HTTPStatus.REQUEST_TIMEOUT)
        body.write(event["body"])
        if body.tell() > most:
            raise NotReadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        is_whole = not event.get("more_body", False)
