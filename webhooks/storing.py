"""An event into its table, by one statement in one round trip: the ORM's way takes longer than the database's."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import F, Field
from django.utils import timezone
from psycopg import sql

from integrations.fields import seal_in
from integrations.types import EventKind, SignedEvent
from tenants.models import Tenant
from tenants.scoping import ENTERED, Entering, execute_entering

from .models import Aside, SigningSecret, WebhookEvent

Status = WebhookEvent.Status
# Lever retries for a while, and its page reruns what is up to two weeks old.
OLDEST, FARTHEST_AHEAD = timedelta(days=15), timedelta(minutes=5)
# What differs from one event to the next; all other columns begin alike.
OWN = (
    *("id", "tenant_id", "endpoint_id", "key", "body_hash", "body", "kind", "name", "triggered_at"),
    *("received_at", "opportunity_external_id", "application_external_id", "stage_external_id"),
    *("archive_reason_external_id", "status", "outcome", "next_attempt_at"),
)
KEY = OWN.index("key")
# Whoever holds a row of one tenant keeps the others of the same commit waiting no longer than this.
PATIENCE = "(SELECT set_config('lock_timeout', '1s', true) OFFSET 0) patience"


@dataclass(frozen=True, slots=True)
class Proof:
    """By which secret, of which tenant's endpoint for which event, a delivery was proved."""

    tenant_id: int
    endpoint_id: int
    event_kind: str
    secret_id: uuid.UUID

    def is_own(self, event: SignedEvent) -> bool:
        """Another event, signed well, shows that both address and token are crossed, and no token's place."""
        return event.webhook == self.event_kind


def store(proof: Proof, event: SignedEvent, body: bytes) -> bool:
    """Whether it is new, and the secret still live at this moment: what proved it may be remembered from earlier."""
    [is_new] = store_all([row_of(proof, event, body)])
    return is_new


def store_all(rows: Sequence[Entering]) -> Sequence[bool]:
    """Of each what `store` says, by one commit for all of them.

    In one order everywhere: two processes that are sent the same events would else wait for each other.
    """
    in_order = sorted(rows, key=lambda it: str(it.values[KEY]))
    touched = dict(zip(map(id, in_order), execute_entering(_insert(), in_order), strict=True))
    return [touched[id(it)] == 1 for it in rows]


def row_of(proof: Proof, event: SignedEvent, body: bytes) -> Entering:
    now = timezone.now()
    event_id = uuid.uuid4()
    status, outcome = _first_status(proof, event, now)
    own = (
        event_id,
        proof.tenant_id,
        proof.endpoint_id,
        _key(event),
        hashlib.sha256(body).hexdigest(),
        seal_in(WebhookEvent, "body", proof.tenant_id, event_id, body),
        event.kind,
        event.name,
        event.triggered_at,
        now,
        event.opportunity_external_id,
        event.application_external_id,
        event.to_stage_external_id,
        event.archive_reason_external_id,
        status,
        outcome,
        now if status == Status.RECEIVED else None,
    )
    return Entering(proof.tenant_id, [*own, str(proof.tenant_id), proof.secret_id])


def count_repeat(proof: Proof, event: SignedEvent, body: bytes) -> bool:
    """Whether it is stored already. In the tenant's scope.

    Somebody who mended two crossed addresses has Lever send again what came to the wrong one: it moves to its own.
    """
    same = WebhookEvent.objects.filter(key=_key(event), body_hash=hashlib.sha256(body).hexdigest())
    now = timezone.now()
    status, outcome = _first_status(proof, event, now)
    if status == Status.RECEIVED:
        misplaced = same.filter(status=Status.QUARANTINED).exclude(kind=F("endpoint__event_kind"))
        misplaced.update(
            endpoint=proof.endpoint_id, status=status, outcome=outcome, received_at=now, next_attempt_at=now
        )
    return bool(same.update(repeats=F("repeats") + 1))


def is_in_time(event: SignedEvent, now: datetime) -> bool:
    return -FARTHEST_AHEAD <= now - event.triggered_at <= OLDEST


def _key(event: SignedEvent) -> str:
    return hashlib.sha256(event.signed_string.encode()).hexdigest()


def _first_status(proof: Proof, event: SignedEvent, now: datetime) -> tuple[Status, str]:
    """What needs no work is settled: the provider's own test, what nobody wants, what is out of time or place."""
    if event.kind is EventKind.TEST:
        is_anothers = event.webhook not in {proof.event_kind, EventKind.OTHER}
        if is_anothers:
            return Status.QUARANTINED, Aside.OUT_OF_PLACE
        return Status.IGNORED, "the provider's own test of the connection"
    if event.kind is EventKind.OTHER:
        return Status.IGNORED, "an event that the portal does not use"
    if not is_in_time(event, now):
        return Status.QUARANTINED, Aside.OUT_OF_TIME
    if event.kind != proof.event_kind:
        return Status.QUARANTINED, Aside.OUT_OF_PLACE
    return Status.RECEIVED, ""


@cache
def _insert() -> str:
    fields = {str(it.column): it for it in WebhookEvent._meta.concrete_fields}
    alike = {name: _literal(field) for name, field in fields.items() if name not in OWN}
    given = [*(f"%s::{fields[name].db_type(connection)}" for name in OWN), *alike.values()]
    table, secret, tenant = (it._meta.db_table for it in (WebhookEvent, SigningSecret, Tenant))
    return (
        f"INSERT INTO {table} ({', '.join([*OWN, *alike])}) SELECT {', '.join(given)}"  # nosec B608  # our own names
        f" FROM {ENTERED}, {PATIENCE}, LATERAL (SELECT FROM {secret} secret"
        f" JOIN {tenant} tenant ON tenant.id = secret.tenant_id"
        " WHERE tenant.id = entered.tenant_id AND secret.id = %s AND secret.withdrawn_at IS NULL"
        f" AND tenant.status <> '{Tenant.Status.OFFBOARDED}' OFFSET 0) live"
        " ON CONFLICT (tenant_id, key, body_hash) DO NOTHING"
    )


def _literal(field: Field[Any, Any]) -> str:
    """What every event begins with."""
    value = field.get_db_prep_save(field.pre_save(WebhookEvent(), True), connection)
    return f"{sql.Literal(value).as_string()}::{field.db_type(connection)}"
