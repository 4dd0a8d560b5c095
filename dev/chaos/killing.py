"""`kill -9` of web and workers, whole or a child of theirs; what was killed whole starts again."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from ..processes import Process
from ..stack import Stack, wait_until_ready

# How long all runs undisturbed: while webhooks are sent, and afterwards, when the workers have to come to something.
Gap = tuple[float, float]
SOON: Gap = (1.0, 5.0)
LATER: Gap = (10.0, 30.0)


class Killer:
    """Works in the program's own thread: the kernel ends a process together with the thread that started it.

    `look` is called when something was just killed whole, before it starts again.
    """

    def __init__(
        self, stack: Stack, names: Sequence[str], chance: Random, look: Callable[[], None] = lambda: None
    ) -> None:
        self._look = look
        self.kills: Counter[str] = Counter()
        self._names = names
        self._stack = stack
        self._chance = chance

    def strike(self, gap: Gap) -> None:
        """After so many seconds. Raises StackError when something does not come up again."""
        time.sleep(self._chance.uniform(*gap))
        name = self._chance.choice(self._names)
        process = self._stack.processes[name]
        children = process.children()
        if children and self._chance.random() < 0.5:
            self.kills[f"{name}_child"] += process.kill_child(self._chance.choice(children))
        else:
            self._restart(name, process)

    def _restart(self, name: str, process: Process) -> None:
        process.kill()
        self.kills[name] += 1
        self._look()
        self._stack.start(name)
        wait_until_ready(self._stack, name)
