"""The doorbell: a message that wakes a worker. Losing one loses nothing, since the sweep finds the row."""

import structlog
from celery import current_app
from django.db import transaction
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from ..models import Work

logger = structlog.get_logger(__name__)


def ring(row: Work) -> None:
    """Once the caller's transaction has been committed."""
    type(row)._default_manager.filter(pk=row.pk).update(rung_at=Now())
    transaction.on_commit(lambda: send(row.task, row.pk))


def send(task: str, pk: object) -> None:
    try:
        current_app.send_task(task, args=[str(pk)])
    except OperationalError as error:
        logger.warning("bell_not_heard", task=task, row=str(pk), error=type(error).__name__)
