"""A database in which each table has a row since the release that made it comes through every later migration."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState
from psycopg import sql
from pytest_django import DjangoDbBlocker

EMPTIED_BY_MIGRATE = {"tenants_session"}  # its people sign in once more
OWN = {"django_migrations"}
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
# What a row has to say: of each column its type, and the table that it refers to.
REQUIRED = """
    SELECT it.attname, format_type(it.atttypid, it.atttypmod), type.typcategory,
           (SELECT confrelid::regclass::text FROM pg_constraint
             WHERE conrelid = it.attrelid AND contype = 'f' AND conkey = ARRAY[it.attnum])
      FROM pg_attribute it JOIN pg_type type ON type.oid = it.atttypid
     WHERE it.attrelid = %s::regclass AND it.attnum > 0 AND it.attnotnull AND NOT it.attisdropped
       AND NOT it.atthasdef AND it.attidentity = ''
"""
INSERT = sql.SQL("INSERT INTO {} ({}) VALUES ({})")
PLAIN = {"N": "0", "S": "", "B": "false", "D": "now", "A": "{}", "I": "127.0.0.1"}
OF_TYPE = {"uuid": "5f9b1c1e-8a3d-4f57-9f0e-3d1a54b6c0de", "jsonb": "{}", "bytea": ""}


@pytest.fixture
def older(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BaseDatabaseWrapper]:
    """An empty database, as the owner's while it lasts."""
    owner = connections["owner"]
    empty = connections.create_connection("owner")
    empty.settings_dict = {**owner.settings_dict, "NAME": f"{owner.settings_dict['NAME']}_older"}
    name = sql.Identifier(empty.settings_dict["NAME"])
    with django_db_blocker.unblock(), owner._nodb_cursor() as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        connections["owner"] = empty
        try:
            yield empty
        finally:
            empty.close()
            connections["owner"] = owner
            server.execute(sql.SQL("DROP DATABASE {}").format(name))


@contextmanager
def across_tenants(owner: BaseDatabaseWrapper) -> Iterator[Any]:
    """Each statement commits by itself, as triggers and checks wait for that."""
    with owner.cursor() as cursor:
        cursor.execute("SELECT set_config('app.across_tenants', 'a test', false)")
        yield cursor
        cursor.execute("SELECT set_config('app.across_tenants', '', false)")


def tables(owner: BaseDatabaseWrapper) -> set[str]:
    with owner.cursor() as cursor:
        cursor.execute(TABLES)
        return {name for (name,) in cursor.fetchall()} - OWN


def has_row(owner: BaseDatabaseWrapper, table: str) -> bool:
    with across_tenants(owner) as cursor:
        cursor.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table)))
        return bool(cursor.rowcount)


def fill(owner: BaseDatabaseWrapper, empty: set[str]) -> None:
    """Whatever is referred to before what refers to it; what a trigger has filled meanwhile is left as it is."""
    while empty:
        filled = {it for it in empty if has_row(owner, it) or add_row(owner, it, empty - {it})}
        assert filled, f"nothing to refer to for {empty}"
        empty = empty - filled


def add_row(owner: BaseDatabaseWrapper, table: str, empty: set[str]) -> bool:
    """False where it refers to a table that is empty yet."""
    with across_tenants(owner) as cursor:
        cursor.execute(REQUIRED, [table])
        columns = cursor.fetchall()
        is_ready = empty.isdisjoint(target for *_, target in columns)
        if is_ready:
            names = sql.SQL(", ").join(sql.Identifier(name) for name, *_ in columns)
            values = sql.SQL(", ").join(value(*it) for _, *it in columns)
            cursor.execute(INSERT.format(sql.Identifier(table), names, values))
    return is_ready


def value(kind: str, category: str, target: str | None) -> sql.Composable:
    if target:
        return sql.SQL("(SELECT id FROM {} LIMIT 1)").format(sql.Identifier(target))
    return sql.SQL("{}::" + kind).format(sql.Literal(OF_TYPE.get(kind, PLAIN.get(category, ""))))


def test_rows_of_older_releases_come_through_every_migration(older: BaseDatabaseWrapper) -> None:
    executor = MigrationExecutor(older)
    executor.recorder.ensure_schema()
    state = ProjectState(real_apps=executor.loader.unmigrated_apps)
    _ = state.apps  # what each migration then changes, instead of making it anew
    filled: set[str] = set()
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        state = executor.apply_migration(state, migration)
        made = tables(older) - filled
        fill(older, made)
        filled |= made
    lost = {it for it in filled & tables(older) if not has_row(older, it)}
    assert lost == EMPTIED_BY_MIGRATE
    with across_tenants(older) as cursor:  # the feed that was there is published before anybody asks for it
        cursor.execute("SELECT next_attempt_at IS NOT NULL FROM integrations_outgoingfeed")
        assert cursor.fetchall() == [(True,)]
