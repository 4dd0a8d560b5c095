"""Statements that libpq executes: prepared once, and their errors are those of any other statement."""

from contextlib import closing
from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from tenants import prepared

pytestmark = pytest.mark.django_db(transaction=True)

MAKE = "CREATE TEMPORARY TABLE told (id integer PRIMARY KEY, word text)"
INSERT = "INSERT INTO told SELECT %s::integer, %s::text ON CONFLICT DO NOTHING"
NAMES = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT INTO told%%'"


@pytest.fixture
def raw() -> psycopg.Connection:
    connection.ensure_connection()
    opened: psycopg.Connection = connection.connection
    opened.execute(MAKE)
    return opened


def test_it_is_prepared_once_and_says_how_many_rows_it_touched(raw: psycopg.Connection) -> None:
    touched = prepared.execute(raw, INSERT, [(1, "one"), (1, "again"), (2, "two")])
    assert touched == [1, 0, 1]
    assert raw.execute("SELECT * FROM told ORDER BY id").fetchall() == [(1, "one"), (2, "two")]
    assert raw.execute(NAMES).fetchone() == (1,)


def test_values_of_other_types_and_sizes_are_written_as_they_are(raw: psycopg.Connection) -> None:
    """A small number, a large one and none are sent differently, and a statement keeps the types it began with."""
    rows = [(7, "seven"), (70_000, "many"), (8, None), (70_001, None), (9, "nine")]
    for row in rows:
        prepared.execute(raw, INSERT, [row])
    assert raw.execute("SELECT * FROM told").fetchall() == rows


def test_what_the_database_refuses_is_raised_as_elsewhere_and_leaves_the_connection_usable(
    raw: psycopg.Connection,
) -> None:
    with pytest.raises(psycopg.errors.NotNullViolation):
        prepared.execute(raw, INSERT, [(None, "nothing")])
    with pytest.raises(psycopg.errors.UndefinedTable):
        prepared.execute(raw, "INSERT INTO elsewhere SELECT %s::integer", [(1,)])
    assert prepared.execute(raw, INSERT, [(1, "one")]) == [1]


def test_a_connection_that_is_gone_is_an_operational_error(raw: psycopg.Connection) -> None:
    """Which is how Django's callers know that the database is away."""
    prepared.execute(raw, INSERT, [(1, "one")])
    raw.pgconn.finish()
    with pytest.raises(psycopg.OperationalError):
        prepared.execute(raw, INSERT, [(2, "two")])
    connection.close()


def test_a_backend_that_was_ended_is_an_operational_error(raw: psycopg.Connection) -> None:
    prepared.execute(raw, INSERT, [(1, "one")])
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [raw.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        prepared.execute(raw, INSERT, [(2, "two")])
    connection.close()


def test_of_several_of_which_one_is_refused_none_is_done(raw: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.NotNullViolation):
        prepared.execute(raw, INSERT, [(1, "one"), (None, "nothing"), (2, "two")])
    assert raw.execute("SELECT count(*) FROM told").fetchone() == (0,)
    assert prepared.execute(raw, INSERT, [(3, "three")]) == [1]


def test_what_is_larger_than_the_way_to_the_server_arrives_whole(raw: psycopg.Connection) -> None:
    rows = [(number, str(number) * 250_000) for number in range(8)]
    assert prepared.execute(raw, INSERT, rows) == [1] * 8
    assert raw.execute("SELECT sum(length(word)) FROM told").fetchone() == (8 * 250_000,)


def test_a_server_that_says_nothing_is_given_up(
    raw: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "LONGEST_SILENCE", timedelta(milliseconds=50))
    with pytest.raises(psycopg.OperationalError, match="said nothing"):
        prepared.execute(raw, "SELECT pg_sleep(%s)", [(5.0,)])
    assert raw.closed
    connection.close()


def test_rows_come_as_a_cursor_gives_them(raw: psycopg.Connection) -> None:
    statements = [(INSERT, (1, "one")), ("SELECT id, word, now() FROM told WHERE id = %s", [1])]
    inserted, [(number, word, moment)] = prepared.fetch(raw, statements)
    assert (inserted, number, word) == ([], 1, "one")
    assert moment.tzinfo is not None


def test_of_rows_that_are_asked_for_none_is_written_where_a_later_statement_fails(
    raw: psycopg.Connection,
) -> None:
    with pytest.raises(psycopg.errors.NotNullViolation):
        prepared.fetch(raw, [(INSERT, (1, "one")), (INSERT, (None, "nothing"))])
    assert prepared.fetch(raw, [("SELECT id FROM told", ())]) == [[]]
