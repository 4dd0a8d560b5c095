"""Hands webhook deliveries over in the background, and tries again with growing gaps."""

import heapq
import itertools
import threading
import time

import requests

from sandbox.world.ids import now_ms
from sandbox.world.webhooks import Attempt, Delivery

# Lever says "five times, waiting longer and longer" and publishes neither gaps nor time-out: these are guesses.
RETRY_GAPS_SECONDS = (10, 60, 300, 1800, 7200)
TIMEOUT_SECONDS = 10
HEADERS = {"User-Agent": "Lever-Webhooks", "Content-Type": "application/json"}


class Courier:
    """A heap of due deliveries and a few threads that empty it."""

    def __init__(self, retry_scale: float, threads: int = 8) -> None:
        self.retry_scale = retry_scale
        self._due: list[tuple[float, int, Delivery, int]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._in_flight = 0
        for number in range(threads):
            threading.Thread(target=self._run, name=f"courier-{number}", daemon=True).start()

    def send(self, delivery: Delivery) -> None:
        self._put(delivery, after_seconds=0, retries_left=len(RETRY_GAPS_SECONDS))

    def forget_all(self) -> None:
        with self._wake:
            self._due.clear()

    @property
    def pending(self) -> int:
        """Deliveries that wait or are under way."""
        with self._wake:
            return len(self._due) + self._in_flight

    def _put(self, delivery: Delivery, after_seconds: float, retries_left: int) -> None:
        with self._wake:
            due = time.monotonic() + after_seconds
            heapq.heappush(self._due, (due, next(self._order), delivery, retries_left))
            self._wake.notify()

    def _run(self) -> None:
        while True:
            delivery, retries_left = self._next()
            attempt(delivery)
            if delivery.state == "failed" and retries_left:
                gap = RETRY_GAPS_SECONDS[-retries_left] * self.retry_scale
                self._put(delivery, gap, retries_left - 1)
            with self._wake:
                self._in_flight -= 1

    def _next(self) -> tuple[Delivery, int]:
        with self._wake:
            while not self._due or self._due[0][0] > time.monotonic():
                self._wake.wait(self._due[0][0] - time.monotonic() if self._due else None)
            _, _, delivery, retries_left = heapq.heappop(self._due)
            self._in_flight += 1
            return delivery, retries_left


def attempt(delivery: Delivery) -> Attempt:
    """Posts once and writes down what came of it."""
    at, status, error = now_ms(), None, None
    try:
        with requests.Session() as session:
            session.trust_env = False
            status = session.post(
                delivery.url,
                data=delivery.body.encode(),
                headers=HEADERS,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
            ).status_code
    except requests.RequestException as failure:
        error = type(failure).__name__
    delivery.attempts.append(Attempt(at, status, error))
    return delivery.attempts[-1]
