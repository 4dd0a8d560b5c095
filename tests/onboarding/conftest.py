import pytest
from django.test import Client

from tenants.models import Tenant, User
from tests.people import browser_of
from webhooks.models import WebhookEndpoint

from .pages import staff_as
from .webhooks_page import address


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's, signed in."""
    return browser_of(alice)


@pytest.fixture
def desk(carol: User) -> Client:
    """Carol's, who may do everything there."""
    return browser_of(carol)


@pytest.fixture
def auditor(carol: User) -> Client:
    """Staff who see everything at the desk and change nothing."""
    return staff_as(carol, User.Role.AUDITOR)


@pytest.fixture
def created(northwind: Tenant) -> WebhookEndpoint:
    return address(northwind, "application_created")


@pytest.fixture
def moved(northwind: Tenant) -> WebhookEndpoint:
    return address(northwind, "stage_changed")
