import pytest

from tenants.models import Tenant
from tests.factories import SigningSecretFactory, WebhookEndpointFactory
from webhooks.models import WebhookEndpoint

from .lever import SECRET


@pytest.fixture
def endpoint(northwind: Tenant) -> WebhookEndpoint:
    """Northwind's address for changes of the stage, with Lever's token."""
    made: WebhookEndpoint = WebhookEndpointFactory.create(tenant=northwind, event_kind="stage_changed")
    SigningSecretFactory.create(tenant=northwind, endpoint=made, secret=SECRET)
    return made
