"""Work that comes in crowds is done tenant by tenant, in short turns: nobody's crowd holds others up.

Whose other side is in trouble rests, each time twice as long; what is due meanwhile stays due, the oldest first.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

from ..models import Work
from . import bell

LONGEST_TURN = timedelta(seconds=1)
FIRST_REST, LONGEST_REST = timedelta(seconds=2), timedelta(minutes=10)
NO_TROUBLE = (0, 0.0)
# What is forgotten is tried once too often.
REMEMBERED = timedelta(days=1)
# Of those asked one by one: this many failures one after the other, or half of the last, and it is left alone.
FAILURES_IN_A_ROW, LAST_TRIES, LAST_TRIES_WITHIN = 5, 20, timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of an other side: how often it was left alone and until when, and how its last tries went."""

    failures: int
    until: float
    tries: str

    @property
    def rest(self) -> timedelta:
        """How long it is left alone yet."""
        return timedelta(seconds=max(self.until - time.time(), 0.0))

    @property
    def is_clean(self) -> bool:
        """It has always done its part, of which nothing has to be remembered."""
        return not (self.failures or self.tries)

    @property
    def is_in_doubt(self) -> bool:
        """It is tried again: by one, until that goes well."""
        return bool(self.failures)


class TroubleError(Exception):
    """The other side does not do its part now; `asked` is how long it wants to be left alone, if it said so."""

    def __init__(self, asked: timedelta | None = None) -> None:
        super().__init__()
        self.asked = asked or timedelta()


def take(model: type[Work], tenant_id: int, other_side: str, go_on: Callable[[], bool]) -> None:
    """`go_on` does the next of what is due and says whether there was any. Raises nothing of TroubleError."""
    pause = rests_for(other_side)
    if not pause:
        try:
            is_left = _until_over(go_on)
        except TroubleError as trouble:
            pause = _rest(other_side, trouble.asked)
    if pause:
        bell.leave_alone(model.task, tenant_id, pause)
        return
    bell.has_come(model.task, tenant_id)
    if is_left:
        bell.call(model.task, tenant_id)


def rests_for(other_side: str) -> timedelta:
    return records_of([other_side])[0].rest


def records_of(other_sides: Sequence[str]) -> list[Record]:
    """While the cache is away nobody is known to be in trouble."""
    keys = [(_key(it), _key(it, "tries")) for it in other_sides]
    kept: dict[str, Any] = {}
    with suppress(RedisError):
        kept = cache.get_many(chain(*keys))
    return [_record(kept.get(trouble, NO_TROUBLE), kept.get(tries, "")) for trouble, tries in keys]


def _record(trouble: tuple[int, float], tries: str) -> Record:
    failures, until = trouble
    return Record(failures, until, tries)


def forget_trouble(other_side: str) -> int:
    """It does its part again; how often it did not."""
    failures = records_of([other_side])[0].failures
    if failures:
        with suppress(RedisError):
            cache.delete_many([_key(other_side), _key(other_side, "tries")])
    return failures


def note(other_side: str, is_well: bool) -> None:
    """How one try went of work that is not done in turns. Two at once may count as one."""
    [record] = records_of([other_side])
    if record.rest:
        return  # it was under way when trouble was found
    if is_well and record.failures:
        forget_trouble(other_side)
        return
    if is_well and record.is_clean:
        return
    tries = (record.tries + "-+"[is_well])[-LAST_TRIES:]
    _keep(_key(other_side, "tries"), tries, LAST_TRIES_WITHIN)
    has_failed_often = tries.endswith("-" * FAILURES_IN_A_ROW) or tries.count("-") * 2 >= LAST_TRIES
    if has_failed_often and not is_well:
        _rest(other_side, timedelta())


def _until_over(go_on: Callable[[], bool]) -> bool:
    ends_at = time.monotonic() + LONGEST_TURN.total_seconds()
    while go_on():
        if time.monotonic() > ends_at:
            return True
    return False


def _rest(other_side: str, asked: timedelta) -> timedelta:
    failures = records_of([other_side])[0].failures
    pause: timedelta = max(min(FIRST_REST * 2 ** min(failures, 16), LONGEST_REST), asked)
    _keep(_key(other_side), (failures + 1, time.time() + pause.total_seconds()), REMEMBERED)
    return pause


def _keep(key: str, value: Any, lifetime: timedelta) -> None:
    with suppress(RedisError):
        cache.set(key, value, lifetime.total_seconds())


def _key(other_side: str, what: str = "trouble") -> str:
    return f"{what}:{hashlib.sha256(other_side.encode()).hexdigest()}"
