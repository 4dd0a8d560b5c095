"""Whom the faults befall, and with what they are made and mended."""

from collections.abc import Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class World:
    stack: Stack
    staff: Staff
    desk: Desk
    books: Books
    sandbox: Sandbox
    _customers: dict[str, Customer] = field(default_factory=dict)

    def lever(self, key: str) -> Sandbox:
        return Sandbox(self.sandbox.origin, key)

    def customer(self, key: str) -> Customer:
        if key not in self._customers:
            self._customers[key] = Customer(self.stack, self.staff, key)
        return self._customers[key]


def world_of(stack: Stack) -> World:
    sandbox = Sandbox(stack.ports.sandbox_url, "")
    return World(stack, Staff(stack), Desk(stack), Books(stack.variables["DATABASE_URL"]), sandbox)


def companies_of(stack: Stack, count: int, chance: Random) -> list[str]:
    """Accounts in Lever, in an order of chance."""
    asked = {"of": LIKE, "count": count, "scopes": SCOPES, "named": "company", "jobs": JOBS}
    keys = [str(it["key"]) for it in Sandbox(stack.ports.sandbox_url, "").ask("crowd", asked)]
    chance.shuffle(keys)
    return keys


def set_up(stack: Stack, asking: Sequence[str], live: Sequence[str]) -> None:
    """By the portal's own services, as the demo's customers: all that is needed, until they ask to go live or are."""
    told = stack.manage("seed_demo", "--asking", *asking, "--live", *live, seconds=SET_UP_SECONDS)
    if STUCK in told:
        raise StackError(told)
    stack.manage("shell", "-c", HOURLY)
