"""The faults in their order, watched until the last of them is over."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ...processes import StackError
from ..saying import say
from . import acts, catalogue, table, thresholds
from .hits import Hit, Span
from .verdict import judge
from .world import World

POLL_SECONDS = 1.0
# Longer than any of them may take; what is not over by then is told as broken.
WAVE_SECONDS = 240
WITHIN = {**thresholds.written(), catalogue.STILL: acts.STILL_AFTER}


class Storm:
    def __init__(self, world: World, hits: Sequence[Hit], keys: Sequence[str]) -> None:
        self._world = world
        self._hits = hits
        self._keys = keys
        self._incidents: dict[str, int] = {}

    def survive(self) -> dict[str, Any]:
        self._settle()
        under_way: Sequence[Hit] = []
        for wave in catalogue.WAVES:
            injected = [it for it in self._hits if it.fault in wave]
            self._pass(injected, under_way)
            under_way = injected
        unseen = self._clear()
        for line in table.lines(self._hits, WITHIN):
            say(line)
        rows = self._world.books.problems()
        broken = judge(self._hits, rows, WITHIN, self._incidents, unseen)
        for name, where in broken.items():
            say(f"{name}: {'; '.join(where)}")
        return {"ok": not broken, "broken": broken, "faults": table.as_json(self._hits, WITHIN)}

    def _settle(self) -> None:
        """What is read hourly or daily has just been read: the next time is a whole period away."""
        for read in (catalogue.SYNC, catalogue.CATCH_UP, catalogue.READ_STAGES, catalogue.READ_REASONS):
            read(self._world, self._keys)
        if not _wait(self._world.books.have_read):
            raise StackError(f"What is read again and again is still due after {WAVE_SECONDS} s")

    def _pass(self, injected: Sequence[Hit], mended: Sequence[Hit]) -> None:
        """Until these are found, and those resolved."""
        for hit in mended:
            hit.mend(self._world)
        for hit in injected:
            hit.inject(self._world)
            say(f"{hit.fault.name}: at {len(hit.keys)} {'companies' if hit.fault.count else 'queues'}")

        def is_over() -> bool:
            is_open = self._world.books.open()
            for hit in injected:
                _tell(hit, "found", hit.found, partial(hit.look_for, self._world, is_open))
            for hit in mended:
                _tell(hit, "resolved", hit.resolved, partial(hit.look_away, self._world, is_open))
            return all(it.is_found for it in injected) and all(it.is_resolved for it in mended)

        _wait(is_over)
        self._incidents |= self._world.desk.incidents()

    def _clear(self) -> list[str]:
        """Everybody is looked at once more; told is where that did not come."""
        books = self._world.books
        now = books.now()
        return [] if _wait(lambda: not books.unseen(now)) else books.unseen(now)


def _wait(is_over: Callable[[], bool]) -> bool:
    """Whether it was over in time."""
    deadline = time.monotonic() + WAVE_SECONDS
    while not is_over():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _tell(hit: Hit, what: str, spans: dict[str, Span], look: Callable[[], None]) -> None:
    """Once it is so everywhere."""
    was = len(spans)
    look()
    if was < len(spans) == len(hit.keys):
        slowest = table.slowest(spans)
        say(f"{hit.fault.name}: {what} after {slowest}")
