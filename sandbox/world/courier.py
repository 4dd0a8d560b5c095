"""Hands webhook deliveries over in the background, and tries again with growing gaps."""

import heapq
import itertools
import threading
import time

import requests
from urllib3.exceptions import HTTPError

from sandbox.world.ids import now_ms
from sandbox.world.webhooks import Attempt, Delivery

# Lever says "five times, waiting longer and longer" and publishes neither gaps nor time-out: these are guesses.
RETRY_GAPS_SECONDS = (10, 60, 300, 1800, 7200)
TIMEOUT_SECONDS = 10
THREADS = 8
HEADERS = {"User-Agent": "Lever-Webhooks", "Content-Type": "application/json"}


class Courier:
    """A heap of due deliveries and a few threads that empty it, started when there is something to send."""

    def __init__(self, retry_scale: float) -> None:
        self.retry_scale = retry_scale
        self._due: list[tuple[float, int, Delivery, int]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._in_flight: set[int] = set()
        self._is_stopped = False

    def send(self, delivery: Delivery) -> None:
        with self._wake:
            self._put(delivery, due_at=time.time(), retries_left=len(RETRY_GAPS_SECONDS))
            if not self._threads:
                self._start()

    def forget_all(self) -> None:
        """What is under way reaches its receiver, but is not tried again."""
        with self._wake:
            self._due.clear()
            self._in_flight.clear()

    def stop(self) -> None:
        with self._wake:
            self._is_stopped = True
            self._wake.notify_all()

    @property
    def pending(self) -> int:
        """Deliveries that wait or are under way."""
        with self._wake:
            return len(self._due) + len(self._in_flight)

    def _start(self) -> None:
        self._threads = [
            threading.Thread(target=self._run, name=f"courier-{number}", daemon=True)
            for number in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def _put(self, delivery: Delivery, due_at: float, retries_left: int) -> None:
        heapq.heappush(self._due, (due_at, next(self._order), delivery, retries_left))
        self._wake.notify()

    def _run(self) -> None:
        while taken := self._next():
            number, delivery, retries_left = taken
            last = attempt(delivery)
            with self._wake:
                is_forgotten = number not in self._in_flight
                self._in_flight.discard(number)
                if retries_left and not last.is_accepted and not is_forgotten:
                    gap = RETRY_GAPS_SECONDS[-retries_left] * self.retry_scale
                    # Since the attempt, not since this thread got here, which may be after the clock has moved.
                    self._put(delivery, last.at / 1000 + gap, retries_left - 1)

    def _next(self) -> tuple[int, Delivery, int] | None:
        """Waits for the next that is due; none when the courier was stopped."""
        with self._wake:
            while not self._is_stopped and (not self._due or self._due[0][0] > time.time()):
                self._wake.wait(self._due[0][0] - time.time() if self._due else None)
            if self._is_stopped:
                return None
            _, number, delivery, retries_left = heapq.heappop(self._due)
            self._in_flight.add(number)
            return number, delivery, retries_left


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
    except (requests.RequestException, HTTPError) as failure:
        # Of an address such as https://portal..example/, requests lets an error of urllib3 through.
        error = type(failure).__name__
    done = Attempt(at, status, error)
    delivery.attempts.append(done)
    return done
