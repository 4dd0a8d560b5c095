"""Webhooks in, against PostgreSQL's own insert of the same row into the same table, and against dj-stripe."""

import re
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from ..control_room import account_keys
from ..journeys import ByHand
from ..postgres import DATABASE, SUPERUSER, wheel_binaries
from ..processes import StackError
from ..stack import Stack, passing_stack
from ..staff import Staff
from .deliveries import CONNECTIONS, SLOW_SENDERS, rate_of, slow_senders
from .lever import Address
from .open_loop import waits_at
from .rounds import Row, take_turns
from .stripe import running_peer

SECONDS = 5
SIGNED = 60_000
COUNT = "SELECT count(*) FROM webhooks_webhookevent"
NEWEST = "SELECT * FROM webhooks_webhookevent ORDER BY received_at DESC LIMIT 1"
INSERT = sql.SQL("INSERT INTO webhooks_webhookevent ({}) VALUES ({}) ON CONFLICT DO NOTHING;")
WORKERS = 2
SERVER = f"granian of the Procfile with {WORKERS} workers, {CONNECTIONS} connections"
# What makes it another event.
ANEW = {
    "id": sql.SQL("gen_random_uuid()"),
    "key": sql.SQL("md5(random()::text) || md5(random()::text)"),
    "opportunity_external_id": sql.SQL("md5(random()::text)"),
}
TRANSACTIONS = re.compile(r"tps = ([\d.]+)")


class Customer(ByHand):
    """Comes as far as the webhooks."""

    slug = "bench"
    name = "Bench Inc"

    def addresses(self) -> list[Address]:
        for part in (self.invite, self.authorize, self.connect_feed, self.set_up_webhooks):
            part()
        hooks = self.lever.account()["webhooks"]
        return [Address(it["url"], it["signatureToken"], it["event"]) for it in hooks]


def rows() -> list[Row]:
    with (
        passing_stack(is_durable=True, is_quiet=True, WEB_CONCURRENCY=str(WORKERS)) as stack,
        tempfile.TemporaryDirectory() as name,
    ):
        address = Customer(stack, Staff(stack), account_keys(stack.ports.sandbox_url)[0]).addresses()[0]
        for process in ("beat", "deliveries", "worker", "events"):
            stack.processes[process].stop()
        return _measured(stack, address, Path(name))


def _measured(stack: Stack, address: Address, folder: Path) -> list[Row]:
    database = Database(stack)
    waits_at(address.deliveries(50), rate=50)
    with running_peer(stack, database.connection) as peer:
        rates = take_turns(
            {
                "postgres": lambda: database.rate(folder),
                "intake": lambda: database.stored(
                    lambda: rate_of(address.deliveries(SIGNED), SECONDS, folder)
                ),
                "dj-stripe": lambda: rate_of(peer.deliveries(SIGNED // 4), SECONDS, folder),
            }
        )
    half = statistics.median(it["intake"] for it in rates.each) / 2
    database.settle()
    waits = take_turns(
        {"intake-p99-ms": lambda: p99(address, half), "beside-slow": lambda: p99_beside_slow(address, half)}
    )
    return [
        rates.ratio("intake", "postgres", f"rows a second; {SERVER}; pgbench -c {CONNECTIONS}"),
        rates.ratio("intake", "dj-stripe", f"deliveries a second; {SERVER}"),
        waits.cost("intake-p99-ms", f"milliseconds at {half:.0f} a second; {SERVER}"),
        waits.row(
            "intake-p99-slow-clients-cost",
            lambda it: it["beside-slow"] / it["intake-p99-ms"],
            f"times as long beside {SLOW_SENDERS} slow senders",
        ),
    ]


def p99(address: Address, rate: float) -> float:
    return statistics.quantiles(waits_at(address.deliveries(int(rate * SECONDS)), rate), n=100)[-1]


def p99_beside_slow(address: Address, rate: float) -> float:
    with slow_senders(address.url):
        return p99(address, rate)


class Database:
    """PostgreSQL under the portal, as its superuser, whom no row is hidden from."""

    def __init__(self, stack: Stack) -> None:
        url = stack.variables["DATABASE_URL"]
        self._folder = url.partition("host=")[2]
        self.connection = psycopg.connect(host=self._folder, user=SUPERUSER, dbname=DATABASE, autocommit=True)

    def count(self) -> int:
        [(count,)] = self.connection.execute(COUNT).fetchall()
        return int(count)

    def stored(self, send: Callable[[], float]) -> float:
        """The rate of `send`, whose deliveries must all be stored."""
        before = self.count()
        rate = send()
        stored = self.count() - before
        if stored < rate * SECONDS * 0.99:
            raise StackError(f"{rate * SECONDS:.0f} deliveries were accepted, and {stored} are stored.")
        return rate

    def settle(self) -> None:
        """What a hundred thousand rows in seconds have left to be done is none of what follows at half that rate."""
        for step in ("VACUUM ANALYZE webhooks_webhookevent", "CHECKPOINT"):
            self.connection.execute(step)

    def rate(self, folder: Path) -> float:
        """Rows a second of pgbench: the newest row again and again, as another event."""
        script = folder / "insert.sql"
        script.write_text(self._insert())
        connect = ["-h", self._folder, "-U", SUPERUSER, DATABASE]
        load = ["-n", "-M", "prepared", f"-c{CONNECTIONS}", "-j2", f"-T{SECONDS}", "-f", str(script)]
        command = [str(wheel_binaries() / "pgbench"), *load, *connect]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        rate = TRANSACTIONS.search(done.stdout)
        if not rate or done.returncode:
            raise StackError(f"pgbench failed:\n{done.stdout}{done.stderr}")
        return float(rate[1])

    def _insert(self) -> str:
        newest = self.connection.execute(NEWEST)
        names = [it.name for it in newest.description or ()]
        row = newest.fetchone()
        if row is None:
            raise StackError("nothing was stored that could be inserted again.")
        values = [ANEW.get(name) or _literal(value) for name, value in zip(names, row, strict=True)]
        return INSERT.format(_listed(map(sql.Identifier, names)), _listed(values)).as_string()


def _listed(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def _literal(value: object) -> sql.Composable:
    """Without a colon, which pgbench would take for the begin of a variable's name."""
    match value:
        case datetime():
            return sql.SQL("now()")
        case bytes():
            return sql.SQL("decode({}, 'hex')").format(sql.Literal(value.hex()))
        case _:
            return sql.Literal(value)
