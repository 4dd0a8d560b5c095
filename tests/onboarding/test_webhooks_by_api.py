"""Webhooks made through Lever's API, and the way by hand where that cannot be."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integrations.errors import ConfigurationError, TransientError
from integrations.models import Connection, Discovery, WebhookReading
from sandbox.server import Server
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.lever_world import connect, lift_limits, work_off
from tests.webhooks.lever import OTHER_SECRET, SECRET
from webhooks import endpoints
from webhooks.models import SigningSecret, WebhookEndpoint

from .pages import said, url
from .rows import delivered, endpoint, make_ready, refused_by_lever, told
from .webhooks_page import last_act, page_of

pytestmark = pytest.mark.django_db


def test_the_api_makes_all_and_the_page_then_says_what_lever_still_wants(
    browser: Client, northwind: Tenant, alice: User, sandbox: Server
) -> None:
    account = connect(sandbox, northwind, alice)
    assert "Make the webhooks in Lever" in page_of(browser, northwind)
    page = said(browser, browser.post(url("webhooks_create", northwind)))
    assert "A Super Admin must still switch each event on in Lever." in page
    assert "Make the webhooks in Lever" not in page
    assert last_act(northwind) == "alice@northwind.example had the webhooks made in Lever"
    assert "Candidate Hired, Candidate Archive State Change and Candidate Deleted are made as well" in page
    assert len(account.webhooks) == 5
    assert not any(it.signature_token and it.signature_token in page for it in account.webhooks.values())
    assert told(northwind, "webhooks").state == "waiting"


def numbers(page: str) -> list[str]:
    return re.findall(r'class="p-count-text"[^>]*>(\d)<', page)


def test_the_numbers_in_the_picture_are_those_of_the_list(browser: Client, northwind: Tenant) -> None:
    page = page_of(browser, northwind)
    steps = re.findall(r"<li>(.+?)</li>", page.partition('<ol class="steps">')[2].partition("</ol>")[0])
    assert numbers(page) == [str(number) for number in range(1, len(steps) + 1)]
    assert "<strong>Generate token</strong>" in steps[3]
    for kind in endpoints.NEEDED:
        endpoint(northwind, kind)
    with tenant_scope(northwind.pk):
        WebhookEndpoint.objects.update(external_id="made")
    assert sorted(numbers(page_of(browser, northwind))) == ["1", "2", "3"]


def test_pressing_twice_makes_no_second_set(
    browser: Client, northwind: Tenant, alice: User, sandbox: Server
) -> None:
    account = connect(sandbox, northwind, alice)
    for _ in range(2):
        browser.post(url("webhooks_create", northwind))
    assert len(account.webhooks) == 5


def test_what_the_api_made_is_made_anew_once_its_tokens_are_gone(
    browser: Client, northwind: Tenant, alice: User, sandbox: Server
) -> None:
    account = connect(sandbox, northwind, alice)
    lift_limits(sandbox)
    browser.post(url("webhooks_create", northwind))
    with tenant_scope(northwind.pk):
        SigningSecret.objects.filter(endpoint__event_kind="stage_changed").delete()
    assert "Make the webhooks in Lever" in page_of(browser, northwind)
    browser.post(url("webhooks_create", northwind))
    with tenant_scope(northwind.pk):
        assert SigningSecret.objects.count() == len(account.webhooks) == 5
    assert told(northwind, "webhooks").state == "waiting"


def test_whoever_changed_something_in_lever_has_it_looked_at_again(
    browser: Client, northwind: Tenant, created: WebhookEndpoint
) -> None:
    delivered(created)
    factories.WebhookReadingFactory.create(
        tenant=northwind,
        read_at=timezone.now() + timedelta(seconds=1),
        next_attempt_at=timezone.now() + timedelta(days=1),
    )
    assert "Look again in Lever" in page_of(browser, northwind)
    with tenant_scope(northwind.pk):
        WebhookReading.objects.update(read_at=timezone.now() - timedelta(seconds=11))
    browser.post(url("webhooks_look", northwind))
    with tenant_scope(northwind.pk):
        assert WebhookReading.objects.filter(next_attempt_at__lte=timezone.now()).exists()


def test_without_its_token_what_came_before_proves_nothing(browser: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    with tenant_scope(northwind.pk):
        SigningSecret.objects.filter(endpoint__event_kind="stage_changed").delete()
    state = told(northwind, "webhooks")
    assert (state.state, "“Candidate Stage Change” is still missing" in state.says) == ("in_progress", True)
    assert "Its signature token is missing" in page_of(browser, northwind)


def test_an_access_that_lever_took_away_is_said_once(
    browser: Client, northwind: Tenant, alice: User, sandbox: Server
) -> None:
    account = connect(sandbox, northwind, alice)
    sandbox.world.grants.revoke(account)
    page = said(browser, browser.post(url("webhooks_create", northwind)))
    assert page.count("Lever did not make all webhooks:") <= 2
    assert "You can set them up by hand below." in page


@pytest.mark.parametrize(
    "fields", [{"scopes": factories.FEW_SCOPES}, {"status": Connection.Status.NEEDS_AUTHORIZATION}]
)
def test_the_api_is_not_offered_where_it_cannot_work(
    browser: Client, northwind: Tenant, fields: dict[str, object]
) -> None:
    factories.ConnectionFactory.create(tenant=northwind, **fields)
    assert "Make the webhooks in Lever" not in page_of(browser, northwind)


def test_what_lever_refuses_is_set_up_by_hand_at_once(
    browser: Client, northwind: Tenant, alice: User, sandbox: Server
) -> None:
    """By the reading of the account already, before anybody pressed anything."""
    refused_by_lever(northwind, "webhooks")
    assert is_by_hand(page_of(browser, northwind))


def test_a_refusal_at_the_press_opens_the_way_by_hand(
    browser: Client, northwind: Tenant, alice: User, sandbox: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(sandbox, northwind, alice)
    work_off(Discovery)
    assert not is_by_hand(page_of(browser, northwind))
    monkeypatch.setattr(endpoints, "_created", no_scope)
    page = said(browser, browser.post(url("webhooks_create", northwind)))
    assert "You can set them up by hand below." in page
    assert is_by_hand(page)


def test_a_passing_failure_keeps_the_press(
    browser: Client, northwind: Tenant, alice: User, sandbox: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(sandbox, northwind, alice)
    work_off(Discovery)
    monkeypatch.setattr(endpoints, "_created", too_slow)
    assert not is_by_hand(said(browser, browser.post(url("webhooks_create", northwind))))


def no_scope(*_: object) -> None:
    raise ConfigurationError("lever.scope_missing", "Lever does not allow us this.")


def too_slow(*_: object) -> None:
    raise TransientError("http.timeout", "Lever took too long.")


def is_by_hand(page: str) -> bool:
    """The steps and both fields stand there open, and the press of the API is gone."""
    assert ("Make the webhooks in Lever" in page) == ('id="by-hand"' in page)
    return "Make the webhooks in Lever" not in page


def test_whoever_begins_by_hand_goes_on_by_hand_field_after_field(
    browser: Client, northwind: Tenant, created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    assert not is_by_hand(page_of(browser, northwind))
    first = browser.post(url("webhooks_token", northwind, created.pk), {"secret": SECRET})
    page = said(browser, first)
    assert is_by_hand(page)
    field = first.headers["Location"].partition("#")[2]
    assert f'id="{field}"' in page
    assert str(moved.pk) in field
    last = browser.post(url("webhooks_token", northwind, moved.pk), {"secret": OTHER_SECRET})
    assert "#" not in last.headers["Location"]


def test_nor_once_both_are_set_up(browser: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    assert "Make the webhooks in Lever" not in page_of(browser, northwind)


def test_a_webhook_of_the_api_that_stays_silent_names_the_toggle_after_a_minute(
    browser: Client, northwind: Tenant, alice: User, sandbox: Server
) -> None:
    connect(sandbox, northwind, alice)
    browser.post(url("webhooks_create", northwind))
    assert "until its event is switched on" not in page_of(browser, northwind)
    with tenant_scope(northwind.pk):
        SigningSecret.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    page = page_of(browser, northwind)
    assert "“Application Created” switched on in Lever" in page
    assert "toggle “Application Created” to the on (blue) position." in page
    assert (told(northwind, "webhooks").state, told(northwind, "webhooks").actor) == ("waiting", "customer")
