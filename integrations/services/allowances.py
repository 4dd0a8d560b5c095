"""How many requests in a while: counted in the cache that all processes share, in windows that the clock opens.

While the cache is away everybody is let pass: what a sender hands in is worth more than the limit.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import structlog
from django.core.cache import cache as shared
from redis.exceptions import RedisError

from tenants.caches import KeptCache

logger = structlog.get_logger(__name__)
KEYS = "allowance"
LONGEST_SUBJECT = 60
ASK_AGAIN_SECONDS = 5
cache = cast(KeptCache, shared)
away_until = 0.0


class SpentError(Exception):
    """Nothing is left before so many seconds have passed."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many in each window of so many seconds, for each subject."""

    name: str
    most: int
    seconds: int

    def spend(self, *subject: object) -> None:
        """One of it. Raises SpentError where none is left."""
        key, left = self._window(subject)
        if self._count([key])[0] > self.most:
            raise SpentError(left)

    def spend_ahead(self, subjects: Sequence[object], times: int) -> list[bool]:
        """So much of it for each of these, by one question; who had so much left."""
        keys = [self._window((it,))[0] for it in subjects]
        return [it <= self.most for it in self._count(keys, times)]

    def require(self, *subject: object) -> None:
        """That one is left, which stays unspent. Raises SpentError."""
        key, left = self._window(subject)
        if self._known(lambda: [cache.get(key, 0)], [0])[0] >= self.most:
            raise SpentError(left)

    def _window(self, subject: tuple[object, ...]) -> tuple[str, int]:
        """Its key, and the seconds until the next one opens."""
        number, passed = divmod(int(time.time()), self.seconds)
        name = ":".join(str(it)[:LONGEST_SUBJECT] for it in subject)
        return f"{KEYS}:{self.name}:{name}:{number}", self.seconds - passed

    def _count(self, keys: Sequence[str], times: int = 1) -> list[int]:
        return self._known(lambda: cache.count(keys, 2 * self.seconds, times), [0] * len(keys))

    def _known(self, ask: Callable[[], list[int]], unknown: list[int]) -> list[int]:
        """While the cache is away it is left alone for a moment: each asking may take a second."""
        global away_until
        if time.monotonic() < away_until:
            return unknown
        try:
            return ask()
        except RedisError as error:
            away_until = time.monotonic() + ASK_AGAIN_SECONDS
            logger.warning("allowance_not_counted", allowance=self.name, error=type(error).__name__)
            return unknown
