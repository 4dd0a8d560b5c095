"""A large fleet in the database, made by statements that make all rows of a kind: for measuring alone."""

import psycopg

from .fleet_tables import NUMBERS, TABLES

Connection = psycopg.Connection[tuple[object, ...]]
MOVED = "CREATE TEMP TABLE fleet AS SELECT id, substr(slug, 7)::int AS n FROM tenants_tenant WHERE slug LIKE 'fleet-%%'"
EMPTY = {"text": "''", "character varying": "''", "jsonb": "'[]'::jsonb", "boolean": "false"}
INTEGERS = {"integer", "bigint", "smallint"}


def make(connection: Connection, tenants: int) -> None:
    """References are right by their making, and a million checks of them are left out."""
    numbers = {**NUMBERS, "tenants": tenants}
    connection.execute("SET session_replication_role = replica")
    for table, (source, columns) in TABLES.items():
        filled = {**_defaults(connection, table), **columns}
        statement = (
            f"INSERT INTO {table} ({', '.join(filled)}) SELECT {', '.join(filled.values())} FROM {source}"  # nosec B608  # our own
        )
        connection.execute(statement, numbers)
        if table == "tenants_tenant":
            connection.execute(MOVED, {})
    connection.execute("RESET session_replication_role")


def counts(connection: Connection) -> str:
    shown = ("tenants_tenant", "integrations_posting", "webhooks_webhookevent", "integrations_delivery")
    found = {it: connection.execute(f"SELECT count(*) FROM {it}").fetchone() for it in shown}  # nosec B608
    return ", ".join(f"{row[0] if row else 0} {table.partition('_')[2]}" for table, row in found.items())


def _defaults(connection: Connection, table: str) -> dict[str, str]:
    """Of columns that must have a value and have none of their own, but for ids that are counted."""
    found = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s"
        " AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'",
        [table],
    )
    return {
        str(name): "0" if kind in INTEGERS else EMPTY[str(kind)]
        for name, kind in found
        if kind in INTEGERS or kind in EMPTY
    }
