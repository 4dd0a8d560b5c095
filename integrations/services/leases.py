"""Leases are short, so that what a killed worker held is soon taken up by another; who lives renews what it holds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, connections

from ..models import Work
from . import work

RENEWED_EVERY_SECONDS = 3

logger = structlog.get_logger(__name__)
_held: set[Work] = set()
_lock = threading.Lock()
_something_is_held = threading.Event()
_keeper: threading.Thread | None = None


@contextmanager
def kept(row: Work) -> Iterator[None]:
    """Its lease ends only with this block, or with this process."""
    _hold(row)
    try:
        yield
    finally:
        _let_go(row)


def _hold(row: Work) -> None:
    global _keeper
    with _lock:
        _held.add(row)
        _something_is_held.set()
        # A thread does not outlive a fork.
        if _keeper is None or not _keeper.is_alive():
            _keeper = threading.Thread(target=_renew_for_ever, name="leases", daemon=True)
            _keeper.start()


def _let_go(row: Work) -> None:
    with _lock:
        _held.discard(row)
        if not _held:
            _something_is_held.clear()


def _renew_for_ever() -> None:
    pause = threading.Event()
    while True:
        _something_is_held.wait()
        pause.wait(RENEWED_EVERY_SECONDS)
        try:
            renew_all()
        except DatabaseError:
            logger.warning("leases_not_renewed", exc_info=True)
        finally:
            connections.close_all()


def renew_all() -> None:
    with _lock:
        rows = list(_held)
    for model in {type(row) for row in rows}:
        work.renew([row for row in rows if type(row) is model])
