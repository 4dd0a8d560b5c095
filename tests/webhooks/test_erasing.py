"""With an application goes what its webhooks said beside the ids and times that were read of them."""

from functools import partial

import pytest

from integrations.models import Application
from integrations.services import applications
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import ApplicationFactory, WebhookEndpointFactory, WebhookEventFactory
from webhooks import processing
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def application(northwind: Tenant) -> Application:
    ids = {"external_id": "of-ada", "opportunity_external_id": "candidacy-of-ada"}
    made: Application = ApplicationFactory.create(tenant=northwind, **ids)
    return made


def body_of(event: WebhookEvent) -> bytes:
    with tenant_scope(event.tenant_id):
        return WebhookEvent.objects.get(pk=event.pk).body


def test_the_bodies_of_its_events_are_emptied_and_nobody_elses(
    northwind: Tenant, southgate: Tenant, application: Application
) -> None:
    heard = partial(WebhookEventFactory.create, endpoint=WebhookEndpointFactory.create(tenant=northwind))
    its = [
        heard(tenant=northwind, opportunity_external_id="candidacy-of-ada"),
        heard(tenant=northwind, application_external_id="of-ada", status="parked"),
    ]
    others = [
        heard(tenant=northwind),
        heard(tenant=northwind, status="parked"),
        WebhookEventFactory.create(tenant=southgate, opportunity_external_id="candidacy-of-ada"),
    ]
    applications.erase(application, reason="test")
    assert [body_of(it) for it in (*its, *others)] == [b"", b"", b"{}", b"{}", b"{}"]


def test_one_without_ids_empties_nothing(northwind: Tenant) -> None:
    event = WebhookEventFactory.create(tenant=northwind, status="parked")
    applications.erase(ApplicationFactory.create(tenant=northwind), reason="test")
    assert body_of(event) == b"{}"


def test_what_comes_after_the_erasure_is_emptied_as_it_is_processed(
    northwind: Tenant, application: Application
) -> None:
    applications.erase(application, reason="test")
    event = WebhookEventFactory.create(tenant=northwind, opportunity_external_id="candidacy-of-ada")
    processing.process_due(northwind.pk)
    with tenant_scope(northwind.pk):
        event.refresh_from_db()
    assert (event.status, event.body) == ("processed", b"")
