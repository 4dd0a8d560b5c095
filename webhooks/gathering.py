"""What several threads bring at the same time, done by one of them for all: what one commit costs is paid once."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from django.db import Error

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(eq=False, slots=True)
class _Brought(Generic[Item, Result]):
    """`result` is empty until it is done; who is woken without one goes first, or alone."""

    item: Item
    result: Sequence[Result] = ()
    goes_first: bool = False
    sleep: Lock = field(default_factory=Lock)


class Gathering(Generic[Item, Result]):
    """`do` gives a result for each item, or raises when it did nothing. While it works what comes next gathers.

    What the database refuses of several is done for each alone, so that none suffers from another.
    """

    def __init__(self, do: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._do = do
        self._lock = Lock()
        self._is_busy = False
        self._waiting: deque[_Brought[Item, Result]] = deque()

    def __call__(self, item: Item) -> Result:
        brought: _Brought[Item, Result] = _Brought(item)
        brought.sleep.acquire()
        with self._lock:
            if self._is_busy:
                self._waiting.append(brought)
            else:
                self._is_busy = brought.goes_first = True
        if not brought.goes_first:
            brought.sleep.acquire()
        if brought.goes_first:
            self._do_with_others(brought)
        [result] = brought.result or self._do([item])
        return result

    def _do_with_others(self, first: _Brought[Item, Result]) -> None:
        with self._lock:
            others = [*self._waiting]
            self._waiting.clear()
        together = [first, *others]
        try:
            for it, result in zip(together, self._do([it.item for it in together]), strict=True):
                it.result = [result]
        except Error:
            if not others:
                raise
        finally:
            self._call_next()
            for it in others:
                it.sleep.release()

    def _call_next(self) -> None:
        with self._lock:
            self._is_busy = bool(self._waiting)
            following = self._waiting.popleft() if self._waiting else None
        if following:
            following.goes_first = True
            following.sleep.release()
