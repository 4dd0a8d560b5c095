"""Celery is the doorbell: messages wake a worker, rows decide what is done."""

import gc
import os
import sys

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun, worker_process_init, worker_ready
from django.db import close_old_connections
from django_structlog.celery.steps import DjangoStructLogInitStep

# New objects between two looks at the young, and how often these are followed by a look at the older and the old.
GARBAGE = (50_000, 20, 20)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
# RedBeat does not see through the namespace.
app.conf.redbeat_redis_url = app.conf.broker_url
app.conf.redbeat_redis_options = {"socket_timeout": 5, "socket_connect_timeout": 2}
# Celery by itself opens a connection to the database for each task, which costs more than most tasks do.
app.conf.CELERY_DB_REUSE_MAX = sys.maxsize
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()


@setup_logging.connect
def leave_logging_to_django(**_: object) -> None:
    """A receiver here stops Celery from replacing the handlers that the settings made."""


@worker_ready.connect
@worker_process_init.connect
def collect_garbage_seldom(**_: object) -> None:
    """What is loaded by now stays, and work leaves few cycles: to look for some so often is a tenth of a delivery."""
    gc.freeze()
    gc.set_threshold(*GARBAGE)


@task_prerun.connect
@task_postrun.connect
def leave_no_old_connections(**_: object) -> None:
    """As Django does around a request: none that is broken, or older than the settings want it."""
    close_old_connections()
