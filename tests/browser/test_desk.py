"""The desk in a browser, as an agent of Customer Success on an ordinary morning: light and dark, wide and narrow."""

from datetime import timedelta
from typing import Literal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from onboarding import problems
from onboarding.health import counting
from tenants.models import Tenant, User
from tests import factories
from tests.onboarding.rows import delivered, endpoint, make_ready

from .sessions import sign_in
from .test_screens import ALL, STOCK, look

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SCROLLING_PARTS = """
    [...document.querySelectorAll(".results, .desk > section")]
        .filter(it => it.scrollWidth > it.clientWidth).map(it => it.className || it.getAttribute("aria-labelledby"))
"""
PAGES = ("fleet", "list", "tenant", "problem", "problems", "runbook", "channel")


@pytest.fixture
def morning(
    page: Page, portal_at_rest: str, carol: User, northwind: Tenant, southgate: Tenant
) -> dict[str, str]:
    """A tenant with a little of everything, one with the same trouble as many others; the address of each page."""
    User.objects.filter(pk=carol.pk).update(is_superuser=False, role=User.Role.LEAD)
    make_ready(northwind)
    Tenant.objects.filter(pk=northwind.pk).update(
        status="live",
        created_at=timezone.now() - timedelta(days=9),
        live_at=timezone.now() - timedelta(days=4),
        owner=carol,
        note="They move in March.",
    )
    for _ in range(4):
        delivered(endpoint(northwind, "stage_changed"))
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    factories.MembershipFactory.create(tenant=northwind, user__email="alice@northwind.example")
    for tenant in (*factories.TenantFactory.create_batch(6), southgate):
        feed = factories.FeedFactory.create(tenant=tenant, synced_at=timezone.now() - timedelta(hours=3))
        factories.FeedSyncFactory.create(
            tenant=tenant,
            feed=feed,
            status="failed",
            error_code="lever.unavailable",
            error_message="Lever answers 503.",
        )
    for tenant in Tenant.objects.all():
        problems.diagnose(tenant)
    counting.recount()
    sign_in(page.context, carol, portal_at_rest)
    held = next(
        it for it in problems.diagnose(Tenant.objects.get(pk=northwind.pk)) if it.code == "forms.unsupported"
    )
    return {
        "fleet": reverse("admin:index"),
        "list": reverse("admin:tenants_tenant_changelist"),
        "tenant": reverse("admin:tenants_tenant_change", args=[northwind.pk]),
        "problem": reverse("admin:onboarding_problem_change", args=[held.pk]),
        "problems": reverse("admin:onboarding_problem_changelist"),
        "runbook": reverse("admin:runbook"),
        "channel": reverse("admin:onboarding_channel_add"),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page_fits_its_screen(
    page: Page, morning: dict[str, str], size: dict[str, int], scheme: Literal["light", "dark"]
) -> None:
    """On a phone no part of a page scrolls sideways either; the console fails the test where a policy is broken."""
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    page.emulate_media(color_scheme=scheme)
    for name in PAGES:
        page.goto(morning[name])
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, name
        if size is NARROW:
            assert page.evaluate(SCROLLING_PARTS) == [], name


@pytest.mark.parametrize("name", ["fleet", "list", "problems", "problem", "tenant"])
def test_what_is_read_most_is_accessible(page: Page, morning: dict[str, str], name: str) -> None:
    look(page, morning[name], ALL, exclude=STOCK)


@pytest.mark.parametrize("name", ["list", "problems"])
def test_the_list_shows_its_columns_without_scrolling(page: Page, morning: dict[str, str], name: str) -> None:
    Tenant.objects.filter(slug="northwind").update(name="Northwind Logistics and Warehousing Europe")
    page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})
    page.goto(morning[name])
    hidden = page.locator(".results").evaluate("it => it.scrollWidth - it.clientWidth")
    assert hidden <= 0


def test_from_the_incident_to_what_is_to_be_done(page: Page, morning: dict[str, str]) -> None:
    """Seven tenants have one trouble, which is Lever's; one has trouble of its own, which is hers."""
    page.goto(morning["fleet"])
    incident = page.get_by_role("heading", name="Incidents").locator("..")
    expect(incident).to_contain_text("Lever does not give the job feed at the moment at 7 tenants")
    expect(incident.get_by_role("listitem")).to_have_count(1)
    page.get_by_role("link", name="Applications need a person").last.click()
    expect(page.get_by_role("heading", name="Applications need a person")).to_be_visible()
    page.get_by_role("link", name="in the runbook").click()
    expect(page.locator("tr:has(:target)")).to_contain_text("deliveries need a person")


def test_a_problem_is_taken_up_and_its_text_copied(page: Page, morning: dict[str, str]) -> None:
    page.goto(morning["problem"])
    text = page.get_by_label("Text", exact=True)
    expect(text).to_contain_text("Remove questions that Appcast Apply cannot ask")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.get_by_label("Note").first.fill("I called them")
    page.get_by_role("button", name="Acknowledge").click()
    page.goto(morning["problem"])
    expect(page.get_by_role("cell", name="I called them")).to_be_visible()


def test_what_is_dangerous_asks_first_and_can_be_left(page: Page, morning: dict[str, str]) -> None:
    page.goto(morning["tenant"])
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Nothing is delivered to Lever until it is resumed")).to_be_visible()
    page.get_by_role("link", name="Leave it as it is").click()
    expect(page.get_by_role("heading", name="Live since")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused: what comes is stored and waits.")).to_be_visible()


def test_looking_as_the_customer_and_back(page: Page, morning: dict[str, str]) -> None:
    page.goto(morning["tenant"])
    page.get_by_label("Reason", exact=True).fill("They see no jobs")
    page.get_by_role("button", name="Look as the customer").click()
    expect(page.get_by_role("region", name="Visit")).to_contain_text("You look as Northwind Logistics does.")
    page.get_by_role("button", name="End the visit").click()
    page.wait_for_url(f"**{morning['tenant']}")


def test_a_question_of_support_is_two_clicks(page: Page, morning: dict[str, str]) -> None:
    page.goto(morning["list"])
    page.get_by_role("link", name="applications that need a person").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("#result_list tbody tr")).to_contain_text("Northwind Logistics")
