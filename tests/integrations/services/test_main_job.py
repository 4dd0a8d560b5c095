"""The way of one customer and one applicant, over HTTP to Lever and back, with the test as the worker."""

import json

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from integrations.models import Delivery, Pipeline, Posting
from integrations.services import feeds, senders, stages
from sandbox.appcast.applications import build_application
from sandbox.appcast.signature import HEADER, sign
from sandbox.server import Server
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.lever_world import connect, lift_limits, work_off
from webhooks import endpoints

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_application_reaches_lever_and_its_progress_reaches_appcast(
    portal: LiveServer, sandbox: Server, northwind: Tenant, alice: User
) -> None:
    account = connect(sandbox, northwind, alice)
    lift_limits(sandbox)
    feeds.confirm(northwind, feeds.understand(f"{sandbox.url}/v0/postings/northwind?mode=json"), alice)
    account.is_feed_on = True
    endpoints.make_through_api(northwind, alice)
    account.switched_on_events |= {webhook.event for webhook in account.webhooks.values()}
    work_off()
    with tenant_scope(northwind.pk):
        pipelines = list(Pipeline.objects.all())
        for pipeline in pipelines:
            stages.confirm(
                pipeline, {it.external_id: it.conversion for it in stages.suggestions(pipeline)}, alice
            )
        posting = Posting.objects.filter(form_check__status="supported").first()
    assert posting
    offered = account.postings[posting.external_id]
    application = build_application(posting.external_id, offered, {}, None, True, {})
    raw = json.dumps(application).encode()
    secret = senders.issue(northwind, by="test")
    answer = requests.post(
        f"{portal.url}/api/v1/tenants/northwind/applications",
        data=raw,
        headers={HEADER: sign(secret, raw)},
        timeout=10,
    )
    assert answer.status_code == 202
    work_off(Delivery)
    with tenant_scope(northwind.pk):
        delivery = Delivery.objects.get()
        assert (delivery.status, str(delivery.error_message)) == ("delivered", "")
    opportunity = account.opportunities[list(account.opportunities)[-1]]
    assert opportunity.application.email == application["applicant"]["email"]
    assert opportunity.sources == ["Appcast"]
