"""Whose rows may be touched right now.

A scope is a database transaction that carries one tenant (or, by name, all of them) both in Python, where the scoped
managers read it, and in PostgreSQL, where row-level security does. Both die with the transaction, so that a pooled
connection never takes a tenant along. Without a scope nothing is visible.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from . import prepared


class NoScopeError(RuntimeError):
    """Rows of tenants were asked for outside `tenant_scope` or `across_tenants`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`tenant_id` is None when the scope spans all tenants; then `reason` says why."""

    tenant_id: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Entering:
    """Values of a statement that enters this tenant's scope, the tenant's id as text among them."""

    tenant_id: int
    values: Sequence[Any]


NOWHERE = Scope(tenant_id=None)
ENTER = "SELECT set_config('app.tenant', %s, true), set_config('app.across_tenants', %s, true)"
# The first of a FROM list, given the tenant's id as text: a LATERAL subquery that names its row is read in its scope.
# Both need OFFSET 0, which keeps the planner from taking them apart and reading tables before there is a scope.
ENTERED = "(SELECT set_config('app.tenant', %s, true)::bigint AS tenant_id OFFSET 0) entered"
_scope: ContextVar[Scope] = ContextVar("tenant_scope", default=NOWHERE)


def current_scope() -> Scope:
    scope = _scope.get()
    if scope is NOWHERE:
        raise NoScopeError("No tenant is in scope: enter tenant_scope(tenant_id), or across_tenants(reason).")
    return scope


@contextmanager
def tenant_scope(tenant_id: int) -> Iterator[None]:
    """One transaction in which this tenant's rows, and no others, can be read and written."""
    if not tenant_id:
        raise NoScopeError("A tenant that is not saved yet has no rows to enter.")
    with _entered(Scope(tenant_id=tenant_id)):
        yield


@contextmanager
def across_tenants(reason: str) -> Iterator[None]:
    """One transaction that sees every tenant; `reason` names the purpose, in the database session too."""
    if not reason:
        raise NoScopeError("Say why all tenants have to be seen: the database refuses it without a reason.")
    with _entered(Scope(tenant_id=None, reason=reason)):
        yield


@contextmanager
def _entered(scope: Scope) -> Iterator[None]:
    outer = _scope.get()
    token = _scope.set(scope)
    is_known = scope == outer and connection.in_atomic_block
    try:
        with transaction.atomic():
            if not is_known:
                _tell_database(scope)
            yield
    finally:
        _scope.reset(token)
        if not is_known and connection.in_atomic_block and not connection.needs_rollback:
            _tell_database(outer)


def execute_entering(statement: str, rows: Sequence[Entering]) -> list[int]:
    """A prepared statement that enters a tenant's scope itself, by `ENTERED`; how many rows it touched for each.

    All are one transaction; a scope ends with the next, or within a transaction as `tenant_scope` does.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.in_atomic_block:
        return [_execute_within(it, statement) for it in rows]
    database.ensure_connection()
    with database.wrap_database_errors:
        return prepared.execute(database.connection, statement, [it.values for it in rows])


def fetch_in_scope(tenant_id: int, *statements: prepared.Statement) -> list[list[prepared.Row]]:
    """Of prepared statements the rows: in the tenant's scope, in one transaction and by one round trip."""
    return _fetched(Scope(tenant_id), statements)


def fetch_in_scopes(
    database: BaseDatabaseWrapper,
    first: prepared.Statement,
    asked: Sequence[tuple[int, prepared.Statement]],
) -> list[list[prepared.Row]]:
    """After `first`, each in the scope of its tenant; all in one transaction of their own and by one round trip."""
    database.ensure_connection()
    entering = (((ENTER, _named(Scope(tenant_id))), statement) for tenant_id, statement in asked)
    with database.wrap_database_errors:
        return prepared.fetch(database.connection, [first, *chain.from_iterable(entering)])[2::2]


def fetch_across_tenants(reason: str, *statements: prepared.Statement) -> list[list[prepared.Row]]:
    """The same in the scope of all tenants."""
    return _fetched(Scope(None, reason), statements)


def _fetched(scope: Scope, statements: Sequence[prepared.Statement]) -> list[list[prepared.Row]]:
    database = connections[DEFAULT_DB_ALIAS]
    if database.in_atomic_block:
        with _entered(scope), connection.cursor() as cursor:
            return [_fetch_within(cursor, it) for it in statements]
    database.ensure_connection()
    enter = (ENTER, _named(scope))
    with database.wrap_database_errors:
        return prepared.fetch(database.connection, [enter, *statements])[1:]


def _fetch_within(cursor: CursorWrapper, statement: prepared.Statement) -> list[prepared.Row]:
    cursor.execute(*statement)
    return cursor.fetchall() if cursor.description else []


def _execute_within(row: Entering, statement: str) -> int:
    with tenant_scope(row.tenant_id), connection.cursor() as cursor:
        cursor.execute(statement, row.values)
        return int(cursor.rowcount)


def _tell_database(scope: Scope) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ENTER, _named(scope))


def _named(scope: Scope) -> list[str]:
    return [str(scope.tenant_id or ""), scope.reason]
