"""What several threads write at the same time, in one transaction: what a commit takes is paid once."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from django.db import DEFAULT_DB_ALIAS, connection, connections
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
    """Who comes first writes for all who have come meanwhile, over one connection that these threads share.

    At most `most` are one transaction. Tenants in order, so that two of these seldom wait for each other.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._door, self._writing = threading.Lock(), threading.Lock()
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
            is_first = len(self._gathered) == 1
        if is_first:
            with self._writing:
                self._write_all(self._take())
        return asked.answer.result()

    def _take(self) -> list[_Asked]:
        with self._door:
            gathered, self._gathered = self._gathered, []
        return sorted(gathered, key=lambda it: it.tenant_id)

    def _write_all(self, gathered: Sequence[_Asked]) -> None:
        try:
            for start in range(0, len(gathered), self._most):
                self._write(gathered[start : start + self._most])
        finally:
            for it in gathered:
                it.answer.cancel()  # nobody waits for ever, whatever went wrong

    def _write(self, gathered: Sequence[_Asked]) -> None:
        """Where one is refused none is done, and each is tried apart; what is refused then asks by itself.

        When the connection breaks off nobody knows what is done: then each is told that.
        """
        try:
            asked = [(it.tenant_id, it.statement) for it in gathered]
            results = fetch_in_scopes(self._shared(), LONGEST_LOCK, asked)
        except Exception as error:  # noqa: BLE001  # each is told, or asks alone and finds out
            self._go_on_after(error, gathered)
        else:
            for it, rows in zip(gathered, results, strict=True):
                it.answer.set_result(rows)

    def _go_on_after(self, error: Exception, gathered: Sequence[_Asked]) -> None:
        if self._is_lost():
            for it in gathered:
                it.answer.set_exception(type(error)(*error.args))
        elif len(gathered) == 1:
            gathered[0].answer.set_result(None)
        else:
            for it in gathered:
                self._write([it])

    def _shared(self) -> BaseDatabaseWrapper:
        if self._connection is None:
            self._connection = connections[DEFAULT_DB_ALIAS].copy()
            self._connection.inc_thread_sharing()
        self._connection.close_if_unusable_or_obsolete()
        return self._connection

    def _is_lost(self) -> bool:
        opened = self._connection.connection if self._connection else None
        return opened is None or bool(opened.closed)
