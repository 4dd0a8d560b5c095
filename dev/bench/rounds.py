"""Rounds in which limit and portal take turns, and whether this machine was quiet enough to believe them."""

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 5
MOST_REPEATS = 5
MOST_FOREIGN_CORES = 0.2
TICKS = os.sysconf("SC_CLK_TCK")
Measure = Callable[[], float]
Round = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """`figures` are one for each round; `about` says what was measured with how many of what."""

    name: str
    figures: Sequence[float]
    about: str
    is_noisy: bool = False

    def __str__(self) -> str:
        middle, low, high = statistics.median(self.figures), min(self.figures), max(self.figures)
        noise = "  (others were busy on this machine: not to be believed)" if self.is_noisy else ""
        return f"{self.name:<32} {middle:>8.3g} {low:>8.3g} to {high:<6.3g} {self.about}{noise}"


@dataclass(frozen=True, slots=True)
class Rounds:
    each: Sequence[Round]
    is_noisy: bool

    def row(self, name: str, figure: Callable[[Round], float], about: str) -> Row:
        return Row(name, [figure(it) for it in self.each], about, self.is_noisy)

    def ratio(self, name: str, of: str, about: str) -> Row:
        return self.row(f"{name}/{of}", lambda it: it[name] / it[of], about)

    def cost(self, name: str, about: str) -> Row:
        return self.row(f"{name}-cost", lambda it: it[name], about)


def take_turns(measures: Mapping[str, Measure], rounds: int = ROUNDS) -> Rounds:
    """A round that was disturbed is repeated, a bounded number of times in all."""
    quiet: list[Round] = []
    disturbed: list[Round] = []
    while len(quiet) < rounds and len(disturbed) < MOST_REPEATS:
        watch = Watch()
        figures = {name: measure() for name, measure in measures.items()}
        foreign = watch.foreign_cores()
        (quiet if foreign <= MOST_FOREIGN_CORES else disturbed).append(figures)
        shown = ", ".join(f"{name} {figure:.4g}" for name, figure in figures.items())
        print(f"bench    | {shown} (others: {foreign:.2f} cores)", flush=True)
    is_noisy = len(quiet) < rounds
    return Rounds([*quiet, *disturbed][:rounds] if is_noisy else quiet, is_noisy)


class Watch:
    """How many cores others kept busy since it began."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._all, self._own = busy_ticks(), own_ticks()

    def foreign_cores(self) -> float:
        ticks = (busy_ticks() - self._all) - (own_ticks() - self._own)
        return max(ticks, 0) / TICKS / (time.monotonic() - self._began)


def busy_ticks() -> int:
    """Of all processors; waiting is not work."""
    user, nice, system, _idle, _wait, *interrupts = map(int, _words(Path("/proc/stat"))[1:9])
    return user + nice + system + sum(interrupts)


def own_ticks() -> int:
    """Of this process and all below it, those that have ended included."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = path.read_text().partition(" (")
        except OSError:  # it has ended
            continue
        fields = rest.rpartition(") ")[2].split()
        parents[int(pid)] = int(fields[1])
        ticks[int(pid)] = sum(map(int, fields[11:15]))
    return sum(spent for pid, spent in ticks.items() if _is_below(pid, os.getpid(), parents))


def _is_below(pid: int, root: int, parents: Mapping[int, int]) -> bool:
    while pid > 1 and pid != root:
        pid = parents.get(pid, 0)
    return pid == root


def _words(path: Path) -> list[str]:
    return path.read_text().split(maxsplit=10)
