"""Webhooks before Django's own handler: of the time that one takes there, middleware and routing are most.

The intake is the same. What middleware would add is of no use to a machine that shows no cookie, follows no redirect
and reads no page.
"""

import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.db import DEFAULT_DB_ALIAS, connections

from . import intake

PATH = re.compile(r"/webhooks/(?P<provider>[a-z]+)/(?P<key>[\w-]{16,40})/?", re.ASCII)


def before(django: WSGIApplication) -> WSGIApplication:
    """For paths of webhooks; all others are Django's."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = PATH.fullmatch(environ.get("PATH_INFO", ""))
        if path is None or environ["REQUEST_METHOD"] != "POST":
            return django(environ, start_response)
        reply = intake.answer(environ, **path.groupdict())
        connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()
        start_response(
            f"{reply.status.value} {reply.status.phrase}", [("Content-Length", "0"), *reply.headers.items()]
        )
        return [b""]

    return application
