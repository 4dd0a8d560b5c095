"""The value to enter in Lever: shown whole, copied by a button that says so."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tenants.models import Tenant, User

from .sessions import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


def test_the_copy_button_confirms_and_the_address_is_shown_to_its_end(
    page: Page, live_server: LiveServer, alice: User, northwind: Tenant
) -> None:
    sign_in(page.context, alice, live_server.url)
    page.context.grant_permissions(["clipboard-write"])
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(reverse("onboarding:webhooks", args=[northwind.slug]))
    address = page.get_by_label("Webhook URL", exact=True).first
    assert address.evaluate(
        "it => it.scrollHeight <= it.clientHeight + 2 && it.scrollWidth <= it.clientWidth"
    )
    page.get_by_role("button", name="Copy Webhook URL").first.click()
    button = page.get_by_role("button", name="Copied Webhook URL")
    expect(button).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("Copied: Webhook URL")
    assert button.evaluate("it => it === document.activeElement")
    field = page.get_by_label("Signature token").first
    field.focus()
    page.keyboard.press("ControlOrMeta+v")
    expect(field).to_have_value(address.input_value())
