"""What comes while one works is done by one call after it; what breaks tells all who brought it."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from tests.server import run
from webhooks.gathering import Gathering


class Work:
    """Doubles numbers, but no three; 0 only once it is let go."""

    def __init__(self) -> None:
        self.done: list[Sequence[int]] = []
        self.let_go = Event()

    def __call__(self, items: Sequence[int]) -> Sequence[int]:
        if 0 in items:
            assert self.let_go.wait(10)
        self.done.append(items)
        if 3 in items:
            raise LookupError("three")
        return [2 * it for it in items]


async def brought(work: Work, first: int, *others: int) -> list[int | BaseException]:
    """All others are there before the first is done."""
    with ThreadPoolExecutor(4) as threads:
        gathering = Gathering(work, threads, most=4)
        begun = asyncio.create_task(gathering(first))
        await asyncio.sleep(0.05)
        waiting = [asyncio.create_task(gathering(it)) for it in others]
        await asyncio.sleep(0)
        if others and others[0] == 9:
            waiting[0].cancel()
        work.let_go.set()
        return await asyncio.gather(begun, *waiting, return_exceptions=True)


def test_what_comes_while_one_works_is_done_together() -> None:
    work = Work()
    assert run(brought(work, 0, 1, 2, 4, 5)) == [0, 2, 4, 8, 10]
    assert work.done == [[0], [1, 2, 4, 5]]


def test_of_very_many_so_many_are_done_together() -> None:
    work = Work()
    assert run(brought(work, 0, *[1] * 9)) == [0, *[2] * 9]
    assert [len(it) for it in work.done] == [1, 4, 4, 1]


def test_what_comes_afterwards_is_done_at_once() -> None:
    async def one_after_the_other(work: Work) -> list[int]:
        with ThreadPoolExecutor(1) as thread:
            gathering = Gathering(work, thread)
            return [await gathering(it) for it in (1, 2)]

    work = Work()
    assert run(one_after_the_other(work)) == [2, 4]
    assert work.done == [[1], [2]]


def test_what_breaks_tells_all_who_brought_it_and_nobody_else() -> None:
    first, *others = run(brought(Work(), 0, 1, 3))
    assert first == 0
    assert [type(it) for it in others] == [LookupError, LookupError]


def test_after_a_failure_the_next_is_done() -> None:
    failed, done = run(brought(Work(), 3, 1))
    assert (type(failed), done) == (LookupError, 2)


def test_whoever_is_gone_takes_nothing_from_the_others() -> None:
    first, gone, other = run(brought(Work(), 0, 9, 1))
    assert (first, type(gone), other) == (0, asyncio.CancelledError, 2)
