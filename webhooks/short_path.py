"""Webhooks past Django's handler, with the same intake.

What middleware would add is of no use to a machine that shows no cookie, follows no redirect and reads no page.
"""

import asyncio
import re
from collections.abc import Sequence
from concurrent.futures import Executor
from http import HTTPStatus

import structlog
from django.db import DEFAULT_DB_ALIAS, Error, connections

from tenants.scoping import Entering

from . import intake
from .doors import IN_A_MINUTE
from .gathering import Gathering
from .intake import Reply
from .storing import store_all

logger = structlog.get_logger(__name__)
PATH = re.compile(r"/webhooks/(?P<provider>[a-z]+)/(?P<key>[\w-]{16,40})/?", re.ASCII)
COME_BACK = Reply(HTTPStatus.SERVICE_UNAVAILABLE, IN_A_MINUTE)


class ShortPath:
    """What is remembered well enough is stored by the threads of `storing`, all else answered by those of `looking_up`.

    It belongs to one event loop.
    """

    def __init__(self, storing: Executor, looking_up: Executor) -> None:
        self._store, self._executor = Gathering(_stored, storing), looking_up

    async def answer(self, provider: str, key: str, encoding: str, body: bytes) -> Reply:
        refusal = intake.refusal(provider, encoding)
        if refusal:
            return refusal
        if await self._is_stored(provider, key, body):
            return intake.ACCEPTED
        return await asyncio.get_running_loop().run_in_executor(self._executor, _answer, provider, key, body)

    async def _is_stored(self, provider: str, key: str, body: bytes) -> bool:
        """Whether what is remembered was enough."""
        try:
            row = intake.remembered_row(provider, key, body)
            return row is not None and await self._store(row)
        except Exception:
            logger.exception("webhook_not_remembered", provider=provider)
            return False


def _stored(rows: Sequence[Entering]) -> Sequence[bool]:
    """What broke with several is looked up and tried once more, each alone. A connection that broke is left."""
    try:
        return store_all(rows)
    except Error:
        logger.warning("webhooks_not_stored_together", count=len(rows), exc_info=True)
        connections[DEFAULT_DB_ALIAS].close()
        return [False] * len(rows)
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
