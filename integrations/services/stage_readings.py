"""Reading the stages of every account again: daily, and at once when an event names a stage that nobody knows."""

from datetime import timedelta
from random import SystemRandom
from typing import Any

from django.db.models.functions import Now

from tenants.scoping import across_tenants, tenant_scope

from ..errors import IntegrationError, RateLimitedError, TransientError
from ..models import Connection, StageReading
from ..retry import next_delay
from ..types import Capability
from . import grants, stages, work

AGAIN_AFTER = timedelta(days=1)
# Many candidates may enter a new stage at once.
HASTENED_AT_MOST_EVERY = timedelta(minutes=10)


def schedule() -> None:
    """A row for every connection that has none, due at once; from then on it is its own queue."""
    with across_tenants("connections of all tenants whose stages nobody reads again"):
        unread = list(Connection.objects.filter(status=Connection.Status.ACTIVE, stage_reading=None))
    for connection in unread:
        with tenant_scope(connection.tenant_id):
            StageReading.objects.get_or_create(
                connection=connection,
                defaults={"tenant_id": connection.tenant_id, "next_attempt_at": work.after(timedelta())},
            )


def hasten() -> None:
    """In the tenant's scope."""
    read_lately = StageReading.objects.filter(read_at__gt=Now() - HASTENED_AT_MOST_EVERY)
    waiting = StageReading.objects.filter(next_attempt_at__gt=Now()).exclude(pk__in=read_lately)
    waiting.update(next_attempt_at=Now())


def read(reading_id: int) -> None:
    row = work.claim(StageReading, reading_id)
    if row is None:
        return
    if work.is_worn_out(row):
        _record(row, AGAIN_AFTER, **work.WORN_OUT)
        return
    try:
        is_read = _read(row)
    except (TransientError, RateLimitedError) as error:
        _record(row, next_delay(row.attempts, SystemRandom()), **work.failure(error))
    except IntegrationError as error:
        # What is known of the stages stays: a refusal says nothing about them.
        _record(row, AGAIN_AFTER, **work.failure(error))
    else:
        _record(row, AGAIN_AFTER, attempts=0, read_at=Now() if is_read else row.read_at, **work.NO_ERROR)


def _read(row: StageReading) -> bool:
    """Whether we may."""
    with tenant_scope(row.tenant_id):
        connection = row.connection
    if not connection.is_active or Capability.READ_STAGES not in grants.capabilities(connection):
        return False
    stages.keep_discovered(row.tenant_id, grants.call(row.tenant_id, lambda client: client.stages()))
    return True


def _record(row: StageReading, again_after: timedelta, **outcome: Any) -> None:
    with tenant_scope(row.tenant_id):
        work.record(row, next_attempt_at=work.after(again_after), **outcome)
