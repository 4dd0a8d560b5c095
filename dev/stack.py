"""The whole portal on one machine: servers, release, sandbox, and the processes of the Procfile."""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import urllib3

from .environment import Ports, kept_secrets, new_secrets, stack_variables
from .processes import Process
from .servers import VAR, kept_servers, passing_servers

ROOT = VAR.parent
COMMAND_SECONDS = 300


class Stack:
    """`processes` by name; every one finds `variables` in its environment. `with` ends them, newest first."""

    def __init__(self, ports: Ports, variables: Mapping[str, str], *, is_quiet: bool = False) -> None:
        self.ports = ports
        self.variables = variables
        self.is_quiet = is_quiet
        self.processes: dict[str, Process] = {}
        self._running = ExitStack()

    def __enter__(self) -> "Stack":
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def start(self, name: str, command: list[str] | None = None) -> Process:
        """A line of the Procfile, unless a command is given. A process of that name that has ended is replaced."""
        process = Process(
            name, command or procfile()[name], environment=self._environment(), is_quiet=self.is_quiet
        )
        self.processes[name] = self._running.enter_context(process)
        return process

    def manage(self, *arguments: str, seconds: float = COMMAND_SECONDS) -> str:
        """What a management command says; raises StackError when it fails."""
        command = ["python", "manage.py", *arguments]
        with Process(arguments[0], command, environment=self._environment(), is_quiet=True) as process:
            process.wait_for_success(seconds)
        return process.output()

    def _environment(self) -> dict[str, str]:
        programs = Path(sys.executable).parent
        return {**os.environ, **self.variables, "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}"}


@contextmanager
def kept_stack(web_port: int) -> Iterator[Stack]:
    """On the ports that people know, with data that are still there at the next start."""
    ports = Ports.beside(web_port)
    ports.require_free()
    with kept_servers() as servers:
        variables = stack_variables("development", servers, ports, kept_secrets(VAR), VAR / "static")
        with Stack(ports, variables) as stack:
            bring_up(stack)
            yield stack


@contextmanager
def passing_stack(*, is_durable: bool = False, is_quiet: bool = False, **more: str) -> Iterator[Stack]:
    """On free ports, with data that are gone afterwards; `more` goes into the environment of every process."""
    ports = Ports.free()
    with passing_servers(is_durable=is_durable) as servers, tempfile.TemporaryDirectory() as static:
        variables = stack_variables("development", servers, ports, new_secrets(), Path(static))
        with Stack(ports, {**variables, **more}, is_quiet=is_quiet) as stack:
            bring_up(stack)
            yield stack


def bring_up(stack: Stack) -> None:
    """Raises StackError when a part of it does not come up."""
    ports = stack.ports
    sandbox = stack.start("sandbox", ["python", "-m", "sandbox", *ports.sandbox_options()])
    stack.manage("release")
    stack.manage("collectstatic", "--no-input", "--verbosity", "0")
    for name in ("web", "events", "deliveries", "worker", "beat"):
        stack.start(name)
    sandbox.wait_until(lambda: sandbox.has_said("sandbox ready"))
    for name in ("web", "events", "deliveries", "worker"):
        wait_until_ready(stack, name)


def wait_until_ready(stack: Stack, name: str) -> None:
    """The web answers, the worker takes messages. Raises StackError when it does not come to that."""
    process = stack.processes[name]
    if name == "web":
        process.wait_until(lambda: is_answered(f"{stack.ports.portal_url}/readyz"))
    else:
        process.wait_until(lambda: process.has_said(" ready."))


def procfile() -> dict[str, list[str]]:
    """Production's own commands, by name, as a platform's shell starts them."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {
        name: ["sh", "-c", f"exec {command.strip()}"]
        for name, _, command in (line.partition(":") for line in lines)
    }


def is_answered(url: str) -> bool:
    try:
        return urllib3.request("GET", url, timeout=5, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False
