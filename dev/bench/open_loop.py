"""Deliveries at a steady rate whatever the answers do, by one thread that leaves the machine to the portal."""

import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..processes import StackError
from .deliveries import CONNECTIONS, Delivery

SOON = 0.2
LONGEST = 30


@dataclass(slots=True)
class Line:
    """A connection that sends one delivery at a time; `due` is that of the one under way."""

    socket: socket.socket
    due: float = 0.0
    answer: bytes = b""


def waits_at(deliveries: Sequence[Delivery], rate: float) -> list[float]:
    """Milliseconds from the moment when each was to be sent to its answer, in order of the answers.

    Raises StackError unless every single one is accepted.
    """
    place = urlsplit(deliveries[0].url)
    with ExitStack() as opened, selectors.DefaultSelector() as answers:
        free = deque[Line]()
        for _ in range(CONNECTIONS):
            line = Line(opened.enter_context(_connection(place.hostname or "", place.port or 80)))
            answers.register(line.socket, selectors.EVENT_READ, line)
            free.append(line)
        return _waits([_request(it) for it in deliveries], rate, free, answers)


def _connection(host: str, port: int) -> socket.socket:
    connection = socket.create_connection((host, port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _request(delivery: Delivery) -> bytes:
    place = urlsplit(delivery.url)
    headers = {
        "Host": place.netloc,
        "Content-Type": "application/json",
        "Content-Length": str(len(delivery.body)),
        **delivery.headers,
    }
    lines = [f"POST {place.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + delivery.body


def _waits(
    requests: Sequence[bytes], rate: float, free: deque[Line], answers: selectors.BaseSelector
) -> list[float]:
    waits: list[float] = []
    begin, sent = time.monotonic() + SOON, 0
    while len(waits) < len(requests):
        now = time.monotonic()
        while sent < len(requests) and free and begin + sent / rate <= now:
            line = free.popleft()
            line.due, line.answer = begin + sent / rate, b""
            line.socket.sendall(requests[sent])
            sent += 1
        until_next = begin + sent / rate - now if sent < len(requests) and free else LONGEST
        ready = answers.select(max(until_next, 0))
        if not ready and until_next >= LONGEST:
            raise StackError(f"{len(requests) - len(waits)} of {len(requests)} deliveries were not answered.")
        for key, _ in ready:
            if _is_answered(key.data):
                waits.append((time.monotonic() - key.data.due) * 1000)
                free.append(key.data)
    return waits


def _is_answered(line: Line) -> bool:
    """The portal's answers to deliveries have no body. Raises StackError unless it was accepted."""
    piece = line.socket.recv(4096)
    line.answer += piece
    if piece and not line.answer.endswith(b"\r\n\r\n"):
        return False
    if not line.answer.startswith(b"HTTP/1.1 200 "):
        raise StackError(f"a delivery was not accepted: {line.answer[:200]!r}")
    return True
