"""The door that production opens, in the test's own transaction, without a server before it."""

from unittest.mock import patch

from django.db.backends.base.base import BaseDatabaseWrapper

from tests.server import ask, portal, run
from webhooks.models import WebhookEndpoint


def knock(endpoint: WebhookEndpoint, body: bytes, **headers: str) -> int:
    """The status of the answer to these bytes at the endpoint's address."""
    return knock_at(f"/webhooks/{endpoint.provider}/{endpoint.key}", body, **headers)


def knock_at(path: str, body: bytes, **headers: str) -> int:
    # The connection stays: it is in the test's transaction.
    with patch.object(BaseDatabaseWrapper, "close_if_unusable_or_obsolete"), portal() as application:
        status, _, _ = run(ask(application, path, body, headers=headers))
    return status
