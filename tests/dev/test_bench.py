"""Ratios of one run, and rounds that others disturbed."""

from collections.abc import Iterator

import pytest

from dev.bench import rounds
from dev.bench.rounds import Rounds, Watch, take_turns


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How many cores they keep busy in each round to come; none in those after."""
    busy: list[float] = []
    monkeypatch.setattr(Watch, "foreign_cores", lambda _: busy.pop(0) if busy else 0.0)
    return busy


def counting() -> Iterator[float]:
    yield from (float(number) for number in range(1, 100))


def test_a_ratio_is_the_median_of_the_rounds_beside_their_range() -> None:
    told = Rounds([{"ours": 1, "limit": 10}, {"ours": 6, "limit": 10}, {"ours": 3, "limit": 10}], False)
    assert str(told.ratio("ours", "limit", "rows")).split() == [
        "ours/limit",
        "0.3",
        "0.1",
        "to",
        "0.6",
        "rows",
    ]


def test_a_disturbed_round_is_repeated(others: list[float]) -> None:
    others.extend([0.0, 1.5, 0.1])
    figures = counting()
    measured = take_turns({"ours": lambda: next(figures)}, rounds=3)
    assert [it["ours"] for it in measured.each] == [1, 3, 4]
    assert not measured.is_noisy


def test_where_others_never_rest_the_row_says_so(others: list[float]) -> None:
    others.extend([1.0] * 100)
    measured = take_turns({"ours": lambda: 1.0}, rounds=3)
    assert len(measured.each) == 3
    assert "not to be believed" in str(measured.cost("ours", "seconds"))
    assert len(others) == 100 - rounds.MOST_REPEATS


def test_what_this_process_spends_is_nobody_elses() -> None:
    watch = Watch()
    before = rounds.own_ticks()
    while rounds.own_ticks() - before < 5:
        sum(range(10_000))
    assert rounds.busy_ticks() >= 5
    assert watch.foreign_cores() >= 0
