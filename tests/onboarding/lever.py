"""Lever's side of a test: as patient as a test needs it, and the worker's part until nothing is under way."""

from sandbox.server import Server
from sandbox.world.account import Account
from tenants.models import Tenant, User
from tests.lever_world import work_off
from tests.sandbox.customer import wait_until
from webhooks import endpoints


def settle(sandbox: Server) -> None:
    """Until the worker has nothing to do and Lever nothing to send."""
    work_off()
    wait_until(lambda: sandbox.world.courier.pending == 0)
    work_off()


def make_webhooks(account: Account, tenant: Tenant, by: User) -> None:
    endpoints.make_through_api(tenant, by)
    account.switched_on_events |= {webhook.event for webhook in account.webhooks.values()}
