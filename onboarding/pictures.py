"""Columns of a picture that is drawn inline: each has its place, and the longest the whole height."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

COLUMN, BAR, HEIGHT, SHORTEST = 20, 14, 72, 2
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Column(Generic[K]):
    """`of` is what was counted: a day, say, or a span of ages."""

    of: K
    count: int
    x: int
    y: int
    height: int


def columns(counts: Sequence[tuple[K, int]]) -> list[Column[K]]:
    most = max((count for _, count in counts), default=0) or 1
    return [_column(place, of, count, most) for place, (of, count) in enumerate(counts)]


def _column(place: int, of: K, count: int, most: int) -> Column[K]:
    """One without any keeps a line, so that it is seen to be counted."""
    height = max(round(count * HEIGHT / most), SHORTEST)
    return Column(of, count, place * COLUMN + (COLUMN - BAR) // 2, HEIGHT - height, height)


def width_of(many: Sequence[object]) -> int:
    return COLUMN * len(many)
