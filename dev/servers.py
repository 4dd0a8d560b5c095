"""The two servers that the portal needs: this clone's own, or those that DATABASE_URL and REDIS_URL name."""

import fcntl
import os
import shlex
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .postgres import OWNER, PORTAL, SHORT_TEMPORARY, running_postgres
from .processes import StackError
from .valkey import running_valkey

VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
VAR = Path(__file__).resolve().parent.parent / "var"


@contextmanager
def kept_servers(home: Path = VAR) -> Iterator[dict[str, str]]:
    """The variables that name the servers; what they store stays in `home` for the next start."""
    with only_one(home), servers(home, is_kept=True) as variables:
        yield variables


@contextmanager
def passing_servers(*, is_durable: bool = False) -> Iterator[dict[str, str]]:
    """The variables that name the servers; gone afterwards, and until then fast and unsafe, unless durable."""
    with tempfile.TemporaryDirectory(prefix="portal-servers-", dir=SHORT_TEMPORARY) as name:
        Path(name).chmod(0o711)  # PostgreSQL runs under another account when root starts it
        with servers(Path(name), is_kept=is_durable) as variables:
            yield variables


@contextmanager
def servers(home: Path, *, is_kept: bool) -> Iterator[dict[str, str]]:
    variables = {name: value for name in VARIABLES if (value := os.environ.get(name))}
    with ExitStack() as running:
        if "DATABASE_URL" not in variables:
            postgres = running.enter_context(running_postgres(home, is_kept=is_kept))
            variables |= {"DATABASE_URL": postgres.url(PORTAL), "DATABASE_OWNER_URL": postgres.url(OWNER)}
        if "REDIS_URL" not in variables:
            variables["REDIS_URL"] = running.enter_context(running_valkey(home, is_kept=is_kept))
        yield variables


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """One stack at a time on the kept data; the lock is the kernel's, so a killed program leaves none behind."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(
                f"another stack already runs on {home}. Stop it (Ctrl-C), or run a second clone with another PORT."
            ) from None
        yield


def main() -> None:
    """`python -m dev servers`: the servers of this clone alone, for whoever runs the rest by hand."""
    with kept_servers() as variables:
        for name, value in variables.items():
            print(f"export {name}={shlex.quote(value)}", flush=True)
        signal.pause()
