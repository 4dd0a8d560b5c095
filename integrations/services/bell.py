"""The doorbell: a message that wakes a worker. Losing one loses nothing, since the sweep finds the row."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import transaction
from django.db.models.functions import Now
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from ..models import Work

CALL_AGAIN_AFTER = timedelta(seconds=10)

logger = structlog.get_logger(__name__)


def ring(row: Work) -> None:
    """Once the caller's transaction has been committed."""
    if row.comes_in_crowds:
        transaction.on_commit(lambda: call(row.task, row.tenant_id))
        return
    type(row)._default_manager.filter(pk=row.pk).update(rung_at=Now())
    transaction.on_commit(lambda: send(row.task, row.pk))


def call(task: str, tenant_id: int) -> None:
    """The tenant to its turn, once until that is over; who was called in vain is called again after a while."""
    try:
        is_first = cache.add(_called(task, tenant_id), True, CALL_AGAIN_AFTER.total_seconds())
    except RedisError as error:
        logger.warning("bell_not_heard", task=task, tenant=tenant_id, error=type(error).__name__)
        return
    if is_first:
        send(task, tenant_id)


def call_on(task: str, tenant_id: int) -> None:
    """Who has come calls the next of its tenant."""
    try:
        cache.set(_called(task, tenant_id), True, CALL_AGAIN_AFTER.total_seconds())
    except RedisError as error:
        logger.warning("bell_not_heard", task=task, tenant=tenant_id, error=type(error).__name__)
        return
    send(task, tenant_id)


def has_come(task: str, tenant_id: int) -> None:
    """Its turn is over: it can be called again."""
    with suppress(RedisError):
        cache.delete(_called(task, tenant_id))


def leave_alone(task: str, tenant_id: int, pause: timedelta) -> None:
    """It is not called before that."""
    with suppress(RedisError):
        cache.set(_called(task, tenant_id), True, max(pause.total_seconds(), 1))


def _called(task: str, tenant_id: int) -> str:
    return f"called:{task}:{tenant_id}"


def send(task: str, pk: object, *, within: timedelta | None = None) -> None:
    """Whoever hears it later than `within` lets it be."""
    options: dict[str, Any] = {"expires": within.total_seconds()} if within else {}
    try:
        current_app.send_task(task, args=[str(pk)], **options)
    except OperationalError as error:
        logger.warning("bell_not_heard", task=task, row=str(pk), error=type(error).__name__)
