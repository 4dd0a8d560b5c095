"""Many threads with few connections to the database: whoever opens one while others have as many as may be waits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connections


class FewConnections:
    """At most `most` of the threads that work within `used` have connections of their own at once."""

    def __init__(self, most: int) -> None:
        self._free = threading.Semaphore(most)

    @contextmanager
    def used(self) -> Iterator[None]:
        """What this thread opens meanwhile is closed in the end, and then another's turn."""
        place = _Place(self._free)
        token = _place.set(place)
        try:
            yield
        finally:
            _place.reset(token)
            try:
                connections.close_all()
            finally:
                place.leave()


class _Place:
    """Of a thread, once it has opened something."""

    def __init__(self, free: threading.Semaphore) -> None:
        self._free, self._is_taken = free, False

    def take(self) -> None:
        if not self._is_taken:
            self._free.acquire()
            self._is_taken = True

    def leave(self) -> None:
        if self._is_taken:
            self._free.release()


_place: ContextVar[_Place | None] = ContextVar("place", default=None)


def wait_for_place() -> None:
    """Before a connection of this thread's own is opened."""
    place = _place.get()
    if place:
        place.take()
