"""What a delivery asks of the database once it is claimed: read, noted as *sending*, recorded; a round trip for each.

Written out, since building these statements would take longer than all else that a worker does for a delivery.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import timezone
from psycopg.types.json import Jsonb

from tenants.prepared import Row
from tenants.rows import Columns
from tenants.scoping import fetch_in_scope

from ..models import Application, ApplicationFile, Connection, Delivery, Posting, TokenSet
from ..types import Candidacy, JsonObject
from . import applications, pace, work

APPLICATION, POSTING = Columns(Application, "application"), Columns(Posting, "posting", "id", "external_id")
FILE = Columns(ApplicationFile, "file")
TOKENS, CONNECTION = Columns(TokenSet, "tokens"), Columns(Connection, "connection")

LEASED = f"leased_until = statement_timestamp() + interval '{Delivery.lease_seconds} seconds'"
READ = f"""
    SELECT {APPLICATION}, {POSTING} FROM integrations_application application
    JOIN integrations_posting posting ON posting.id = application.posting_id
    WHERE application.tenant_id = %s AND application.id = %s
"""  # nosec B608  # our own words
READ_FILES = f"""
    SELECT {FILE} FROM integrations_applicationfile file WHERE tenant_id = %s AND application_id = %s
"""  # nosec B608  # our own words
READ_TOKENS = f"""
    SELECT {TOKENS}, {CONNECTION} FROM integrations_tokenset tokens
    JOIN integrations_connection connection ON connection.id = tokens.connection_id
    WHERE tokens.tenant_id = %s
"""  # nosec B608  # our own words
POST = pace.TAKE_TURN.format(column=pace.POSTS.column, only=True)
SENDING = f"SET status = 'sending', sent_at = %s, manifest = %s, {LEASED}"
SEND_AT_ONCE = f"""
    WITH turn AS ({POST}), noted AS (
        UPDATE integrations_delivery {SENDING} FROM turn WHERE id = %s AND lease = %s AND seconds <= 0 RETURNING id
    )
    SELECT seconds, EXISTS (SELECT FROM noted) FROM turn
"""  # nosec B608  # our own words
SEND = f"UPDATE integrations_delivery {SENDING} WHERE id = %s AND lease = %s RETURNING id"  # nosec B608  # our own words
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


@dataclass
class Whole:
    """What there is to deliver, and with which tokens."""

    application: Application
    files: list[ApplicationFile]
    tokens: TokenSet | None

    @cached_property
    def candidacy(self) -> Candidacy:
        return applications.candidacy_of(self.application, self.files)


def read(delivery: Delivery) -> Whole:
    of = (delivery.tenant_id, delivery.application_id)
    [row], files, tokens = fetch_in_scope(
        delivery.tenant_id, (READ, of), (READ_FILES, of), (READ_TOKENS, of[:1])
    )
    application = APPLICATION.read(row[: len(APPLICATION)])
    application.posting = POSTING.read(row[len(APPLICATION) :])
    return Whole(application, [FILE.read(it) for it in files], next(map(_tokens, tokens), None))


def _tokens(row: Row) -> TokenSet:
    tokens = TOKENS.read(row[: len(TOKENS)])
    tokens.connection = CONNECTION.read(row[len(TOKENS) :])
    return tokens


def begin_sending(delivery: Delivery, manifest: JsonObject) -> None:
    """Committed before the first byte leaves, and not before its turn: what waits cannot have arrived.

    Raises RateLimitedError when that is far away, and LeaseLostError.
    """
    turn = pace.turn_of(delivery.tenant_id, pace.POSTS)
    [turns] = fetch_in_scope(delivery.tenant_id, (SEND_AT_ONCE, [*turn, *_as_sending(delivery, manifest)]))
    if not turns:
        raise pace.queued()
    [(wait, is_noted)] = turns
    if wait > 0:
        time.sleep(wait)
        [is_noted] = fetch_in_scope(delivery.tenant_id, (SEND, _as_sending(delivery, manifest)))
    work.require_lease(delivery, is_noted)


def _as_sending(delivery: Delivery, manifest: JsonObject) -> list[Any]:
    delivery.status, delivery.sent_at, delivery.manifest = Delivery.Status.SENDING, timezone.now(), manifest
    return [delivery.sent_at, Jsonb(manifest), delivery.pk, delivery.lease]


def record_delivered(delivery: Delivery, started_at: datetime, external_id: str) -> None:
    """Of one that was sent, with its try. Raises LeaseLostError."""
    held = (delivery.application_id, timezone.now(), delivery.pk, delivery.lease)
    [kept] = fetch_in_scope(delivery.tenant_id, (DELIVERED, [*held, external_id, started_at]))
    work.require_lease(delivery, kept)
    delivery.status = Delivery.Status.DELIVERED
