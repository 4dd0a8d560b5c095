"""The door that production opens, in the test's own thread and transaction, without a server before it."""

import io
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from webhooks import short_path
from webhooks.models import WebhookEndpoint


def knock(endpoint: WebhookEndpoint, body: bytes, **environ: str) -> int:
    """The status of the answer to these bytes at the endpoint's address."""
    return knock_at(f"/webhooks/{endpoint.provider}/{endpoint.key}", body, **environ)


def knock_at(path: str, body: bytes, **environ: str) -> int:
    from config.wsgi import django  # it sets Django up once more

    statuses: list[str] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        statuses.append(status)

    # The connection stays: it is in the test's transaction.
    with patch.object(BaseDatabaseWrapper, "close_if_unusable_or_obsolete"):
        answer = short_path.before(django)(_environ(path, body) | environ, start_response)
        b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
    (status,) = statuses
    return int(status.split()[0])


def _environ(path: str, body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": settings.ALLOWED_HOSTS[0],
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_USER_AGENT": "Lever-Webhooks",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
