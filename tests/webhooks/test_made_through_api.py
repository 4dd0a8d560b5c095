"""The portal sets the webhooks up itself where the grant allows, and never a second one beside one that works."""

import pytest
from pytest_django import Settings

from sandbox.server import Server
from sandbox.world.by_hand import add_webhook, generate_token
from sandbox.world.faults import Fault
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.factories import FEW_SCOPES
from tests.lever_world import connect
from webhooks import endpoints
from webhooks.models import WebhookEndpoint

from .lever import delivery, post

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def url(settings: Settings) -> str:
    """Lever takes https only."""
    settings.PUBLIC_URL = "https://portal.example"
    return "https://portal.example"


def of(tenant: Tenant, kind: str) -> WebhookEndpoint:
    with tenant_scope(tenant.pk):
        return next(it for it in endpoints.of_tenant(tenant) if it.event_kind == kind)


def test_all_five_are_made_with_their_tokens_unseen(
    sandbox: Server, url: str, northwind: Tenant, alice: User
) -> None:
    account = connect(sandbox, northwind, alice)
    made = endpoints.make_through_api(northwind, alice)
    assert [(it.kind, it.error) for it in made] == [(it, "") for it in (*endpoints.NEEDED, *endpoints.USEFUL)]
    by_event = {it.event: it for it in account.webhooks.values()}
    endpoint = of(northwind, "stage_changed")
    webhook = by_event["candidateStageChange"]
    assert (webhook.url, webhook.id) == (endpoints.url_of(endpoint), endpoint.external_id)
    assert endpoint.made_by == "api"
    assert post(endpoint, delivery(secret=webhook.signature_token)).status_code == 200


def test_a_second_press_makes_nothing(sandbox: Server, url: str, northwind: Tenant, alice: User) -> None:
    account = connect(sandbox, northwind, alice)
    endpoints.make_through_api(northwind, alice)
    assert endpoints.make_through_api(northwind, alice) == []
    assert len(account.webhooks) == 5


def test_without_the_permission_the_reason_is_said(
    sandbox: Server, url: str, northwind: Tenant, alice: User, settings: Settings
) -> None:
    settings.LEVER_SCOPES = FEW_SCOPES
    account = connect(sandbox, northwind, alice)
    made = endpoints.make_through_api(northwind, alice)
    assert {it.error for it in made} == {
        "Lever does not allow us this. A Super Admin may have to authorize again with all permissions."
    }
    assert account.webhooks == {}


def test_without_a_connection_the_reason_is_said(northwind: Tenant, alice: User) -> None:
    made = endpoints.make_through_api(northwind, alice)
    assert {it.error for it in made} == {"Lever is not connected. A Super Admin must authorize Lever."}


def test_one_whose_answer_was_lost_is_replaced(
    sandbox: Server, url: str, northwind: Tenant, alice: User
) -> None:
    """Lever tells a token once only: a webhook whose token nobody knows would be refused for ever."""
    account = connect(sandbox, northwind, alice)
    sandbox.world.faults.order(Fault("lose_answer", path_prefix="/v1/webhooks", times_left=1))
    errors = [it.error for it in endpoints.make_through_api(northwind, alice)]
    assert [bool(error) for error in errors] == [True, False, False, False, False]
    assert len(account.webhooks) == 5
    assert [it.error for it in endpoints.make_through_api(northwind, alice)] == [""]
    assert len(account.webhooks) == 5
    endpoint = of(northwind, "application_created")
    assert account.webhooks[endpoint.external_id].url == endpoints.url_of(endpoint)


def test_one_that_works_by_hand_is_left_alone(
    sandbox: Server, url: str, northwind: Tenant, alice: User
) -> None:
    account = connect(sandbox, northwind, alice)
    endpoint = of(northwind, "stage_changed")
    by_hand = add_webhook(account, "candidateStageChange", endpoints.url_of(endpoint))
    generate_token(account, by_hand.id)
    assert by_hand.signature_token
    endpoints.set_secret(endpoint, by_hand.signature_token, alice)
    post(endpoint, delivery(secret=by_hand.signature_token))
    assert len(endpoints.make_through_api(northwind, alice)) == 4
    assert [it.made_by for it in account.webhooks.values() if it.event == by_hand.event] == ["ui"]


def test_one_by_hand_without_its_token_is_named(
    sandbox: Server, url: str, northwind: Tenant, alice: User
) -> None:
    account = connect(sandbox, northwind, alice)
    add_webhook(account, "candidateHired", endpoints.url_of(of(northwind, "hired")))
    errors = {it.kind.value: it.error for it in endpoints.make_through_api(northwind, alice)}
    assert errors.pop("hired").startswith("One was made by hand in Lever for this address.")
    assert set(errors.values()) == {""}
