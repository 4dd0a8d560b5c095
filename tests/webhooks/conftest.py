import pytest

from integrations.models import Application, Delivery, Posting
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import (
    ApplicationFactory,
    DeliveryFactory,
    PostingFactory,
    SenderSecretFactory,
    SigningSecretFactory,
    WebhookEndpointFactory,
)
from tests.integrations.appcast import bodies
from webhooks.models import WebhookEndpoint

from . import appcast
from .happenings import OPPORTUNITY
from .lever import SECRET


@pytest.fixture
def endpoint(northwind: Tenant) -> WebhookEndpoint:
    """Northwind's address for changes of the stage, with Lever's token."""
    made: WebhookEndpoint = WebhookEndpointFactory.create(tenant=northwind, event_kind="stage_changed")
    SigningSecretFactory.create(tenant=northwind, endpoint=made, secret=SECRET)
    return made


@pytest.fixture
def application(northwind: Tenant) -> Application:
    """Delivered: Lever's id of it is known, its candidacy is not yet."""
    made: Application = ApplicationFactory.create(
        tenant=northwind, external_id="33538a2f-d27d-4a96-8f05-fa4b0e4d940e"
    )
    DeliveryFactory.create(
        tenant=northwind, application=made, status=Delivery.Status.DELIVERED, next_attempt_at=None
    )
    return made


@pytest.fixture
def known(application: Application) -> Application:
    """Its candidacy is known as well, as after Lever's `applicationCreated`."""
    application.opportunity_external_id = OPPORTUNITY
    with tenant_scope(application.tenant_id):
        application.save()
    return application


@pytest.fixture
def posting(northwind: Tenant) -> Posting:
    """The open job of Appcast Apply's requests, and the secret that they are signed with."""
    SenderSecretFactory.create(tenant=northwind, secret=appcast.SECRET)
    made: Posting = PostingFactory.create(tenant=northwind, external_id=bodies.POSTING)
    return made
