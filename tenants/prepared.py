"""Statements that libpq prepares once on each connection, and then executes by itself, several in one round trip.

A cursor of psycopg does the same; storing a webhook through one takes a fifth more of this process's time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from select import POLLIN, POLLOUT, poll
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection, OperationalError, abc, errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

LONGEST_SILENCE = timedelta(seconds=30)
DONE = {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}

Statement = tuple[str, Sequence[Any]]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """By a connection: its statements by text and by types of the values, for these are fixed with it."""

    transformer: abc.Transformer
    names: dict[tuple[str, tuple[int, ...]], bytes] = field(default_factory=dict)


_known: WeakKeyDictionary[Connection[Any], _Known] = WeakKeyDictionary()


def execute(connection: Connection[Any], statement: str, rows: Sequence[Sequence[Any]]) -> list[int]:
    """How many rows of a table it touched for each row of values; `%s` stands for a value, as elsewhere.

    All in one transaction. Raises psycopg.Error, and then nothing was done.
    """
    return [it.command_tuples or 0 for it in _executed(connection, [(statement, values) for values in rows])]


def fetch(connection: Connection[Any], statements: Sequence[Statement]) -> list[list[Row]]:
    """The rows that each gives, in one transaction as well."""
    results = _executed(connection, statements)
    try:
        return [_rows(_known[connection].transformer, it) for it in results]
    except BaseException:
        # It is committed: nobody is to take this for a refusal.
        connection.close()
        raise


def _rows(transformer: abc.Transformer, result: PGresult) -> list[Row]:
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple)


def _executed(connection: Connection[Any], statements: Sequence[Statement]) -> list[PGresult]:
    calls = [_prepared(connection, *it) for it in statements]
    pgconn = connection.pgconn
    try:
        pgconn.enter_pipeline_mode()
        for call in calls:
            pgconn.send_query_prepared(*call)
        pgconn.pipeline_sync()
        results = list(_results(pgconn))
        pgconn.exit_pipeline_mode()
    except BaseException:
        # Nobody else is to read what it may still answer.
        connection.close()
        raise
    return [_done(connection, it) for it in results]


def _prepared(
    connection: Connection[Any], statement: str, values: Sequence[Any]
) -> tuple[bytes, Sequence[Any], Sequence[int] | None]:
    """The name of the statement, and the values as they are sent."""
    known = _known.get(connection) or _known.setdefault(connection, _Known(Transformer(connection)))
    dumped = known.transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
    types = tuple(known.transformer.types or ())
    name = known.names.get((statement, types))
    if name is None:
        name = f"portal_{len(known.names)}".encode()
        _done(connection, connection.pgconn.prepare(name, _numbered(statement), types))
        known.names[statement, types] = name
    return name, dumped, known.transformer.formats


def _numbered(statement: str) -> bytes:
    first, *others = statement.split("%s")
    return "".join([first, *(f"${number}{text}" for number, text in enumerate(others, 1))]).encode()


def _results(pgconn: PGconn) -> Iterator[PGresult]:
    """Once all is done. libpq, if it waited itself, would keep this process's other threads waiting too."""
    while True:
        while pgconn.is_busy():
            _wait(pgconn)
        result = pgconn.get_result()
        if pgconn.status != ConnStatus.OK:
            raise OperationalError(pgconn.get_error_message())
        if result and result.status == ExecStatus.PIPELINE_SYNC:
            return
        if result:
            yield result


def _wait(pgconn: PGconn) -> None:
    """For an answer, or for room: of what is large the rest is sent once the server has read the beginning."""
    socket = poll()
    socket.register(pgconn.socket, POLLIN | (POLLOUT if pgconn.flush() else 0))
    if not socket.poll(LONGEST_SILENCE.total_seconds() * 1000):
        raise OperationalError(
            f"The database said nothing for {LONGEST_SILENCE.total_seconds():.0f} seconds."
        )
    pgconn.consume_input()


def _done(connection: Connection[Any], result: PGresult) -> PGresult:
    if result.status in DONE:
        return result
    if connection.pgconn.status != ConnStatus.OK:
        raise OperationalError(connection.pgconn.get_error_message())
    raise errors.error_from_result(result)
