"""What several bring at the same time, done by one call for all: what one commit costs is paid once."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathering(Generic[Item, Result]):
    """`do` gives a result for each item, or raises when it did nothing, which all who brought one are told.

    While it works, in a thread of `executor`, what comes next gathers. It belongs to one event loop.
    """

    def __init__(
        self, do: Callable[[Sequence[Item]], Sequence[Result]], executor: Executor, most: int = 64
    ) -> None:
        self._do, self._executor, self._most = do, executor, most
        self._gathered: list[Item] = []
        self._doing: asyncio.Task[Sequence[Result]] | None = None
        self._turn = asyncio.Lock()

    async def __call__(self, item: Item) -> Result:
        if self._doing is None or len(self._gathered) in {0, self._most}:
            self._gathered = []
            self._doing = asyncio.create_task(self._do_in_turn(self._gathered))
        place = len(self._gathered)
        self._gathered.append(item)
        results = await asyncio.shield(self._doing)  # whoever is gone takes nothing from the others
        return results[place]

    async def _do_in_turn(self, gathered: list[Item]) -> Sequence[Result]:
        async with self._turn:
            if self._gathered is gathered:
                self._gathered = []
            return await asyncio.get_running_loop().run_in_executor(self._executor, self._do, gathered)
