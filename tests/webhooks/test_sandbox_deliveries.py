"""Lever's own deliveries over HTTP, as the sandbox makes, signs and repeats them."""

import time
from collections.abc import Callable

import pytest
from pytest_django.live_server_helper import LiveServer

from integrations.models import Application
from sandbox.server import Server
from sandbox.world import by_hand, recruiting
from sandbox.world.account import Account
from sandbox.world.faults import Fault
from sandbox.world.webhooks import Webhook
from tenants.models import Tenant, User
from tenants.scoping import across_tenants
from tests.factories import ApplicationFactory, WebhookEndpointFactory
from tests.lever_world import connect, work_off
from webhooks import endpoints, rechecking
from webhooks.models import WebhookEndpoint, WebhookEvent

from . import rows
from .happenings import fresh

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(portal: LiveServer, sandbox: Server, northwind: Tenant, alice: User) -> Account:
    """The customer made the webhook by hand; its token is not pasted yet."""
    return connect(sandbox, northwind, alice, key="meridian")


@pytest.fixture
def webhook(account: Account, northwind: Tenant) -> Webhook:
    endpoint = WebhookEndpointFactory.create(tenant=northwind)
    made = by_hand.add_webhook(account, "candidateStageChange", endpoints.url_of(endpoint))
    by_hand.switch_event(account, "candidateStageChange", is_on=True)
    by_hand.generate_token(account, made.id)
    return made


@pytest.fixture
def endpoint(webhook: Webhook) -> WebhookEndpoint:
    with across_tenants("a test looks"):
        return WebhookEndpoint.objects.get(key=webhook.url.rpartition("/")[2])


@pytest.fixture
def proved(webhook: Webhook, endpoint: WebhookEndpoint, alice: User) -> WebhookEndpoint:
    """With the token pasted."""
    paste(webhook, endpoint, alice)
    return endpoint


def paste(webhook: Webhook, endpoint: WebhookEndpoint, by: User) -> None:
    endpoints.set_secret(endpoint, webhook.signature_token or "", by)


def waited(is_so: Callable[[], object]) -> bool:
    """Deliveries arrive on the sandbox's own threads."""
    until = time.monotonic() + 10
    while not is_so() and time.monotonic() < until:
        time.sleep(0.02)
    return bool(is_so())


def move(sandbox: Server, account: Account) -> str:
    opportunity = next(it for it in account.opportunities.values() if not it.archived)
    stage = next(it.id for it in account.pipeline.stages if it.id != opportunity.stage_id)
    recruiting.move(sandbox.world, account, opportunity.id, stage)
    assert waited(lambda: account.deliveries and not sandbox.world.courier.pending)
    return stage


def states(account: Account) -> list[tuple[str, set[int | None]]]:
    return [(it.state, {attempt.status for attempt in it.attempts}) for it in account.deliveries]


def test_a_move_in_lever_is_taken_at_the_first_try(
    sandbox: Server, account: Account, proved: WebhookEndpoint
) -> None:
    stage = move(sandbox, account)
    assert states(account) == [("delivered", {200})]
    assert len(account.deliveries[0].attempts) == 1
    assert (rows.event().stage_external_id, rows.event().status) == (stage, "received")


def test_verify_connection_succeeds(
    sandbox: Server, account: Account, webhook: Webhook, proved: WebhookEndpoint
) -> None:
    by_hand.verify_connection(sandbox.world, account, webhook.id)
    assert states(account) == [("delivered", {200})]
    assert (rows.event().kind, rows.event().status) == ("test", "ignored")


def test_a_token_that_is_pasted_late_takes_what_came_in_vain(
    sandbox: Server, account: Account, webhook: Webhook, endpoint: WebhookEndpoint, alice: User
) -> None:
    move(sandbox, account)
    assert states(account) == [("failed", {401})]
    assert set(rows.reasons()) == {"no_token_yet"}
    paste(webhook, endpoint, alice)
    assert rechecking.check_again(endpoint) == 1
    assert rows.event().status == "received"


def test_a_rerun_of_what_was_taken_is_a_success(
    sandbox: Server, account: Account, proved: WebhookEndpoint
) -> None:
    move(sandbox, account)
    by_hand.rerun(sandbox.world, account, account.deliveries[0].id)
    assert waited(lambda: len(account.deliveries[0].attempts) == 2)
    assert states(account) == [("delivered", {200})]
    assert rows.event().repeats == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("unsigned_webhooks", "unsigned"), ("wrongly_signed_webhooks", "wrong_signature")],
)
def test_what_lever_does_not_sign_rightly_is_said_by_its_name(
    sandbox: Server,
    account: Account,
    proved: WebhookEndpoint,
    fault: str,
    reason: str,
) -> None:
    sandbox.world.faults.order(Fault(fault))
    move(sandbox, account)
    assert states(account) == [("failed", {401})]
    assert set(rows.reasons()) == {reason}


def test_a_move_in_lever_becomes_our_applications_stage(
    sandbox: Server, account: Account, proved: WebhookEndpoint
) -> None:
    candidate = next(it for it in account.opportunities.values() if not it.archived)
    application: Application = ApplicationFactory.create(
        tenant=proved.tenant, external_id=candidate.application.id
    )
    stage = move(sandbox, account)
    work_off(WebhookEvent)
    assert fresh(application).stage_external_id == stage
