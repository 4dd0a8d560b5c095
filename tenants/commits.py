"""What several threads write at the same time, in one transaction: what a commit takes is paid once."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .prepared import Row, Statement
from .scoping import fetch_in_scope, fetch_in_scopes

# Who has to wait longer for a row that somebody holds waits alone.
LONGEST_LOCK: Statement = ("SELECT set_config('lock_timeout', '200ms', true)", [])


@dataclass(frozen=True, eq=False, slots=True)
class _Asked:
    """`answer` is None where it must be asked alone."""

    tenant_id: int
    statement: Statement
    answer: Future[list[Row] | None] = field(default_factory=Future)


class SharedCommits:
    """Whose turn it is writes for all who have come meanwhile, over one connection that these threads share."""

    def __init__(self) -> None:
        self._door, self._turn = threading.Lock(), threading.Lock()
        self._gathered: list[_Asked] = []
        self._connection: BaseDatabaseWrapper | None = None

    def fetch(self, tenant_id: int, statement: Statement) -> list[Row]:
        """The rows that it gives in the tenant's scope, committed; within a transaction, a part of that.

        Raises what it would raise alone.
        """
        rows = None if connection.in_atomic_block else self._with_others(_Asked(tenant_id, statement))
        return fetch_in_scope(tenant_id, statement)[0] if rows is None else rows

    def _with_others(self, asked: _Asked) -> list[Row] | None:
        with self._door:
            self._gathered.append(asked)
        with self._turn:
            if not asked.answer.done():
                self._write(self._take())
        return asked.answer.result()

    def _take(self) -> list[_Asked]:
        """Tenants in order, so that two of these never wait for each other."""
        with self._door:
            gathered, self._gathered = self._gathered, []
        return sorted(gathered, key=lambda it: it.tenant_id)

    def _write(self, gathered: Sequence[_Asked]) -> None:
        """Where one is refused none is done. When the connection breaks off nobody knows: then each is told that."""
        database = self._shared()
        try:
            asked = [(it.tenant_id, it.statement) for it in gathered]
            results = fetch_in_scopes(database, LONGEST_LOCK, asked)
            for it, rows in zip(gathered, results, strict=True):
                it.answer.set_result(rows)
        except DatabaseError as error:
            for it in gathered:
                it.answer.set_exception(error) if is_lost(database) else it.answer.set_result(None)
        finally:
            for it in gathered:
                it.answer.cancel()  # nobody waits for ever, whatever went wrong

    def _shared(self) -> BaseDatabaseWrapper:
        if self._connection is None:
            self._connection = connections[DEFAULT_DB_ALIAS].copy()
            self._connection.inc_thread_sharing()
        self._connection.close_if_unusable_or_obsolete()
        return self._connection


def is_lost(database: BaseDatabaseWrapper) -> bool:
    return database.connection is None or database.connection.closed
