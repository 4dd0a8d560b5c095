"""How many statements read or write rows: what opens and closes scopes and savepoints is none of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

ASIDE = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK", "SELECT set_config", "BEGIN", "COMMIT")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements, once the block has ended."""
    told: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield told
    told += [it["sql"] for it in captured if not it["sql"].startswith(ASIDE)]
