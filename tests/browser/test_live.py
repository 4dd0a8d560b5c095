"""The live part changes by itself: nothing jumps, nothing that was begun is lost, and only news is said aloud."""

from collections.abc import Callable
from itertools import product

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Response, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from onboarding.models import StepOverride
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.onboarding.pages import STEP_KEYS
from tests.onboarding.rows import make_ready
from tests.onboarding.test_pages import in_trouble

from .sessions import sign_in
from .test_screens import DESKTOP, PHONE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
WATCH_SHIFTS = """() => {
    window.shifts = [];
    new PerformanceObserver((seen) => {
        const place = (it) => it.node?.outerHTML?.slice(0, 90);
        for (const it of seen.getEntries()) window.shifts.push([it.value, it.sources.map(place)]);
    }).observe({ type: "layout-shift", buffered: true });
}"""
SETTLED = "() => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 150))"
PLACES: dict[str, str] = {
    "top": "scrollTo(0, 0)",
    "live part": "document.getElementById('live').scrollIntoView()",
    "end": "scrollTo(0, document.body.scrollHeight)",
}


def look_again(page: Page) -> Response:
    """The next look of the live part, without waiting for it."""
    with page.expect_response(lambda it: it.request.headers.get("hx-target") == "live") as looked:
        page.evaluate("htmx.trigger('#live', 'look')")
    page.evaluate(SETTLED)
    return looked.value


@pytest.mark.parametrize(
    ("size", "change"), [(DESKTOP, in_trouble), (PHONE, make_ready)], ids=["desk", "phone"]
)
def test_nothing_jumps_when_a_state_changes(
    page: Page,
    live_server: LiveServer,
    alice: User,
    northwind: Tenant,
    southgate: Tenant,
    size: ViewportSize,
    change: Callable[[Tenant], None],
) -> None:
    """Northwind's pages, on which nothing is begun, are told Southgate's state."""
    factories.MembershipFactory.create(tenant=southgate, user=alice)
    change(southgate)
    sign_in(page.context, alice, live_server.url)
    page.set_viewport_size(size)
    page.route(
        f"**/t/{northwind.slug}/**",
        lambda route: route.continue_(
            url=route.request.url.replace(northwind.slug, southgate.slug)
            if route.request.headers.get("hx-target") == "live"
            else None
        ),
    )
    shifts = {}
    for key, place in product(("checklist", *STEP_KEYS), PLACES):
        page.goto(reverse(f"onboarding:{key}", args=[northwind.slug]))
        page.evaluate(PLACES[place])
        page.evaluate(SETTLED)
        page.evaluate(WATCH_SHIFTS)
        assert southgate.slug in look_again(page).text()
        shifts[key, place] = page.evaluate("window.shifts")
    assert {at: found for at, found in shifts.items() if found} == {}


def test_what_has_not_changed_is_not_told_again(
    page: Page, live_server: LiveServer, alice: User, northwind: Tenant
) -> None:
    sign_in(page.context, alice, live_server.url)
    for key in ("checklist", *STEP_KEYS):
        page.goto(reverse(f"onboarding:{key}", args=[northwind.slug]))
        look_again(page)
        page.evaluate("document.getElementById('live').isSame = true")
        assert look_again(page).status == 304
        assert page.evaluate("document.getElementById('live').isSame")
        factories.StepOverrideFactory.create(tenant=northwind, step=key if key in STEP_KEYS else "feed")
        assert look_again(page).status == 200
        with tenant_scope(northwind.pk):  # its age in seconds would be news on the next page
            StepOverride.objects.all().delete()


def test_only_a_new_state_is_said_aloud(
    page: Page, live_server: LiveServer, alice: User, northwind: Tenant
) -> None:
    sign_in(page.context, alice, live_server.url)
    page.goto(reverse("onboarding:authorize", args=[northwind.slug]))
    announcer = page.locator("#announcer")
    look_again(page)
    expect(announcer).to_have_text("")
    make_ready(northwind)
    look_again(page)
    expect(announcer).to_contain_text("Done: Lever answers to our access")
    assert page.locator("#live").get_attribute("aria-live") is None


def test_what_was_opened_and_typed_and_focused_in_the_live_part_stays(
    page: Page, live_server: LiveServer, alice: User, northwind: Tenant
) -> None:
    sign_in(page.context, alice, live_server.url)
    page.goto(reverse("onboarding:feed", args=[northwind.slug]))
    look_again(page)
    page.evaluate("""() => {
        document.getElementById("live").innerHTML +=
            "<details id='d'><summary>More</summary></details><input id='i'><button id='b'>Go</button>";
        document.getElementById("d").open = true;
        document.getElementById("i").value = "half";
    }""")
    served = page.evaluate("document.getElementById('live').outerHTML")
    page.route(
        "**/feed/",
        lambda route: route.fulfill(
            status=200, content_type="text/html", body=served.replace("<details", "<p>New</p><details")
        ),
    )
    page.locator("#i").focus()
    look_again(page)
    expect(page.get_by_text("New")).to_have_count(0)
    page.locator("#b").focus()
    look_again(page)
    expect(page.get_by_text("New")).to_have_count(1)
    assert page.evaluate("[document.activeElement.id, i.value, d.open]") == ["b", "half", True]


def test_a_tab_that_nobody_sees_looks_seldom_and_at_once_when_it_is_seen_again(
    page: Page, live_server: LiveServer, alice: User, northwind: Tenant
) -> None:
    sign_in(page.context, alice, live_server.url)
    page.clock.install()
    looks: list[str] = []
    page.on("request", lambda it: looks.append(it.url) if it.headers.get("hx-target") == "live" else None)
    page.goto(reverse("onboarding:feed", args=[northwind.slug]))
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => window.isAway, configurable: true })"
    )
    page.evaluate("window.isAway = true")
    for _ in range(30):
        page.clock.run_for(3_000)
        page.wait_for_timeout(20)
    assert 1 <= len(looks) <= 4
    page.evaluate("window.isAway = false")
    with page.expect_request(lambda it: it.headers.get("hx-target") == "live"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
