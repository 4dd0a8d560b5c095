"""Django's handler works in few threads, each with its connection to the database; to wait, nobody needs one.

An answer leaves once it is whole. What is too large for that is made piece by piece, as its reader has room for more.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from wsgiref.types import WSGIApplication, WSGIEnvironment

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

from tenants.even import TAKES_SECONDS
from webhooks.doors import NotReadError
from webhooks.piecewise import PIECEWISE

from .environ import environ_of
from .receiving import IN_MEMORY, Receiver
from .sending import Headers, send_bare, send_piece, send_start, send_whole

LARGEST_BODY = 32 * 1024 * 1024
InThread = Callable[..., Awaitable[Any]]


@dataclass(slots=True)
class Answer:
    """As an application gives it: whole, or in pieces that are still to be made."""

    status: int = 0
    headers: Headers = ()
    whole: IO[bytes] | None = None
    pieces: Iterable[bytes] = ()

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self.status = int(status.split(" ", 1)[0])
        self.headers = headers


class Answering:
    """What `application` answers, which works in the threads of `executor`."""

    def __init__(self, application: WSGIApplication, executor: Executor, receiver: Receiver) -> None:
        self._application, self._executor, self._receiver = application, executor, receiver

    async def __call__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        in_thread = self._threads_of_one_request()
        try:
            async with self._receiver.body(scope, receive, LARGEST_BODY) as body:
                answer = await self._answer(environ_of(scope, body), in_thread)
        except NotReadError as error:
            await send_bare(send, error.status, error.headers.items())
            return
        await send_start(send, answer.status, answer.headers)
        if answer.whole:
            await send_whole(send, answer.whole)
        else:
            await _send_pieces(send, answer.pieces, receive, in_thread)

    async def _answer(self, environ: WSGIEnvironment, in_thread: InThread) -> Answer:
        """What must not tell by its time waits here, where it is in nobody's way."""
        began = time.monotonic()
        answer: Answer = await in_thread(_work, self._application, environ)
        await asyncio.sleep(began + environ.get(TAKES_SECONDS, 0) - time.monotonic())
        return answer

    def _threads_of_one_request(self) -> InThread:
        """What it notes for its log is noted for whichever thread goes on with it, and for no other request."""
        run_in: Callable[..., Any] = copy_context().run

        async def in_thread(*call: Any) -> Any:
            return await asyncio.get_running_loop().run_in_executor(self._executor, run_in, *call)

        return in_thread


async def _send_pieces(
    send: ASGISendCallable, pieces: Iterable[bytes], receive: ASGIReceiveCallable, in_thread: InThread
) -> None:
    """Between two pieces no thread waits for their reader. Nothing more is made for one who is gone."""
    gone, making = asyncio.ensure_future(receive()), iter(pieces)
    try:
        while not gone.done() and (piece := await in_thread(next, making, None)) is not None:
            await send_piece(send, piece, is_last=False)
        await send_piece(send, b"", is_last=True)
    finally:
        gone.cancel()
        await in_thread(_close, pieces)


def _work(application: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    answer = Answer()
    pieces = application(environ, answer.start)
    if environ.get(PIECEWISE):
        answer.pieces = pieces
    else:
        answer.whole = _whole(pieces)
    return answer


def _whole(pieces: Iterable[bytes]) -> IO[bytes]:
    """What is larger than `IN_MEMORY` waits on disk."""
    whole = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    try:
        whole.writelines(pieces)
    except BaseException:
        whole.close()
        raise
    finally:
        _close(pieces)
    whole.seek(0)
    return whole


def _close(pieces: Iterable[bytes]) -> None:
    if hasattr(pieces, "close"):
        pieces.close()
