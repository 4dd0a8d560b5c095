"""Loaded with `-p`, before Django's settings are read: gives the tests their servers, and closes the network."""

import os
import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from dev.environment import Ports, new_secrets, stack_variables
from dev.servers import passing_servers

from .loopback import refuse_other_addresses


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    refuse_other_addresses()
    if "PYTEST_XDIST_WORKER" not in os.environ:  # a worker inherits what its controller set up
        os.environ.update(variables_for_tests(early_config))


def variables_for_tests(config: pytest.Config) -> dict[str, str]:
    """SIGTERM, as Ctrl-C, ends the run and with it the servers."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    running = ExitStack()
    config.add_cleanup(running.close)
    servers = running.enter_context(passing_servers())
    static = running.enter_context(tempfile.TemporaryDirectory())
    return stack_variables("test", servers, Ports.free(), new_secrets(), Path(static))
