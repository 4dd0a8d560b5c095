"""A statement that libpq prepares once on each connection, and then executes by itself.

A cursor of psycopg does the same; storing a webhook through one takes a fifth more of this process's time.
"""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection, OperationalError, errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGresult

# Of each connection the statements that it knows, by text and by types of the values, for these are fixed with it.
_prepared: WeakKeyDictionary[Connection[Any], dict[tuple[str, tuple[int, ...]], bytes]] = WeakKeyDictionary()


def execute(connection: Connection[Any], statement: str, values: Sequence[Any]) -> int:
    """How many rows it touched; `%s` stands for a value, as elsewhere. Raises psycopg.Error."""
    transformer = Transformer(connection)
    dumped = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
    types = tuple(transformer.types or ())
    known = _prepared.setdefault(connection, {})
    name = known.get((statement, types))
    if name is None:
        name = f"portal_{len(known)}".encode()
        _done(connection, connection.pgconn.prepare(name, _numbered(statement), types))
        known[statement, types] = name
    executed = connection.pgconn.exec_prepared(name, dumped, transformer.formats)  # type: ignore[arg-type]  # takes NULL
    done = _done(connection, executed)
    return done.command_tuples or 0


def _numbered(statement: str) -> bytes:
    first, *others = statement.split("%s")
    return "".join([first, *(f"${number}{text}" for number, text in enumerate(others, 1))]).encode()


def _done(connection: Connection[Any], result: PGresult) -> PGresult:
    if result.status == ExecStatus.COMMAND_OK:
        return result
    if connection.pgconn.status != ConnStatus.OK:
        raise OperationalError(connection.pgconn.get_error_message())
    raise errors.error_from_result(result)
