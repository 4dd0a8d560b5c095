"""The step of the feed as a person does it: given, watched, looked into, and a doubtful list decided on."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from integrations.models import FeedComparison, FeedSync, FormCheck, OutgoingFeed
from integrations.services import readings
from sandbox.server import Server
from sandbox.world.faults import Fault
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.lever_world import connect, lift_limits, make_due, work_off
from tests.onboarding.history import days_of_syncs

from .sessions import sign_in
from .test_live import look_again
from .test_screens import ALL, look

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture
def feed_page(page: Page, live_server: LiveServer, sandbox: Server, alice: User, northwind: Tenant) -> Page:
    account = connect(sandbox, northwind, alice)
    account.is_feed_on = True
    lift_limits(sandbox)
    sign_in(page.context, alice, live_server.url)
    page.goto(reverse("onboarding:feed", args=[northwind.slug]))
    return page


def give(page: Page, pasted: str) -> None:
    page.get_by_label("Job posting feed URL").fill(pasted)
    page.get_by_role("button", name="Check this address").click()
    work_off(FeedSync)
    look_again(page)


def test_a_feed_is_given_and_its_jobs_are_seen_without_a_new_page(feed_page: Page, sandbox: Server) -> None:
    give(feed_page, f"  {sandbox.url}/v0/postings/northwind?mode=json ")
    live = feed_page.locator("#live")
    expect(live).to_contain_text("21 published jobs read from the feed.")
    expect(feed_page.get_by_text("We set mode=xml instead of mode=json.").first).to_be_visible()
    expect(live.locator(".found a")).to_have_count(3)
    expect(live).to_contain_text("Northwind Logistics · ")


def test_a_doubtful_list_is_looked_into_and_decided_on(
    feed_page: Page, sandbox: Server, northwind: Tenant
) -> None:
    give(feed_page, f"{sandbox.url}/v0/postings/northwind")
    sandbox.world.faults.order(Fault("shrunken_feed", "northwind"))
    feed_page.get_by_role("button", name="Sync now").click()
    work_off(FeedSync)
    look_again(feed_page)
    feed_page.get_by_text("Which jobs are missing").click()
    expect(feed_page.locator("#missing li")).to_have_count(19)
    feed_page.get_by_role("button", name="They are still open").click()
    expect(feed_page.locator("#live")).to_contain_text("The feed lacks 19 jobs that are said to be open.")
    with tenant_scope(northwind.pk):
        assert FeedSync.objects.first().decision == "rejected"  # type: ignore[union-attr]


def test_all_that_is_known_of_a_feed_is_accessible_and_fits(
    feed_page: Page, sandbox: Server, northwind: Tenant
) -> None:
    give(feed_page, f"{sandbox.url}/v0/postings/northwind")
    days_of_syncs(northwind)
    readings.schedule()
    make_due(FeedComparison)
    work_off(FormCheck, FeedComparison, OutgoingFeed)
    look(feed_page, reverse("onboarding:feed", args=[northwind.slug]), ALL)
