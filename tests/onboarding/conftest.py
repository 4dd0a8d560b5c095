import pytest
from django.test import Client

from tenants.models import Tenant, User
from tests.people import browser_of
from webhooks.models import WebhookEndpoint

from .webhooks_page import address


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's, signed in."""
    return browser_of(alice)


@pytest.fixture
def created(northwind: Tenant) -> WebhookEndpoint:
    return address(northwind, "application_created")


@pytest.fixture
def moved(northwind: Tenant) -> WebhookEndpoint:
    return address(northwind, "stage_changed")
