"""Celery is the doorbell: messages wake a worker, rows decide what is done."""

import os

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
# RedBeat does not see through the namespace.
app.conf.redbeat_redis_url = app.conf.broker_url
app.conf.redbeat_redis_options = {"socket_timeout": 5, "socket_connect_timeout": 2}
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@setup_logging.connect
def leave_logging_to_django(**_: object) -> None:
    """A receiver here stops Celery from replacing the handlers that the settings made."""
