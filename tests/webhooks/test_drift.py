"""What people do to our webhooks on Lever's page is seen with the next reading, and gone once it is undone."""

import pytest
from pytest_django import Settings

from integrations import tasks
from integrations.models import WebhookReading
from sandbox.server import Server
from sandbox.world import by_hand
from sandbox.world.account import Account
from sandbox.world.webhooks import Webhook
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.factories import SCOPES
from tests.lever_world import connect, make_due, work_off
from webhooks import drift, endpoints
from webhooks.models import SigningSecret, WebhookEndpoint

from .lever import STAGE_CHANGE, delivery, post

pytestmark = pytest.mark.django_db(transaction=True)
ELSEWHERE = "https://elsewhere.example/hook?secret=1"


@pytest.fixture
def account(sandbox: Server, settings: Settings, northwind: Tenant, alice: User) -> Account:
    settings.PUBLIC_URL = "https://portal.example"
    return connect(sandbox, northwind, alice)


def endpoint_of(tenant: Tenant) -> WebhookEndpoint:
    with tenant_scope(tenant.pk):
        return next(it for it in endpoints.of_tenant(tenant) if it.event_kind == "stage_changed")


@pytest.fixture
def by_api(account: Account, northwind: Tenant, alice: User) -> Webhook:
    endpoints.make_through_api(northwind, alice)
    return next(it for it in account.webhooks.values() if it.event == STAGE_CHANGE)


@pytest.fixture
def on_page(account: Account, northwind: Tenant, alice: User) -> Webhook:
    """Made on Lever's page; it has delivered."""
    endpoint = endpoint_of(northwind)
    webhook = by_hand.add_webhook(account, STAGE_CHANGE, endpoints.url_of(endpoint))
    by_hand.generate_token(account, webhook.id)
    endpoints.set_secret(endpoint, str(webhook.signature_token), alice)
    deliver(northwind, webhook)
    return webhook


def deliver(tenant: Tenant, webhook: Webhook) -> None:
    body = delivery(secret=str(webhook.signature_token))
    assert post(endpoint_of(tenant), body).status_code == 200


def read(tenant: Tenant) -> dict[str, str]:
    """As a day later: by event, what is wrong with it."""
    tasks.schedule_readings()
    make_due(WebhookReading)
    work_off(WebhookReading)
    return told(tenant)


def told(tenant: Tenant) -> dict[str, str]:
    with tenant_scope(tenant.pk):
        kinds = {it.pk: it.event_kind for it in endpoints.of_tenant(tenant)}
        return {kinds[pk]: it.change for pk, it in drift.of_tenant().items()}


def test_what_is_as_it_was_made_has_not_drifted(northwind: Tenant, by_api: Webhook) -> None:
    assert read(northwind) == {}


def test_one_made_through_the_api_that_is_gone_is_missed(
    northwind: Tenant, account: Account, by_api: Webhook
) -> None:
    del account.webhooks[by_api.id]
    assert read(northwind) == {"stage_changed": "removed"}
    account.webhooks[by_api.id] = by_api
    assert read(northwind) == {}


def test_one_that_leads_elsewhere_is_told_with_its_host_alone(northwind: Tenant, by_api: Webhook) -> None:
    by_api.url = ELSEWHERE
    assert read(northwind) == {"stage_changed": "moved"}
    with tenant_scope(northwind.pk):
        (found,) = drift.of_tenant().values()
        stored = str(WebhookReading.objects.get().listed)
    assert found.host == "elsewhere.example"
    assert "secret" not in stored


def test_one_without_applicants_is_told(northwind: Tenant, by_api: Webhook) -> None:
    by_api.origins = ["sourced", "referred"]
    assert read(northwind) == {"stage_changed": "narrowed"}
    by_api.origins = ["applied"]
    assert read(northwind) == {}


