"""What the database says, by SQL alone and as its superuser, whom no row is hidden from."""

from dataclasses import dataclass

import psycopg

from ...postgres import DATABASE, SUPERUSER

# Arrivals and the like came before; only moves are told in the storm.
EVENTS = "SELECT key, status, repeats FROM webhooks_webhookevent WHERE kind = 'stage_changed'"
ENDED = (
    "SELECT count(*) FROM webhooks_webhookevent"
    " WHERE kind = 'stage_changed' AND status NOT IN ('received', 'parked')"
)
WAITING = (
    "SELECT (SELECT count(*) FROM webhooks_webhookevent WHERE next_attempt_at IS NOT NULL)"
    " + (SELECT count(*) FROM integrations_conversion WHERE next_attempt_at IS NOT NULL)"
)
STAGES = "SELECT sender_id::text, stage_external_id FROM integrations_application"
# What is not mapped is held, and what is mapped to nothing is not reported.
REPORTED = (
    "SELECT application.sender_id::text, mapping.stage_external_id, mapping.conversion"
    " FROM integrations_application application"
    " JOIN integrations_stagemapping mapping ON mapping.tenant_id = application.tenant_id"
    " WHERE mapping.conversion <> ''"
)


@dataclass(frozen=True, slots=True)
class Event:
    key: str
    status: str
    repeats: int


@dataclass(frozen=True, slots=True)
class Facts:
    """`stages` by application; `reported` what Appcast is told of an application's move to a stage."""

    events: list[Event]
    stages: dict[str, str]
    reported: dict[tuple[str, str], str]


class Books:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(
            host=url.partition("host=")[2], user=SUPERUSER, dbname=DATABASE, autocommit=True
        )

    def ended(self) -> int:
        return self._number(ENDED)

    def are_quiet(self) -> bool:
        return self._number(WAITING) == 0

    def facts(self) -> Facts:
        ask = self._connection.execute
        return Facts(
            events=[Event(*row) for row in ask(EVENTS)],
            stages=dict(ask(STAGES).fetchall()),
            reported={(application, stage): name for application, stage, name in ask(REPORTED)},
        )

    def _number(self, question: str) -> int:
        [(number,)] = self._connection.execute(question)
        return int(number)
