"""Rows of several small tables in one statement, for a page that shows a little of each."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import Field, Model, QuerySet

PART = "(SELECT %s::text, to_jsonb(it)::text, row_number() OVER () FROM ({}) it)"
Sets = Mapping[str, QuerySet[Any]]


def read_together(sets: Sets) -> dict[str, list[Any]]:
    """By name the rows of each set, which joins nothing; what is not named in it stays unread."""
    parts, values = [], []
    for name, rows in sets.items():
        statement, given = rows.query.sql_with_params()
        parts.append(PART.format(statement))
        values += [name, *given]
    found: dict[str, list[Any]] = {name: [] for name in sets}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + " ORDER BY 1, 3", values)
        for name, row, _ in cursor.fetchall():
            found[name].append(_row(sets[name].model, json.loads(row)))
    return found


def _row(model: type[Model], row: Mapping[str, Any]) -> Model:
    fields = [(it, str(it.column)) for it in model._meta.concrete_fields if it.column in row]
    values = [_value(field, row[column]) for field, column in fields]
    return model.from_db(connection.alias, [field.attname for field, _ in fields], values)


def _value(field: "Field[Any, Any]", value: Any) -> Any:
    """As the field itself reads its column, or a text of it."""
    if value is not None and hasattr(field, "from_db_value") and isinstance(value, str):
        return field.from_db_value(value, None, connection)
    return field.to_python(value)
