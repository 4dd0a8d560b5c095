"""Another language at the foot of a page: whoever has typed something is told before it is lost."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tenants.models import Tenant, User

from .sessions import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


def test_what_is_not_saved_stops_another_language_once(
    page: Page, live_server: LiveServer, alice: User, northwind: Tenant
) -> None:
    sign_in(page.context, alice, live_server.url)
    page.goto(reverse("onboarding:feed", args=[northwind.slug]))
    address, german = page.get_by_label("Job posting feed URL"), page.get_by_role("button", name="Deutsch")
    address.fill("https://jobs.lever.co/northwind")
    german.click()
    expect(page.locator(".languages")).to_contain_text("What you typed on this page is not saved yet.")
    expect(page.locator("#announcer")).to_contain_text("not saved yet")
    expect(address).to_have_value("https://jobs.lever.co/northwind")
    german.click()
    expect(page.locator("html")).to_have_attribute("lang", "de")


@pytest.mark.parametrize("step", ["feed", "policies", "stages"])
def test_a_page_where_nothing_was_typed_changes_its_language_at_once(
    page: Page, live_server: LiveServer, alice: User, northwind: Tenant, step: str
) -> None:
    sign_in(page.context, alice, live_server.url)
    page.goto(reverse(f"onboarding:{step}", args=[northwind.slug]))
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
