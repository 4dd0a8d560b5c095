"""What a delivery asks of the database once it is claimed: read, noted as *sending*, recorded; each with others'.

Written out, since building these statements would take longer than all else that a worker does for a delivery.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import timezone
from psycopg.types.json import Jsonb

from tenants import data_keys
from tenants.commits import SharedCommits
from tenants.prepared import Row
from tenants.rows import Columns
from tenants.scoping import fetch_across_tenants

from ..models import Application, ApplicationFile, Connection, Delivery, Posting, TokenSet
from ..types import Candidacy, JsonObject
from . import applications, pace, work

APPLICATION, POSTING = Columns(Application, "application"), Columns(Posting, "posting", "id", "external_id")
FILE = Columns(ApplicationFile, "file")
TOKENS, CONNECTION = Columns(TokenSet, "tokens"), Columns(Connection, "connection")

LEASED = f"leased_until = statement_timestamp() + interval '{Delivery.lease_seconds} seconds'"
READ = f"""
    SELECT {APPLICATION}, {POSTING}, {CONNECTION}, {TOKENS}, EXISTS (
        SELECT FROM integrations_applicationfile file WHERE file.application_id = application.id
    )
    FROM integrations_application application
    JOIN integrations_posting posting ON posting.id = application.posting_id
    LEFT JOIN integrations_connection connection ON connection.tenant_id = application.tenant_id
    LEFT JOIN integrations_tokenset tokens ON tokens.connection_id = connection.id
    WHERE application.id = ANY(%s::uuid[])
"""  # nosec B608  # our own words
READ_FILES = f"""
    SELECT {FILE} FROM integrations_applicationfile file WHERE tenant_id = %s AND application_id = %s
"""  # nosec B608  # our own words
UPLOAD = ApplicationFile._meta.get_field("upload")
UPLOADED = "UPDATE integrations_applicationfile SET upload = %s, uploaded_at = %s WHERE id = %s RETURNING id"
# The form has just been read, which proves the connection.
POST = pace.TAKE_TURN.format(column=pace.POSTS.column, only=True, beside=", proved_at = clock_timestamp()")
SENDING = f"SET status = 'sending', sent_at = %s, manifest = %s, {LEASED}"
# What is erased meanwhile is not due any more, whoever holds its lease.
STILL_OURS = "id = %s AND lease = %s AND next_attempt_at IS NOT NULL"
SEND_AT_ONCE = f"""
    WITH turn AS ({POST}), noted AS (
        UPDATE integrations_delivery {SENDING} FROM turn WHERE {STILL_OURS} AND seconds <= 0 RETURNING id
    )
    SELECT seconds, EXISTS (SELECT FROM noted) FROM turn
"""  # nosec B608  # our own words
SEND = f"UPDATE integrations_delivery {SENDING} WHERE {STILL_OURS} RETURNING id"  # nosec B608  # our own words
# Whoever erases an application locks it before its delivery; so does this.
DELIVERED = """
    WITH application AS (
        SELECT id FROM integrations_application WHERE id = %s FOR NO KEY UPDATE
    ), recorded AS (
        UPDATE integrations_delivery delivery
        SET status = 'delivered', delivered_at = %s, next_attempt_at = NULL, leased_until = NULL, unfinished = 0,
            is_in_doubt = false, error_code = '', error_message = '', error_detail = ''
        FROM application
        WHERE delivery.application_id = application.id AND delivery.id = %s AND delivery.lease = %s
        RETURNING delivery.*
    ), named AS (
        UPDATE integrations_application named SET external_id = %s
        FROM recorded WHERE named.id = recorded.application_id
    )
    INSERT INTO integrations_deliveryattempt (
        tenant_id, delivery_id, number, started_at, finished_at, outcome, is_look, manifest,
        error_code, error_message, error_detail
    )
    SELECT tenant_id, id, attempts, %s, delivered_at, status, false, manifest, '', '', '' FROM recorded
    RETURNING id
