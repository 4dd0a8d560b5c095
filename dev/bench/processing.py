"""What was acknowledged, until it is processed: at a steady rate, in a backlog, and beside a million old events."""

import random
import time
from collections.abc import Sequence

import psycopg

from ..chaos.webhooks.customers import Candidate, Customer
from ..chaos.webhooks.plans import plan_of
from ..control_room import account_keys, wait
from ..postgres import DATABASE, SUPERUSER
from ..processes import StackError
from ..stack import Stack, passing_stack
from ..staff import Staff
from .deliveries import Delivery
from .open_loop import waits_at
from .rounds import Rounds, Row, take_turns

EVENT = "webhooks_webhookevent"
COMPANIES, CANDIDATES, COPIES = 2, 10, 250
RATE, SECONDS = 100, 10
MANY, BACKLOG = 1_000_000, 100_000
# More than is done within the windows of all rounds.
ENOUGH = 15_000
WINDOW = 5
# By the index of what is due: to count the settled ones takes a processor for itself.
WAITING = "SELECT count(*) FROM webhooks_webhookevent WHERE next_attempt_at IS NOT NULL"
# Of what came since, in seconds from its acknowledgement.
P99 = (
    "SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM processed_at - received_at))"
    " FROM webhooks_webhookevent WHERE kind = 'stage_changed' AND received_at > %s"
)
# Copies of a move that came over the wire, of all candidates in turn.
MOVES = """
    WITH old AS MATERIALIZED (
        SELECT old.*, application.opportunity_external_id AS candidacy, row_number() OVER () - 1 AS place
        FROM integrations_application application
        CROSS JOIN LATERAL (SELECT * FROM webhooks_webhookevent event
                            WHERE event.tenant_id = application.tenant_id AND event.name = 'candidateStageChange'
                            LIMIT 1) old
        WHERE application.opportunity_external_id <> '')
    INSERT INTO webhooks_webhookevent ({names})
    SELECT {values} FROM generate_series(1, %(count)s) number
    JOIN old ON old.place = number %% (SELECT count(*) FROM old)
"""
APPLICATIONS = """
    INSERT INTO integrations_application ({names})
    SELECT {values} FROM integrations_application old CROSS JOIN generate_series(1, %(count)s)
    WHERE old.opportunity_external_id <> ''
"""
ANOTHER = {
    "id": "gen_random_uuid()",
    "sender_id": "gen_random_uuid()",
    "external_id": "gen_random_uuid()::text",
    "opportunity_external_id": "gen_random_uuid()::text",
}
ANEW = {
    "id": "gen_random_uuid()",
    "key": "md5(random()::text) || md5(random()::text)",
    "body": "''",
    "opportunity_external_id": "old.candidacy",
    "triggered_at": "now() - number * interval '1 ms'",
    "received_at": "now()",
    "status": "'received'",
    "next_attempt_at": "now() - interval '1 day' + number * interval '1 ms'",
    "outcome": "''",
    "processed_at": "NULL::timestamptz",
    "attempts": "0",
    "unfinished": "0",
    "lease": "0",
    "leased_until": "NULL::timestamptz",
}
SETTLED = {
    **ANEW,
    "body_hash": "md5(random()::text)",
    "opportunity_external_id": "md5(random()::text)",
    "received_at": "now() - number * interval '8 seconds'",
    "status": "'processed'",
    "next_attempt_at": "NULL::timestamptz",
    "processed_at": "now()",
}


def rows() -> list[Row]:
    with passing_stack(is_durable=True, is_quiet=True) as stack:
        candidates = _candidates(stack)
        events = Events(stack)
        waits = take_turns({"processing-p99-s": lambda: events.p99_of(_moves(candidates))})
        for name in ("web", "deliveries", "worker"):
            stack.processes[name].stop()
        events.multiply_applications(COPIES)
        events.add(ENOUGH)
        few = take_turns({"few": lambda: events.rate_within(WINDOW)})
        events.settle(MANY)
        many = take_turns({"many": lambda: events.rate_within(WINDOW)})
        events.add(BACKLOG)
        backlog = take_turns({"backlog": lambda: events.rate_within(WINDOW)})
    workers = f"events worker of the Procfile, {COMPANIES} companies"
    pairs = [{**a, **b} for a, b in zip(few.each, many.each, strict=True)]
    size = Rounds(pairs, few.is_noisy or many.is_noisy)
    return [
        waits.cost(
            "processing-p99-s", f"seconds from acknowledgement at {RATE} a second; all processes; {workers}"
        ),
        backlog.row(
            "backlog-events-per-s",
            lambda it: it["backlog"],
            f"with {BACKLOG} waiting and {MANY} stored; {workers}",
        ),
        size.row(
            "backlog-size-cost",
            lambda it: it["few"] / it["many"],
            f"times as long an event with {MANY} stored as with some thousands; {workers}",
        ),
    ]


def _candidates(stack: Stack) -> list[Candidate]:
    staff, keys = Staff(stack), account_keys(stack.ports.sandbox_url)
    customers = [Customer(stack, staff, key) for key in keys[:COMPANIES]]
    for customer in customers:
        customer.set_up()
        customer.apply(CANDIDATES)
    return [it for customer in customers for it in customer.candidates()]


def _moves(candidates: Sequence[Candidate]) -> list[Delivery]:
    plan = plan_of(candidates, RATE * SECONDS, random.SystemRandom())
    return [Delivery(it.url, it.body) for it in plan.deliveries]


class Events:
    """The stored ones, as the superuser sees them."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        folder = stack.variables["DATABASE_URL"].partition("host=")[2]
        self._connection = psycopg.connect(host=folder, user=SUPERUSER, dbname=DATABASE, autocommit=True)

    def multiply_applications(self, times: int) -> None:
        self._copy("integrations_application", APPLICATIONS, times, ANOTHER)

    def p99_of(self, moves: Sequence[Delivery]) -> float:
        [(began,)] = self._connection.execute("SELECT now()")
        waits_at(moves, RATE)
        wait(lambda: self._waiting() == 0, "the end of the processing")
        return self._number(P99, [began])

    def rate_within(self, seconds: int) -> float:
        began, before = time.monotonic(), self._waiting()
        time.sleep(seconds)
        done = before - self._waiting()
        if not before - done:
            raise StackError("the backlog was at its end.")
        return done / (time.monotonic() - began)

    def add(self, count: int) -> None:
        self._copy(EVENT, MOVES, count, ANEW)

    def settle(self, count: int) -> None:
        """Old ones; and what autovacuum does by and by. What waits is ended first, and as much waits again then."""
        wait(lambda: self._waiting() == 0, "the end of a backlog")
        self._connection.execute("SET session_replication_role = replica")  # no check of a million references
        self._copy(EVENT, MOVES, count, SETTLED)
        self._connection.execute("RESET session_replication_role")
        self._connection.execute("VACUUM ANALYZE")
        self._connection.execute("CHECKPOINT")
        self.add(ENOUGH)

    def _copy(self, table: str, statement: str, count: int, anew: dict[str, str]) -> None:
        columns = self._connection.execute(f"SELECT * FROM {table} LIMIT 0").description  # nosec B608  # our own
        names = [it.name for it in columns or ()]
        values = [anew.get(it, f"old.{it}") for it in names]
        filled = statement.format(names=", ".join(names), values=", ".join(values))
        self._connection.execute(filled, {"count": count})

    def _waiting(self) -> int:
        return int(self._number(WAITING, []))

    def _number(self, question: str, values: Sequence[object]) -> float:
        [(number,)] = self._connection.execute(question, values)
        return float(number)
