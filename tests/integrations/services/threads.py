"""Several at once, as workers and requests are."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def at_once(count: int, job: Callable[[], Any]) -> list[Any]:
    """The results of as many threads, each with a connection of its own, started together."""
    ready, results = threading.Barrier(count), []

    def run() -> None:
        ready.wait(timeout=10)
        try:
            results.append(job())
        except Exception as error:  # noqa: BLE001 - the test judges what came
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results
