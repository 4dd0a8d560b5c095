"""A worker in a process of its own, on the test's database and sandbox."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from celery import current_app
from django.db import connection

from dev.processes import Process

QUEUES = "sweep,events,deliveries,conversions,feeds,upkeep"
OF_ALL = (
    *(sys.executable, "-m", "celery", "--quiet", "--app", "config.celery", "worker", "--concurrency", "1"),
    *("--without-gossip", "--without-mingle", "--queues", QUEUES),
)


@contextmanager
def real_worker(sandbox_url: str, command: Sequence[str] = OF_ALL) -> Iterator[Process]:
    current_app.control.purge()  # bells that earlier tests rang for nobody
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DATABASE_URL": database.geturl(),
        "LEVER_API_URL": sandbox_url,
        "LEVER_AUTH_URL": sandbox_url,
        "OUTGOING_TRUSTED_ORIGINS": sandbox_url,
    }
    with Process("worker", [*command], environment=environment, is_quiet=True) as process:
        process.wait_until(lambda: process.has_said(" ready."))
        yield process
