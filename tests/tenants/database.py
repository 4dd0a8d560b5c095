"""Straight to PostgreSQL, past Django's managers."""

from typing import Any

from django.db import connection


def sql(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def rows_changed(statement: str, *parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def told() -> tuple[str, str]:
    """Which tenant the database thinks is in scope, and why all of them are, if they are."""
    settings = "current_setting('app.tenant', true), current_setting('app.across_tenants', true)"
    tenant, reason = sql(f"SELECT {settings}")[0]
    return tenant or "", reason or ""
