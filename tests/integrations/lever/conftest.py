import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from integrations.lever.client import LeverClient


@pytest.fixture
def lever(httpserver: HTTPServer, settings: Settings) -> HTTPServer:
    """All of Lever on one loopback server; a test says what it answers."""
    origin = httpserver.url_for("").rstrip("/")
    settings.LEVER_AUTH_URL = settings.LEVER_API_URL = settings.LEVER_APP_URL = origin
    settings.LEVER_CLIENT_ID = "portal"
    settings.LEVER_CLIENT_SECRET = "app-secret"
    settings.LEVER_SCOPES = ["offline_access", "postings:read:admin"]
    settings.OUTGOING_TRUSTED_ORIGINS = [origin]
    return httpserver


@pytest.fixture
def client() -> LeverClient:
    return LeverClient("access")
