"""The room of replays at the desk, in a browser: what was pressed goes on before one's eyes, without loading again."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.lever_world import make_due, work_off
from webhooks import replays
from webhooks.models import Replay, WebhookEvent

from .sessions import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
# More than a worker takes in one turn.
EVENTS = replays.AT_ONCE + 2


@pytest.fixture
def room(page: Page, portal_at_rest: str, carol: User, northwind: Tenant) -> Page:
    """With events that were given up, as staff of Customer Success opens it."""
    endpoint = factories.WebhookEndpointFactory.create(tenant=northwind)
    for _ in range(EVENTS):
        factories.WebhookEventFactory.create(
            tenant=northwind, endpoint=endpoint, status="dead", next_attempt_at=None
        )
    sign_in(page.context, carol, portal_at_rest)
    page.goto(reverse("admin:tenants_tenant_replays", args=[northwind.pk]))
    return page


def start(room: Page) -> Locator:
    """The line of the replay that the preview offered."""
    room.get_by_role("button", name="Preview").click()
    expect(room.get_by_role("heading", name="Preview")).to_be_visible()
    room.get_by_role("button", name=f"Replay {EVENTS} events").click()
    room.wait_for_url(re.compile(reverse("admin:tenants_tenant_changelist") + r"\d+/"))
    return room.locator("#live tbody tr").first


def go_on() -> None:
    """A worker's turn."""
    make_due(Replay)
    work_off(Replay)


def test_its_progress_is_seen_while_it_goes_on_and_nothing_is_asked_after_its_end(room: Page) -> None:
    line = start(room)
    expect(line).to_contain_text(f"0 of {EVENTS}")
    room.evaluate("window.wasLoadedOnce = true")
    go_on()
    expect(line).to_contain_text(f"{replays.AT_ONCE} of {EVENTS}")
    expect(line).to_have_attribute("data-state", "running")
    for _ in range(2):
        go_on()
    expect(line).to_have_attribute("data-state", "done")
    expect(line.locator("progress")).to_have_js_property("value", EVENTS)
    expect(line).to_contain_text(f"{EVENTS} waiting for its application")
    assert room.evaluate("window.wasLoadedOnce")
    assert room.locator("#live").get_attribute("hx-get") is None


def test_it_is_cancelled_by_keyboard_although_its_line_is_renewed_meanwhile(
    room: Page, northwind: Tenant
) -> None:
    line = start(room)
    go_on()
    expect(line).to_contain_text(f"{replays.AT_ONCE} of {EVENTS}")
    line.get_by_role("button", name="Cancel").focus()
    with room.expect_response(lambda it: it.request.headers.get("hx-target") == "live"):
        room.evaluate("htmx.trigger('#live', 'look')")
    expect(line.get_by_role("button", name="Cancel")).to_be_focused()
    with room.expect_navigation():
        room.keyboard.press("Enter")
    expect(line).to_have_attribute("data-state", "cancelled")
    go_on()
    with tenant_scope(northwind.pk):
        assert WebhookEvent.objects.filter(status="dead").count() == EVENTS - replays.AT_ONCE
