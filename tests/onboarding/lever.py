"""Lever's side of a test: as patient as a test needs it, and the worker's part until nothing is under way."""

from sandbox.server import Server
from tests.lever_world import work_off
from tests.sandbox.customer import wait_until


def settle(sandbox: Server) -> None:
    """Until the worker has nothing to do and Lever nothing to send."""
    work_off()
    wait_until(lambda: sandbox.world.courier.pending == 0)
    work_off()
