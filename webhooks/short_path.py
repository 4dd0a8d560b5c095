"""Webhooks before Django's own handler: of the time that one takes there, middleware and routing are most.

The intake is the same. What middleware would add is of no use to a machine that shows no cookie, follows no redirect
and reads no page.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from django.db import DEFAULT_DB_ALIAS, connections

from . import intake
from .doors import IN_A_MINUTE

logger = structlog.get_logger(__name__)
PATH = re.compile(r"/webhooks/(?P<provider>[a-z]+)/(?P<key>[\w-]{16,40})/?", re.ASCII)


def before(django: WSGIApplication) -> WSGIApplication:
    """For paths of webhooks; all others are Django's."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = PATH.fullmatch(environ.get("PATH_INFO", ""))
        if path is None or environ["REQUEST_METHOD"] != "POST":
            return django(environ, start_response)
        reply = _answer(environ, **path.groupdict())
        start_response(
            f"{reply.status.value} {reply.status.phrase}", [("Content-Length", "0"), *reply.headers.items()]
        )
        return [b""]

    return application


def _answer(environ: WSGIEnvironment, provider: str, key: str) -> intake.Reply:
    """Whatever breaks here is told in the log, as Django's handler would, and Lever asked to come back."""
    try:
        return intake.answer(environ, provider, key)
    except Exception:
        logger.exception("webhook_not_taken", provider=provider)
        return intake.Reply(HTTPStatus.SERVICE_UNAVAILABLE, IN_A_MINUTE)
    finally:
        connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()
