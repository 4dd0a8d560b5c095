"""An application's way in a browser: the time line as it goes on, and what staff decide about one that is held."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from integrations.models import Delivery
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.lever_world import make_due, work_off
from tests.onboarding import on_the_way
from tests.onboarding.test_status_page import go_live
from webhooks.models import Replay

from .hands import Keyboard
from .sessions import sign_in
from .test_screens import ALL, STOCK, look

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def change(delivery: Delivery) -> str:
    return reverse("admin:integrations_delivery_change", args=[delivery.pk])


def status_of(delivery: Delivery) -> str:
    with tenant_scope(delivery.tenant_id):
        return Delivery.objects.get(pk=delivery.pk).status


@pytest.fixture
def portal(page: Page, portal_at_rest: str, alice: User, northwind: Tenant) -> Page:
    """As the customer's Super Admin has it open, once live."""
    go_live(northwind)
    sign_in(page.context, alice, portal_at_rest)
    return page


@pytest.fixture
def desk(page: Page, portal_at_rest: str, carol: User) -> Page:
    sign_in(page.context, carol, portal_at_rest)
    return page


def test_from_the_status_to_the_time_line_with_the_keyboard_alone(portal: Page, northwind: Tenant) -> None:
    on_the_way.misfit(northwind)
    on_the_way.reported(northwind)
    hands = Keyboard()
    portal.goto(reverse("onboarding:checklist", args=[northwind.slug]))
    hands.press(portal.get_by_role("link", name="All applications, and what happened to each"))
    hands.pick(portal.get_by_label("State"), "Needs a person")
    hands.press(portal.get_by_role("button", name="Show", exact=True))
    hands.press(portal.get_by_role("row").get_by_role("link", name="Night driver"))
    expect(portal.get_by_role("heading", level=1)).to_have_text("Night driver")
    expect(portal.locator(".timeline li")).to_have_count(2)
    hands.press(portal.get_by_role("link", name="Back to the applications"))
    expect(portal.get_by_role("row")).to_have_count(3)


def test_the_time_line_goes_on_by_itself_and_keeps_open_what_was_opened(
    portal: Page, northwind: Tenant
) -> None:
    made = on_the_way.looked_up(northwind)
    portal.clock.install()
    portal.goto(reverse("onboarding:application", args=[northwind.slug, made.application_id]))
    portal.evaluate("window.isSamePage = true")
    expect(portal.locator("#live-title")).to_have_text("Not confirmed yet")
    portal.get_by_text("4 answers were sent").click()
    on_the_way.tried(made, "delivered", 1, is_look=True, manifest={})
    with tenant_scope(northwind.pk):
        Delivery.objects.filter(pk=made.pk).update(status="delivered", next_attempt_at=None)
    portal.clock.run_for(5_000)
    expect(portal.locator("#live-title")).to_have_text("In Lever")
    expect(portal.locator(".timeline li").last).to_contain_text("Found in Lever")
    expect(portal.get_by_text("Full name, Email, When could you start?")).to_be_visible()
    assert portal.evaluate("window.isSamePage")


@pytest.mark.parametrize(
    ("button", "asks", "status"),
    [
        ("It arrived", "You saw this application in Lever.", "delivered"),
        ("Send again", "Lever has it twice afterwards", "ready"),
    ],
)
def test_what_is_held_is_decided_with_the_keyboard_after_a_question(
    desk: Page, northwind: Tenant, button: str, asks: str, status: str
) -> None:
    made, hands = on_the_way.in_doubt(northwind), Keyboard()
    desk.goto(change(made))
    hands.press(desk.get_by_role("link", name=button, exact=True))
    expect(desk.get_by_text(asks)).to_be_visible()
    hands.press(desk.get_by_role("link", name="Leave it as it is"))
    assert status_of(made) == "held"
    hands.press(desk.get_by_role("link", name=button, exact=True))
    hands.press(desk.get_by_role("button", name=button, exact=True))
    expect(desk.locator(".messagelist")).to_be_visible()
    expect(desk.get_by_role("link", name=button, exact=True)).to_have_count(0)
    assert status_of(made) == status


def test_a_bulk_retry_is_previewed_pressed_and_seen_to_its_end(desk: Page, northwind: Tenant) -> None:
    """Without a connection to Lever nothing can be sent, and each waits for one."""
    made = [on_the_way.misfit(northwind) for _ in range(2)]
    desk.goto(reverse("admin:integrations_delivery_changelist"))
    desk.get_by_role("link", name="Send again in bulk").click()
    desk.get_by_label("does not fit the job's form any more").check()
    desk.get_by_role("button", name="Preview").click()
    desk.get_by_role("button", name="Send 2 again").click()
    line = desk.locator("#live tbody tr").first
    expect(line).to_contain_text("0 of 2")
    desk.evaluate("window.wasLoadedOnce = true")
    for _ in range(3):
        make_due(Replay)
        work_off(Replay)
    expect(line).to_have_attribute("data-state", "done")
    expect(line).to_contain_text("2 will be tried again")
    assert desk.evaluate("window.wasLoadedOnce")
    assert {status_of(it) for it in made} == {"retry_wait"}


def test_the_customers_pages_are_accessible_and_fit(portal: Page, northwind: Tenant) -> None:
    made = [it(northwind) for it in (on_the_way.in_doubt, on_the_way.misfit, on_the_way.reported)]
    listed = reverse("onboarding:applications", args=[northwind.slug])
    look(portal, listed, ALL)
    look(portal, f"{listed}?state=rejected", ALL[:1])
    for it in made:
        look(portal, reverse("onboarding:application", args=[northwind.slug, it.application_id]), ALL)


def test_the_desks_pages_are_accessible_and_fit(desk: Page, northwind: Tenant) -> None:
    made = on_the_way.in_doubt(northwind)
    on_the_way.refused(northwind)
    decision = reverse("admin:integrations_delivery_decide", args=[made.pk, "send-again"])
    retries = reverse("admin:integrations_delivery_retries")
    listed = reverse("admin:integrations_delivery_changelist")
    for path in (change(made), decision, f"{retries}?preview=1", listed):
        look(desk, path, ALL, exclude=STOCK)


def test_without_scripts_the_time_line_can_be_looked_at_again(
    browser: Browser, portal_at_rest: str, alice: User, northwind: Tenant
) -> None:
    made: Any = on_the_way.looked_up(northwind)
    with browser.new_context(base_url=portal_at_rest, java_script_enabled=False) as context:
        sign_in(context, alice, portal_at_rest)
        plain = context.new_page()
        path = reverse("onboarding:application", args=[northwind.slug, made.application_id])
        plain.goto(path)
        plain.get_by_role("link", name="Check again").click()
        assert plain.url == f"{portal_at_rest}{path}"
