"""A request's body, which is there as a whole before anybody works on it.

Who sends slowly so holds a connection and nothing else, and not even that for long.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO

from asgiref.typing import ASGIReceiveCallable, HTTPScope

from webhooks.doors import NotReadError

# What is larger goes to disk: so many at once, in one process.
IN_MEMORY = 256 * 1024
LARGE_AT_ONCE = 64
# Whoever has sent more has longer.
SECONDS, BYTES_A_SECOND = 5, 1024 * 1024


class Receiver:
    """Of all requests of a process."""

    def __init__(self, large_at_once: int = LARGE_AT_ONCE) -> None:
        self._large, self._large_at_once = 0, large_at_once

    @asynccontextmanager
    async def body(
        self, scope: HTTPScope, receive: ASGIReceiveCallable, most: int
    ) -> AsyncIterator[IO[bytes]]:
        """Nothing is read of what says itself that it is too large. Raises NotReadError."""
        if _announced(scope) > most:
            raise NotReadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        with SpooledTemporaryFile(IN_MEMORY) as body, ExitStack() as kept:
            try:
                async with asyncio.timeout(SECONDS) as limit:
                    await self._fill(body, receive, most, limit, kept)
            except TimeoutError:
                raise NotReadError(HTTPStatus.REQUEST_TIMEOUT) from None
            body.seek(0)
            yield body

    async def _fill(
        self,
        body: IO[bytes],
        receive: ASGIReceiveCallable,
        most: int,
        limit: asyncio.Timeout,
        kept: ExitStack,
    ) -> None:
        first, size = limit.when() or 0, 0
        async for piece in _pieces(receive):
            before, size = size, size + len(piece)
            if size > most:
                raise NotReadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if size <= IN_MEMORY:
                body.write(piece)
                continue
            if before <= IN_MEMORY:
                kept.enter_context(self._place_for_large())
            await asyncio.to_thread(body.write, piece)  # a disk may take its time
            limit.reschedule(first + size / BYTES_A_SECOND)

    @contextmanager
    def _place_for_large(self) -> Iterator[None]:
        if self._large == self._large_at_once:
            raise NotReadError(HTTPStatus.SERVICE_UNAVAILABLE)
        self._large += 1
        try:
            yield
        finally:
            self._large -= 1


def _announced(scope: HTTPScope) -> int:
    """Bytes; what comes in chunks tells none. The server has made sure that what is told is a number, and told once."""
    return int(dict(scope["headers"]).get(b"content-length", 0))


async def _pieces(receive: ASGIReceiveCallable) -> AsyncIterator[bytes]:
    is_more = True
    while is_more:
        event = await receive()
        if event["type"] != "http.request":  # the sender is gone
            raise NotReadError(HTTPStatus.REQUEST_TIMEOUT)
        yield event["body"]
        is_more = event.get("more_body", False)
