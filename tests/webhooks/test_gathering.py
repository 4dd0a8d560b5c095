"""What comes while one works is done by one commit after it; what breaks several is done alone."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from django.db import Error

from webhooks.gathering import Gathering


class Work:
    """Doubles numbers, the first of them only once it is let go."""

    def __init__(self, refuse: Callable[[Sequence[int]], Exception | None] = lambda _: None) -> None:
        self.done: list[Sequence[int]] = []
        self.is_begun = False
        self.let_go = Event()
        self._refuse = refuse

    def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.is_begun = True
        if items == [0]:
            assert self.let_go.wait(10)
        self.done.append(items)
        if error := self._refuse(items):
            raise error
        return [2 * it for it in items]


def brought(work: Work, numbers: Sequence[int]) -> dict[int, "Future[int]"]:
    """By a thread each; all are there before the first, which is 0, is done."""
    gathering = Gathering(work)
    with ThreadPoolExecutor(len(numbers) + 1) as threads:
        results = {0: threads.submit(gathering, 0)}
        wait_until(lambda: work.is_begun)
        results |= {it: threads.submit(gathering, it) for it in numbers}
        wait_until(lambda: len(gathering._waiting) == len(numbers))
        work.let_go.set()
    return results


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to that")


def test_what_comes_while_one_works_is_done_together() -> None:
    work = Work()
    results = brought(work, range(1, 6))
    assert [it.result() for it in results.values()] == [0, 2, 4, 6, 8, 10]
    assert [sorted(it) for it in work.done] == [[0], [1, 2, 3, 4, 5]]


def test_what_breaks_several_is_done_alone_and_fails_alone() -> None:
    work = Work(lambda items: Error("three") if 3 in items else None)
    results = brought(work, [1, 2, 3, 4])
    assert [results[it].result() for it in (0, 1, 2, 4)] == [0, 2, 4, 8]
    with pytest.raises(Error, match="three"):
        results[3].result()
    assert sorted(map(len, work.done)) == [1, 1, 1, 1, 1, 4]


def test_after_a_failure_the_next_is_done() -> None:
    work = Work(lambda items: Error("zero") if 0 in items else None)
    results = brought(work, [1])
    assert results[1].result() == 2
    with pytest.raises(Error, match="zero"):
        results[0].result()


def test_what_nobody_thought_of_leaves_nobody_waiting() -> None:
    work = Work(lambda items: ValueError("several") if len(items) > 1 else None)
    results = brought(work, [1, 2, 3])
    ended = [results[it].exception() for it in (1, 2, 3)]
    assert sum(isinstance(it, ValueError) for it in ended) == 1
    assert ended.count(None) == 2
