import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from integrations.models import Pipeline
from integrations.services import feeds, stages
from sandbox.server import Server
from sandbox.world.account import Account
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.lever_world import connect, lift_limits, work_off
from tests.people import browser_of
from webhooks.models import WebhookEndpoint

from .lever import make_webhooks
from .pages import staff_as
from .webhooks_page import address


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's, signed in."""
    return browser_of(alice)


@pytest.fixture
def desk(carol: User) -> Client:
    """Carol's, who may do everything there, and was here before: with its first page a session is given its end."""
    browser = browser_of(carol)
    browser.get("/sessions/")
    return browser


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


@pytest.fixture
def account(portal: LiveServer, sandbox: Server, northwind: Tenant, alice: User) -> Account:
    """Lever's side of a customer who has come as far as the rehearsal."""
    account = connect(sandbox, northwind, alice)
    lift_limits(sandbox)
    feeds.confirm(northwind, feeds.understand(f"{sandbox.url}/v0/postings/northwind?mode=xml"), alice)
    account.is_feed_on = True
    make_webhooks(account, northwind, alice)
    work_off()
    with tenant_scope(northwind.pk):
        for pipeline in Pipeline.objects.all():
            decided = {it.external_id: it.conversion for it in stages.suggestions(pipeline)}
            stages.confirm(pipeline, decided, alice)
    return account
