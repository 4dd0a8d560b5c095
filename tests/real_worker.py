"""A worker in a process of its own, on the test's database and sandbox."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from celery import current_app
from django.db import connection

from dev.processes import Process

COMMAND = "-m celery --quiet --app config.celery worker --concurrency 1 --without-gossip --without-mingle"
QUEUES = "sweep,events,deliveries,conversions,feeds,upkeep"


@contextmanager
def real_worker(sandbox_url: str) -> Iterator[Process]:
    current_app.control.purge()  # bells that earlier tests rang for nobody
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = {
        **os.environ,
        "DATABASE_URL": database.geturl(),
        "LEVER_API_URL": sandbox_url,
        "LEVER_AUTH_URL": sandbox_url,
        "OUTGOING_TRUSTED_ORIGINS": sandbox_url,
    }
    command = [sys.executable, *COMMAND.split(), "--queues", QUEUES]
    with Process("worker", command, environment=environment, is_quiet=True) as process:
        process.wait_until(lambda: process.has_said(" ready."))
        yield process
