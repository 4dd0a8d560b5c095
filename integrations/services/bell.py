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

from ..models import Told, Work

CALL_AGAIN_AFTER = timedelta(seconds=10)
# While a call that names nobody is lost, everybody waits.
CALL_ALL_AGAIN_AFTER = timedelta(seconds=2)

logger = structlog.get_logger(__name__)


def ring(row: Work) -> None:
    """Once the caller's transaction has been committed."""
    if row.told is not Told.ROW:
        transaction.on_commit(lambda: call(row.task, *row.whom))
        return
    type(row)._default_manager.filter(pk=row.pk).update(rung_at=Now())
    transaction.on_commit(lambda: send(row.task, row.pk))


def call(task: str, *whom: object) -> None:
    """To a turn, once until it has come; who was called in vain is called again after a while."""
    lasts = CALL_AGAIN_AFTER if whom else CALL_ALL_AGAIN_AFTER
    try:
        is_first = cache.add(_called(task, *whom), True, lasts.total_seconds())
    except RedisError as error:
        logger.warning("bell_not_heard", task=task, whom=whom, error=type(error).__name__)
        return
    if is_first:
        send(task, *whom)


def has_come(task: str, *whom: object) -> None:
    """It can be called again."""
    with suppress(RedisError):
        cache.delete(_called(task, *whom))


def leave_alone(task: str, tenant_id: int, pause: timedelta) -> None:
    """It is not called before that."""
    with suppress(RedisError):
        cache.set(_called(task, tenant_id), True, max(pause.total_seconds(), 1))


def _called(task: str, *whom: object) -> str:
    return ":".join(["called", task, *map(str, whom)])


def send(task: str, *whom: object, within: timedelta | None = None) -> None:
    """Whoever hears it later than `within` lets it be."""
    options: dict[str, Any] = {"expires": within.total_seconds()} if within else {}
    try:
        current_app.send_task(task, args=[str(it) for it in whom], **options)
    except OperationalError as error:
        logger.warning("bell_not_heard", task=task, row=":".join(map(str, whom)), error=type(error).__name__)
