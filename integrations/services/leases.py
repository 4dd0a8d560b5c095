"""Leases are short, so that what a killed worker held is soon taken up by another; who lives renews what it holds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import connections

from ..models import Work
from . import work

RENEWED_EVERY_SECONDS = 2

logger = structlog.get_logger(__name__)
# Two claims of one row, one after the other, are two.
_held: dict[int, Work] = {}
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
        _held[id(row)] = row
        _something_is_held.set()
        # A thread does not outlive a fork.
        if _keeper is None or not _keeper.is_alive():
            _keeper = threading.Thread(target=_renew_for_ever, name="leases", daemon=True)
            _keeper.start()


def _let_go(row: Work) -> None:
    with _lock:
        _held.pop(id(row), None)
        if not _held:
            _something_is_held.clear()


def _renew_for_ever() -> None:
    """On a connection of its own, which is kept while there is something to renew: there may be no other left."""
    pause = threading.Event()
    while True:
        if not _something_is_held.is_set():
            connections.close_all()
        _something_is_held.wait()
        pause.wait(RENEWED_EVERY_SECONDS)
        try:
            renew_all()
        except Exception:
            # Whatever it was: without this thread every lease of the process would end.
            logger.warning("leases_not_renewed", exc_info=True)
            connections.close_all()


def renew_all() -> None:
    with _lock:
        rows = list(_held.values())
    for model in {type(row) for row in rows}:
        work.renew([row for row in rows if type(row) is model])
