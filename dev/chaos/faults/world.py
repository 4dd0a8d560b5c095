"""Whom the faults befall, and with what they are made and mended."""

from collections.abc import Collection, Sequence
from random import Random

from ...control_room import Sandbox
from ...processes import StackError
from ...stack import Stack
from ...staff import Staff
from .books import Books
from .customers import Customer
from .desk import Desk

LIKE, JOBS, SCOPES = "orchard", 5, "offline_access"
SET_UP_SECONDS, STUCK = 900, "Not told to its end"
# What the schedule does each hour, and has done long ago where a customer has been live for a while.
HOURLY = "from integrations.services import readings; readings.schedule()"


def companies_of(stack: Stack, count: int, chance: Random) -> list[str]:
    """Accounts in Lever, in an order of chance."""
    asked = {"of": LIKE, "count": count, "scopes": SCOPES, "named": "company", "jobs": JOBS}
    keys = [str(it["key"]) for it in Sandbox(stack.ports.sandbox_url, "").ask("crowd", asked)]
    chance.shuffle(keys)
    return keys


class World:
    """The customers `by_hand` give no more permissions than are needed."""

    def __init__(self, stack: Stack, by_hand: Collection[str]) -> None:
        self.stack = stack
        self.sandbox = Sandbox(stack.ports.sandbox_url, "")
        self.staff = Staff(stack)
        self.desk = Desk(stack)
        self.books = Books(stack.variables["DATABASE_URL"])
        self._by_hand = by_hand
        self._customers: dict[str, Customer] = {}

    def set_up(self, companies: Sequence[str], asking: Sequence[str]) -> None:
        """As the demo's customers, by the portal's own services: they are live, but for those who ask for it."""
        live = [it for it in companies if it not in {*asking, *self._by_hand}]
        ends = ("--asking", *asking, "--by-hand", *self._by_hand, "--live", *live)
        told = self.stack.manage("seed_demo", *ends, seconds=SET_UP_SECONDS)
        if STUCK in told:
            raise StackError(told)
        self.stack.manage("shell", "-c", HOURLY)

    def lever(self, key: str) -> Sandbox:
        return Sandbox(self.sandbox.origin, key)

    def customer(self, key: str) -> Customer:
        if key not in self._customers:
            self._customers[key] = Customer(self.stack, self.staff, key, is_sparing=key in self._by_hand)
        return self._customers[key]
