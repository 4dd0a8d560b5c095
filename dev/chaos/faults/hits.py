"""One fault on its way: injected, found, mended, resolved; and what is measured of it."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from .books import Moved
from .catalogue import STILL, Fault
from .world import World


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds of time that was moved, and that truly passed."""

    moved: float
    waited: float

    @property
    def total(self) -> float:
        return self.moved + self.waited

    def __str__(self) -> str:
        return (
            f"moved {length(self.moved)} + {self.waited:.0f} s" if self.moved >= 1 else f"{self.waited:.0f} s"
        )


@dataclass(slots=True)
class Hit:
    """`keys` are the companies, or the queues; `who` is told to act, by each. `others` are queues told of wrongly."""

    fault: Fault
    keys: Sequence[str]
    who: dict[str, str] = field(default_factory=dict)
    found: dict[str, Span] = field(default_factory=dict)
    resolved: dict[str, Span] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    _began: float = 0.0
    _moved: Moved = field(default_factory=Moved)

    @property
    def is_found(self) -> bool:
        return len(self.found) == len(self.keys)

    @property
    def is_resolved(self) -> bool:
        return len(self.resolved) == len(self.keys)

    def inject(self, world: World) -> None:
        self._began = time.monotonic()
        self._moved = self.fault.inject(world, self.keys)

    def mend(self, world: World) -> None:
        self._began = time.monotonic()
        self._moved = self.fault.mend(world, self.keys)

    def look_for(self, world: World, is_open: Collection[tuple[str, str]]) -> None:
        """Whether Customer Success is told of it now; `is_open` saves asking where nothing can have come."""
        missing = [it for it in self.keys if it not in self.found]
        self._moved += self.fault.meanwhile(world, missing)
        asked = [it for it in missing if self._may_be_open(it, is_open)]
        for key, told in self._told(world, asked).items():
            self.who[key], self.found[key] = told, self._span(key)

    def look_away(self, world: World, is_open: Collection[tuple[str, str]]) -> None:
        """Whether they are told no more."""
        left = [it for it in self.found if it not in self.resolved]
        self._moved += self.fault.afterwards(world, left)
        asked = [it for it in left if self.fault.code == STILL or not self._may_be_open(it, is_open)]
        for key in set(asked) - self._told(world, asked).keys():
            self.resolved[key] = self._span(key)

    def _may_be_open(self, key: str, is_open: Collection[tuple[str, str]]) -> bool:
        return self.fault.code == STILL or (key, self.fault.code) in is_open

    def _told(self, world: World, keys: Collection[str]) -> Mapping[str, str]:
        """Who acts, by each where it is open."""
        if not keys:
            return {}
        if self.fault.code == STILL:
            still = world.desk.still()
            self.others |= still.keys() - set(self.keys)
            return {queue: who for queue, who in still.items() if queue in keys}
        told = {it: world.desk.problems(it) for it in keys}
        return {key: codes[self.fault.code] for key, codes in told.items() if self.fault.code in codes}

    def _span(self, key: str) -> Span:
        return Span(self._moved[key], time.monotonic() - self._began)


def length(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h" if minutes < 72 * 60 else f"{minutes / 60 / 24:.1f} days"