"""


# The form is read, and the application sent.
CALLS = 2
TO_SEND = {Delivery.Status.READY, Delivery.Status.RETRY_WAIT}
# A file takes long, so that what is written does not wait for it.
reads, writes = SharedCommits(most=1), SharedCommits()


@dataclass
class Whole:
    """What there is to deliver, with which tokens, and at which pace."""

    application: Application
    tokens: TokenSet | None
    has_files: bool
    at_pace: pace.Calls | None = None

    @cached_property
    def files(self) -> list[ApplicationFile]:
        """Read by whoever sends them, since they are large."""
        if not self.has_files:
            return []
        tenant_id, pk = self.application.tenant_id, self.application.pk
        return [FILE.read(it) for it in reads.fetch(tenant_id, (READ_FILES, [tenant_id, pk]))]

    @cached_property
    def candidacy(self) -> Candidacy:
        return applications.candidacy_of(self.application, self.files)


def read(claimed: Sequence[Delivery]) -> list[tuple[Delivery, Whole]]:
    """With the keys that open them, and the calls paid that they mostly make; without those that are gone meanwhile."""
    if not claimed:
        return []
    tenant_ids = [it.tenant_id for it in claimed]
    data_keys.read_ahead({*tenant_ids})
    ids = [it.application_id for it in claimed]
    [rows] = fetch_across_tenants("applications that this process delivers", (READ, [ids]))
    found = {it.application.pk: it for it in map(_whole, rows)}
    there = [it for it in claimed if it.application_id in found]
    to_send = {it.pk: it.tenant_id for it in there if it.status in TO_SEND}
    paid = dict(zip(to_send, pace.pay_ahead([*to_send.values()], CALLS), strict=True))
    return [(it, replace(found[it.application_id], at_pace=paid.get(it.pk))) for it in there]


def _whole(row: Row) -> Whole:
    values = iter(row)
    application = APPLICATION.take(values)
    application.posting = POSTING.take(values)
    connection, tokens = CONNECTION.take(values), TOKENS.take(values)
    tokens.connection = connection
    return Whole(application, tokens if tokens.pk else None, next(values))


def keep_upload(delivery: Delivery, row: ApplicationFile) -> None:
    """Raises LeaseLostError where the file was erased meanwhile, and the delivery with it."""
    sealed = str(UPLOAD.pre_save(row, add=False))
    work.require_lease(delivery, writes.fetch(row.tenant_id, (UPLOADED, [sealed, row.uploaded_at, row.pk])))


def begin_sending(delivery: Delivery, manifest: JsonObject) -> datetime:
    """Committed before the first byte leaves, and not before its turn: what waits cannot have arrived.

    The form has just been read, which proves the connection: when that was noted.

    Raises RateLimitedError when that is far away, and LeaseLostError.
    """
    turn = pace.turn_of(delivery.tenant_id, pace.POSTS)
    turns = writes.fetch(delivery.tenant_id, (SEND_AT_ONCE, [*turn, *_as_sending(delivery, manifest)]))
    if not turns:
        raise pace.queued()
    [(wait, is_noted)] = turns
    if wait > 0:
        time.sleep(wait)
        is_noted = bool(writes.fetch(delivery.tenant_id, (SEND, _as_sending(delivery, manifest))))
    work.require_lease(delivery, is_noted)
    return timezone.now()


def _as_sending(delivery: Delivery, manifest: JsonObject) -> list[Any]:
    delivery.status, delivery.sent_at, delivery.manifest = Delivery.Status.SENDING, timezone.now(), manifest
    return [delivery.sent_at, Jsonb(manifest), delivery.pk, delivery.lease]


def record_delivered(delivery: Delivery, started_at: datetime, external_id: str) -> None:
    """Of one that was sent, with its try. Raises LeaseLostError."""
    held = (delivery.application_id, timezone.now(), delivery.pk, delivery.lease)
    kept = writes.fetch(delivery.tenant_id, (DELIVERED, [*held, external_id, started_at]))
    work.require_lease(delivery, kept)
    delivery.status = Delivery.Status.DELIVERED
