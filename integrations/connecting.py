"""A connection to a checked address, and a clock over all that happens on it."""

import socket
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import cache
from http.client import HTTPConnection
from typing import Self

from .addresses import Target, checked_addresses
from .errors import TransientError

LOOKS_EVERY_SECONDS = 0.1


@contextmanager
def connected(target: Target, connect_seconds: float, silence_seconds: float) -> Generator[HTTPConnection]:
    """The first of the target's addresses that answers; TransientError `http.not_sent` when none does."""
    last_moment = time.monotonic() + connect_seconds
    failure = "no address"
    for address in checked_addresses(target):
        try:
            opened = open_socket(target, address, max(last_moment - time.monotonic(), 0.1))
        except OSError as error:
            failure = type(error).__name__
            continue
        with closing(_on(opened, target)) as connection:
            opened.settimeout(silence_seconds)
            yield connection
        return
    raise TransientError(
        "http.not_sent", "The other side could not be reached.", f"{target.place}: {failure}"
    )


def open_socket(target: Target, address: str, seconds: float) -> socket.socket:
    """To this address alone; raises OSError, also where the certificate is not one of the target's name."""
    with ExitStack() as on_failure:
        opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        on_failure.callback(opened.close)
        opened.settimeout(seconds)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.connect((address, target.port))
        if target.is_https:
            opened = tls_context().wrap_socket(opened, server_hostname=target.host.strip("[]").rstrip("."))
        on_failure.pop_all()
    return opened


def _on(opened: socket.socket, target: Target) -> HTTPConnection:
    """For one request on this socket; it opens none by itself."""
    connection = HTTPConnection(target.host, target.port)
    connection.sock, connection.auto_open = opened, 0
    return connection


@cache
def tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


class Deadline:
    """Shuts the socket when the whole lasts too long: a limit on each read lets a server drip for ever."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self.has_passed = False
        self._sock = sock
        self._ends_at = time.monotonic() + seconds

    def __enter__(self) -> Self:
        _watch.begin(self)
        return self

    def __exit__(self, *_: object) -> None:
        _watch.end(self)

    def shut_if_over(self) -> None:
        if time.monotonic() < self._ends_at:
            return
        self.has_passed = True
        with suppress(OSError):
            # Not SSLSocket.shutdown, which takes the TLS layer from under the thread that reads.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)


class _Watch:
    """One thread for all deadlines of the process: one for each would take as long as many a request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: set[Deadline] = set()
        self._is_any = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, deadline: Deadline) -> None:
        with self._lock:
            self._under_way.add(deadline)
            self._is_any.set()
            # A thread does not outlive a fork.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look_for_ever, name="deadlines", daemon=True)
                self._thread.start()

    def end(self, deadline: Deadline) -> None:
        with self._lock:
            self._under_way.discard(deadline)
            if not self._under_way:
                self._is_any.clear()

    def _look_for_ever(self) -> None:
        pause = threading.Event()
        while self._is_any.wait():
            pause.wait(LOOKS_EVERY_SECONDS)
            with self._lock:
                under_way = list(self._under_way)
            for it in under_way:
                it.shut_if_over()


_watch = _Watch()
