import pytest
from django.test import Client

from tenants.models import User
from tests.people import browser_of


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's, signed in."""
    return browser_of(alice)
