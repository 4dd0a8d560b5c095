"""What the portal's database says of the deliveries, as its superuser, and what the sandbox holds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from ...control_room import Sandbox
from ...postgres import DATABASE, SUPERUSER

ENDED = "SELECT count(*) FROM integrations_delivery WHERE status IN ('delivered', 'held', 'rejected')"
DELIVERIES = (
    "SELECT tenant.slug, delivery.status, delivery.error_code, application.external_id"
    " FROM integrations_delivery delivery JOIN tenants_tenant tenant ON tenant.id = delivery.tenant_id"
    " JOIN integrations_application application ON application.id = delivery.application_id"
)
UNDER_WAY = (
    "SELECT id, clock_timestamp() FROM integrations_delivery"
    " WHERE leased_until > now() AND status <> 'delivered'"
)
AGAIN = "SELECT min(started_at) FROM integrations_deliveryattempt WHERE delivery_id = %s AND started_at > %s"
# What is not known to have arrived is looked for after a minute; where one may not look, given up after half an hour.
HALF_AN_HOUR = timedelta(minutes=31)
# That so much time has passed is moved, not waited for.
LATER = (
    "UPDATE integrations_delivery SET sent_at = sent_at - %(passed)s, next_attempt_at = now()"
    " WHERE status = 'unknown' AND leased_until IS NULL AND next_attempt_at > now()"
)


@dataclass(frozen=True, slots=True)
class Delivery:
    company: str
    status: str
    error_code: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """An application in the sandbox."""

    company: str
    email: str
    external_id: str


class Books:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(
            host=url.partition("host=")[2], user=SUPERUSER, dbname=DATABASE, autocommit=True
        )
        self._interrupted: list[tuple[int, datetime]] = []

    def ended(self) -> int:
        [(number,)] = self._connection.execute(ENDED)
        return int(number)

    def deliveries(self) -> list[Delivery]:
        return [Delivery(*row) for row in self._connection.execute(DELIVERIES)]

    def note_interrupted(self) -> None:
        """A worker was just killed."""
        self._interrupted += self._connection.execute(UNDER_WAY).fetchall()

    def seconds_until_again(self) -> list[float]:
        """Of all that were noted, in order; infinite for what nobody took up."""
        times = [self._connection.execute(AGAIN, it).fetchone() or (None,) for it in self._interrupted]
        pairs = zip(self._interrupted, times, strict=True)
        return sorted((at - noted).total_seconds() if at else float("inf") for (_, noted), (at,) in pairs)

    def forget_interrupted(self) -> None:
        self._interrupted.clear()

    def let_half_an_hour_pass(self) -> None:
        self._connection.execute(LATER, {"passed": HALF_AN_HOUR})


def arrived(sandbox: Sandbox, companies: Iterable[str]) -> list[Arrived]:
    return [
        Arrived(company, it["email"], it["application_id"])
        for company in companies
        for it in sandbox.ask(f"accounts/{company}")["opportunities"]
    ]


def judge(
    count: int, deliveries: Sequence[Delivery], there: Sequence[Arrived], readable: set[str]
) -> dict[str, int]:
    """Which of the invariants are broken, and how often. `readable` are companies where the portal may look."""
    statuses = Counter(it.status for it in deliveries)
    known = {(it.company, it.external_id) for it in deliveries if it.status == "delivered"}
    ids = {(it.company, it.external_id) for it in there}
    persons = Counter((it.company, it.email) for it in there)
    in_doubt = sum(it.status == "held" and it.company not in readable for it in deliveries)
    found = {
        "lost": count - len(deliveries),
        "not_ended": len(deliveries) - sum(statuses[it] for it in ("delivered", "held", "rejected")),
        "doubled": (persons - Counter(persons.keys())).total(),
        "delivered_but_not_there": len(known - ids) + statuses["delivered"] - len(known),
        "there_but_not_known": max(len(ids - known) - in_doubt, 0),
        "held_where_one_may_look": statuses["held"] - in_doubt,
        "without_a_reason": sum(it.status in ("held", "rejected") and not it.error_code for it in deliveries),
    }
    return {name: number for name, number in found.items() if number}


def figures(deliveries: Sequence[Delivery]) -> dict[str, Any]:
    return dict(Counter(it.status for it in deliveries)) | {
        "reasons": dict(Counter(it.error_code for it in deliveries if it.error_code))
    }
