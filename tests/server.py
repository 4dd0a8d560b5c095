"""A server's part in a test: what it tells an application of a request, and what it is answered."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import Barrier
from typing import Any, TypeVar

from asgiref.typing import HTTPScope
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import DEFAULT_DB_ALIAS, connections

from config.serving.answering import Answering
from config.serving.receiving import Receiver
from config.serving.webhooks import Webhooks
from webhooks.short_path import ShortPath

Answer = tuple[int, dict[str, str], bytes]
Application = Callable[[HTTPScope, Any, Any], Coroutine[Any, Any, None]]
Result = TypeVar("Result")


@contextmanager
def own_thread() -> Iterator[ThreadPoolExecutor]:
    """It works on the connection of whoever asks, and so in a test's transaction."""
    own = connections[DEFAULT_DB_ALIAS]
    own.inc_thread_sharing()
    try:
        with ThreadPoolExecutor(1, "test", connections.__setitem__, (DEFAULT_DB_ALIAS, own)) as thread:
            yield thread
    finally:
        own.dec_thread_sharing()


@contextmanager
def several_threads(count: int = 8) -> Iterator[ThreadPoolExecutor]:
    """Each has a connection of its own."""
    all_there = Barrier(count)

    def leave() -> None:
        all_there.wait(10)
        connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        yield threads
        for leaving in [threads.submit(leave) for _ in range(count)]:
            leaving.result()


@contextmanager
def portal(working: Callable[[], AbstractContextManager[Executor]] = own_thread) -> Iterator[Webhooks]:
    with working() as threads:
        receiver = Receiver()
        pages = Answering(WSGIHandler(), threads, receiver)
        yield Webhooks(ShortPath(threads, threads), pages, receiver)


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """In another thread: in a test's own the loop of a browser may run already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


async def ask(
    application: Application,
    path: str,
    *pieces: bytes,
    method: str = "POST",
    headers: Mapping[str, str] = {},
    client: str = "127.0.0.1",
) -> Answer:
    """The body comes in pieces."""
    told: list[Any] = []
    to_come = [{"type": "http.request", "body": it, "more_body": True} for it in pieces[:-1]]
    to_come.append({"type": "http.request", "body": pieces[-1] if pieces else b"", "more_body": False})

    async def receive() -> Any:
        return to_come.pop(0) if to_come else await asyncio.Event().wait()

    async def send(event: Any) -> None:
        told.append(event)

    length = {"Content-Length": str(sum(map(len, pieces)))}
    await application(scope_of(path, method, {**length, **headers}, client), receive, send)
    start, *parts = told
    names = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return start["status"], names, b"".join(it["body"] for it in parts)


def scope_of(path: str, method: str, headers: Mapping[str, str], client: str = "127.0.0.1") -> HTTPScope:
    named = {"Host": settings.ALLOWED_HOSTS[0], **headers}
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": _encoded(named),
        "client": (client, 50_000),
        "server": ("127.0.0.1", 443),
        "state": {},
        "extensions": {},
    }


def _encoded(headers: Mapping[str, str]) -> Sequence[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
