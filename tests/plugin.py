"""Loaded with `-p`, before Django's settings are read: gives the tests their servers, and closes the network."""

import os
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dev.environment import Ports, new_secrets, stack_variables
from dev.servers import passing_servers

from .loopback import refuse_other_addresses


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    refuse_other_addresses()
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        os.environ.update(variables_for_tests(early_config))
    else:  # it inherits what its controller set up
        os.environ["REDIS_URL"] = redis_of(worker)


def redis_of(worker: str) -> str:
    """A database of its own, as in PostgreSQL: what one rings for a row is no other's row of the same number."""
    number = int(worker.removeprefix("gw")) + 1
    return urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}").geturl()


def variables_for_tests(config: pytest.Config) -> dict[str, str]:
    """SIGTERM, as Ctrl-C, ends the run and with it the servers."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    running = ExitStack()
    config.add_cleanup(running.close)
    servers = running.enter_context(passing_servers())
    static = running.enter_context(tempfile.TemporaryDirectory())
    return stack_variables("test", servers, Ports.free(), new_secrets(), Path(static))
