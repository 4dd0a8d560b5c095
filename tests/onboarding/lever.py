"""Lever's side of a test: as patient as a test needs it, and the worker's part until nothing is under way."""

from sandbox.server import Server
from tests.lever_world import work_off
from tests.sandbox.customer import wait_until

MANY = 100_000


def lift_limits(sandbox: Server) -> None:
    """Reading all forms at once spends Lever's calls of a second, and what follows would wait for new ones."""
    for token in sandbox.world.grants.access_tokens.values():
        token.bucket.per_second = token.bucket.burst = MANY


def settle(sandbox: Server) -> None:
    """Until the worker has nothing to do and Lever nothing to send."""
    work_off()
    wait_until(lambda: sandbox.world.courier.pending == 0)
    work_off()
