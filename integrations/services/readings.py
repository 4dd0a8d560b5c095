"""Reading parts of every account again: each kind of `Reading` in its own rhythm, and sooner when it is asked for."""

from collections.abc import Callable
from datetime import timedelta
from random import SystemRandom
from typing import Any, TypeVar

from django.db.models.functions import Now

from tenants.scoping import across_tenants, tenant_scope

from ..errors import IntegrationError, RateLimitedError, TransientError
from ..models import Connection, Reading
from ..retry import next_delay
from . import grants, leases, work

# Many things may ask for it at once.
HASTENED_AT_MOST_EVERY = timedelta(minutes=10)

R = TypeVar("R", bound=Reading)


def schedule() -> None:
    """A row of each kind for every connection that has none; from then on it is its own queue."""
    for model in work.work_models():
        if issubclass(model, Reading):
            _begin(model)


def _begin(model: type[Reading]) -> None:
    with across_tenants("connections of all tenants of which nobody reads something again"):
        known = model._default_manager.values("connection")
        unread = list(Connection.objects.filter(status=Connection.Status.ACTIVE).exclude(pk__in=known))
    for connection in unread:
        begins = work.after(model.spread * SystemRandom().random())
        with tenant_scope(connection.tenant_id):
            model._default_manager.get_or_create(
                connection=connection,
                defaults={"tenant_id": connection.tenant_id, "next_attempt_at": begins},
            )


def hasten(model: type[Reading], at_most_every: timedelta = HASTENED_AT_MOST_EVERY) -> None:
    """In the tenant's scope. What is tried again soon anyhow keeps its time: the other side may have asked for it."""
    rows = model._default_manager
    tried_lately = rows.filter(tried_at__gt=Now() - at_most_every)
    resting = rows.filter(next_attempt_at__gt=Now(), attempts=0)
    resting.exclude(pk__in=tried_lately).update(next_attempt_at=Now())


def read_again(
    model: type[R], pk: int, read: Callable[[R], None], instead: Callable[[R], None] | None = None
) -> None:
    """`read` raises IntegrationError. Where we may not read, it is not called, but what is to be done `instead`."""
    row = work.claim(model, pk)
    if row is None:
        return
    if work.is_worn_out(row):
        _record(row, row.again_after, **work.WORN_OUT)
        return
    with tenant_scope(row.tenant_id):
        connection = row.connection
    may_read = connection.is_active and row.needs in grants.capabilities(connection)
    act = read if may_read else instead
    try:
        if act and connection.is_active:
            with leases.kept(row):
                act(row)
    except (TransientError, RateLimitedError) as error:
        asked = error.retry_after if isinstance(error, RateLimitedError) else None
        pause = max(asked or timedelta(), next_delay(row.attempts, SystemRandom()))
        _record(row, pause, **work.failure(error))
    except IntegrationError as error:
        # What is known stays: a refusal says nothing about it.
        _record(row, row.again_after, attempts=0, **work.failure(error))
    else:
        _record(row, row.again_after, attempts=0, read_at=Now() if may_read else row.read_at, **work.NO_ERROR)


def _record(row: Reading, again_after: timedelta, **outcome: Any) -> None:
    with tenant_scope(row.tenant_id):
        work.record(row, next_attempt_at=work.after(again_after), tried_at=Now(), **outcome)
