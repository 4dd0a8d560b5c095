"""Ten senders at once, each as stubborn as Lever: what was not acknowledged is sent again, the same bytes."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from typing import Self
from urllib.parse import urlsplit

from .plans import Delivery

SENDERS = 10
# Slow enough that processes are killed meanwhile.
PER_SECOND, SHORTEST_SECONDS = 250, 10
TIMEOUT_SECONDS, PAUSE_SECONDS = 30, 0.3
HEADERS = {"Content-Type": "application/json", "User-Agent": "Lever-Webhooks"}


class Sending:
    """`with` begins it, and waits for its end or the deadline. `taken` are the keys that were acknowledged.

    `ended` is when the last one was answered.
    """

    def __init__(self, deliveries: Sequence[Delivery], deadline: float) -> None:
        self.taken: set[str] = set()
        self.refused: Counter[int] = Counter()
        self.done = 0
        self.failures = 0
        self.ended = 0.0
        self._deadline = deadline
        self._waiting = iter(deliveries)
        self._pause = SENDERS / min(PER_SECOND, len(deliveries) / SHORTEST_SECONDS)
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send_all, daemon=True) for _ in range(SENDERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Whoever leaves by an error waits for no more than the answers that are under way."""
        if kind:
            self._deadline = 0.0
        for thread in self._threads:
            thread.join()

    @property
    def is_busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _send_all(self) -> None:
        connections: dict[str, HTTPConnection] = {}
        while time.monotonic() < self._deadline and (delivery := self._next()):
            place = urlsplit(delivery.url)
            connection = connections.setdefault(
                place.netloc, HTTPConnection(place.netloc, timeout=TIMEOUT_SECONDS)
            )
            began = time.monotonic()
            self._insist(connection, place.path, delivery)
            time.sleep(max(0.0, self._pause - (time.monotonic() - began)))

    def _next(self) -> Delivery | None:
        with self._lock:
            return next(self._waiting, None)

    def _insist(self, connection: HTTPConnection, path: str, delivery: Delivery) -> None:
        while time.monotonic() < self._deadline:
            status = _post(connection, path, delivery.body)
            if status is None or status >= 500:
                with self._lock:
                    self.failures += 1
                time.sleep(PAUSE_SECONDS)
                continue
            self._note(delivery, status)
            return

    def _note(self, delivery: Delivery, status: int) -> None:
        with self._lock:
            self.done += 1
            self.ended = time.monotonic()
            if 200 <= status < 300:
                self.taken.add(delivery.key)
            else:
                self.refused[status] += 1


def _post(connection: HTTPConnection, path: str, body: bytes) -> int | None:
    """The status, or None where no answer came."""
    try:
        connection.request("POST", path, body, HEADERS)
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException):
        connection.close()
        return None
    return answer.status