def test_what_still_comes_is_no_sign_that_applicants_are_included_again(
    northwind: Tenant, on_page: Webhook, alice: User
) -> None:
    on_page.origins = ["sourced", "referred"]
    read(northwind)
    deliver(northwind, on_page)
    endpoints.set_secret(endpoint_of(northwind), "e" * 48, alice)
    assert told(northwind) == {"stage_changed": "narrowed"}
    on_page.origins = ["applied"]
    assert read(northwind) == {}


def test_one_without_applicants_that_we_made_is_made_anew(
    northwind: Tenant, by_api: Webhook, alice: User
) -> None:
    by_api.origins = ["sourced"]
    read(northwind)
    endpoints.make_through_api(northwind, alice, [endpoint_of(northwind).pk])
    assert told(northwind) == {}


def test_one_made_by_hand_that_is_gone_is_missed(
    northwind: Tenant, account: Account, on_page: Webhook
) -> None:
    assert read(northwind) == {}
    by_hand.remove_webhook(account, on_page.id)
    assert read(northwind) == {"stage_changed": "removed"}


def test_one_made_by_hand_is_known_again_by_the_address_it_had(
    northwind: Tenant, account: Account, on_page: Webhook
) -> None:
    read(northwind)
    by_hand.change_url(account, on_page.id, ELSEWHERE)
    assert read(northwind) == {"stage_changed": "moved"}
    assert read(northwind) == {"stage_changed": "moved"}


def test_a_delivery_after_the_reading_is_the_proof_that_it_is_back(
    northwind: Tenant, account: Account, on_page: Webhook
) -> None:
    by_hand.remove_webhook(account, on_page.id)
    read(northwind)
    deliver(northwind, on_page)
    assert told(northwind) == {}


def test_what_we_made_is_made_anew_where_it_was_changed(
    northwind: Tenant, account: Account, by_api: Webhook, alice: User
) -> None:
    deliver(northwind, by_api)
    by_api.url = ELSEWHERE
    read(northwind)
    with tenant_scope(northwind.pk):
        changed = drift.of_tenant()
    assert [(it.kind, it.error) for it in endpoints.make_through_api(northwind, alice, changed)] == [
        ("stage_changed", "")
    ]
    (made,) = (it for it in account.webhooks.values() if it.event == STAGE_CHANGE)
    assert made.url == endpoints.url_of(endpoint_of(northwind))
    assert told(northwind) == {}
    deliver(northwind, made)


def test_without_the_permission_nothing_is_asked_and_nothing_told(
    northwind: Tenant, account: Account, sandbox: Server, on_page: Webhook, alice: User, settings: Settings
) -> None:
    by_hand.remove_webhook(account, on_page.id)
    assert read(northwind)
    settings.LEVER_SCOPES = [it for it in SCOPES if "webhooks" not in it]
    connect(sandbox, northwind, alice)
    assert told(northwind) == {}
    before = sum(it.path == "/v1/webhooks" for it in sandbox.world.log)
    read(northwind)
    assert sum(it.path == "/v1/webhooks" for it in sandbox.world.log) == before


def test_a_new_token_hastens_the_reading(northwind: Tenant, on_page: Webhook, alice: User) -> None:
    read(northwind)
    with tenant_scope(northwind.pk):
        row = WebhookReading.objects.get()
        row.tried_at = SigningSecret.objects.get().created_at.replace(year=2020)
        row.save()
        before = row.next_attempt_at
    endpoints.set_secret(endpoint_of(northwind), "e" * 48, alice)
    with tenant_scope(northwind.pk):
        after = WebhookReading.objects.get().next_attempt_at
    assert before
    assert after
    assert after < before


def test_another_spelling_of_the_same_address_is_no_other_address(
    northwind: Tenant, account: Account, on_page: Webhook
) -> None:
    """Intake takes them all."""
    on_page.url = on_page.url.replace("https://portal", "HTTPS://Portal") + "/"
    assert read(northwind) == {}
    on_page.url = on_page.url.upper()
    assert read(northwind) == {"stage_changed": "moved"}
