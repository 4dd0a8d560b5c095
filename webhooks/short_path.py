"""Webhooks past Django's handler, with the same intake.

What middleware would add is of no use to a machine that shows no cookie, follows no redirect and reads no page.
"""

import asyncio
import re
from collections.abc import Sequence
from concurrent.futures import Executor
from http import HTTPStatus

import structlog
from django.db import DEFAULT_DB_ALIAS, connections

from tenants.scoping import Entering

from . import intake
from .doors import DATABASE_IS_AWAY, IN_A_MINUTE
from .gathering import Gathering
from .intake import Reply
from .storing import store_all

logger = structlog.get_logger(__name__)
PATH = re.compile(r"/webhooks/(?P<provider>[a-z]+)/(?P<key>[\w-]{16,40})/?", re.ASCII)
COME_BACK = Reply(HTTPStatus.SERVICE_UNAVAILABLE, IN_A_MINUTE)
# What is not proved by what is remembered waits for one of a few threads: beyond so many it had better come back.
MOST_LOOKED_UP = 200


class ShortPath:
    """What is remembered well enough is stored by the threads of `storing`, all else answered by those of `looking_up`.

    It belongs to one event loop.
    """

    def __init__(self, storing: Executor, looking_up: Executor) -> None:
        self._store, self._executor = Gathering(_stored, storing), looking_up
        self._looked_up = 0

    async def answer(self, provider: str, key: str, encoding: str, body: bytes) -> Reply:
        refusal = intake.refusal(provider, encoding)
        if refusal:
            return refusal
        if await self._is_stored(provider, key, body):
            return intake.ACCEPTED
        if self._looked_up >= MOST_LOOKED_UP:
            return COME_BACK
        self._looked_up += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._executor, _answer, provider, key, body
            )
        finally:
            self._looked_up -= 1

    async def _is_stored(self, provider: str, key: str, body: bytes) -> bool:
        """Whether what is remembered was enough. What broke with several is tried once more, each alone."""
        row = intake.remembered_row(provider, key, body)
        try:
            return row is not None and await self._store(row)
        except Exception:
            logger.warning("webhooks_not_stored_together", exc_info=True)
            return False


def _stored(rows: Sequence[Entering]) -> Sequence[bool]:
    """A connection that broke since its last use is left."""
    try:
        return store_all(rows)
    except DATABASE_IS_AWAY:
        connections[DEFAULT_DB_ALIAS].close()
        raise
    finally:
        connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()


def _answer(provider: str, key: str, body: bytes) -> Reply:
    """Whatever breaks here is told in the log, as Django's handler would, and Lever asked to come back."""
    try:
        return intake.answer(provider, key, body)
    except Exception:
        logger.exception("webhook_not_taken", provider=provider)
        return COME_BACK
    finally:
        connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()
