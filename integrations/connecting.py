"""A connection to a checked address, and a clock over all that happens on it."""

import socket
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Self

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from .addresses import Target, checked_addresses
from .errors import TransientError


@contextmanager
def connected(target: Target, connect_seconds: float, silence_seconds: float) -> Generator[HTTPConnection]:
    """The first of the target's addresses that answers; TransientError `http.not_sent` when none does."""
    last_moment = time.monotonic() + connect_seconds
    failure = "no address"
    for address in checked_addresses(target):
        connection = open_connection(target, address, max(last_moment - time.monotonic(), 0.1))
        try:
            connection.connect()
        except (OSError, HTTPError) as error:
            connection.close()
            failure = type(error).__name__
            continue
        connection.timeout = silence_seconds
        try:
            yield connection
        finally:
            connection.close()
        return
    raise TransientError(
        "http.not_sent", "The other side could not be reached.", f"{target.place}: {failure}"
    )


def open_connection(target: Target, address: str, timeout: float) -> HTTPConnection:
    if not target.is_https:
        return HTTPConnection(address, target.port, timeout=timeout)
    name = target.host.strip("[]").rstrip(".")
    return HTTPSConnection(
        address, target.port, timeout=timeout, ssl_context=tls_context(), server_hostname=name
    )


@cache
def tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()


class Deadline:
    """Shuts the socket when the whole lasts too long: a limit on each read lets a server drip for ever."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self.has_passed = False
        self._sock = sock
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _shut(self) -> None:
        self.has_passed = True
        with suppress(OSError):
            # Not SSLSocket.shutdown, which takes the TLS layer from under the thread that reads.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)
