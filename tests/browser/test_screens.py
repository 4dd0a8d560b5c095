"""Every screen, wide and narrow, light and dark: accessible, nothing cut off, by keyboard and without scripts."""

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.urls import reverse
from playwright.sync_api import Browser, Page, ViewportSize
from pytest_django.live_server_helper import LiveServer

from onboarding import problems
from onboarding.models import Problem
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.onboarding.pages import STEP_KEYS
from tests.onboarding.rows import make_ready
from tests.onboarding.test_pages import in_trouble, live

from .sessions import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
Looks = tuple[tuple[ViewportSize, Literal["light", "dark"]], ...]
DESKTOP, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
ALL: Looks = ((DESKTOP, "light"), (PHONE, "dark"), (DESKTOP, "dark"), (PHONE, "light"))
# What a visitor can press first on each step that is not begun.
MAIN_BUTTONS = {
    "authorize": "Authorize Lever",
    "feed": "Check this address",
    "webhooks": "Save the token of Application Created",
    "stages": "Show how this is understood",
    "policies": "Save and open the links",
    "rehearsal": "Start the rehearsal",
}
# Django's own rows of the change form and its list's filter are not ours to mend.
STOCK = ["#changelist-filter", "#changelist-form .actions", ".submit-row", ".breadcrumbs"]


def paths_of(tenant: Tenant) -> list[str]:
    steps = [reverse(f"onboarding:{key}", args=[tenant.slug]) for key in STEP_KEYS]
    return [reverse("onboarding:checklist", args=[tenant.slug]), *steps]


def look(page: Page, path: str, looks: Looks, *, exclude: list[str] | None = None) -> None:
    for size, scheme in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.goto(path)
        found = Axe().run(page, context={"exclude": exclude} if exclude else None)
        assert found.violations_count == 0, f"{path} {size} {scheme}\n{found.generate_report()}"
        is_cut = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not is_cut, f"{path} scrolls sideways at {size}"


@pytest.mark.parametrize(
    ("state", "looks"), [(None, ALL[:1]), (make_ready, ALL[1:2]), (live, ALL), (in_trouble, ALL)]
)
def test_every_page_is_accessible_and_fits(
    page: Page, live_server: LiveServer, alice: User, northwind: Tenant, state: object, looks: Looks
) -> None:
    if callable(state):
        state(northwind)
    sign_in(page.context, alice, live_server.url)
    for path in paths_of(northwind):
        look(page, path, looks)


def test_a_refused_form_is_accessible_and_brings_its_summary_into_view(
    page: Page, live_server: LiveServer, alice: User, northwind: Tenant
) -> None:
    sign_in(page.context, alice, live_server.url)
    page.goto(reverse("onboarding:feed", args=[northwind.slug]))
    page.get_by_role("button", name="Check this address").click()
    summary = page.get_by_role("alert")
    assert summary.evaluate("it => it === document.activeElement")
    assert page.title().startswith("Error: ")
    assert Axe().run(page).violations_count == 0


ROOM_FOR_A_MESSAGE = 90


@pytest.mark.parametrize(
    ("state", "pressed"),
    [
        (in_trouble, {"webhooks": "#swap-tokens", "authorize": "#authorize-again"}),
        (make_ready, dict.fromkeys(STEP_KEYS[:-1], "#go-on")),
    ],
)
def test_what_is_to_be_pressed_is_seen_without_scrolling(
    page: Page,
    live_server: LiveServer,
    alice: User,
    northwind: Tenant,
    state: Callable[[Tenant], None],
    pressed: dict[str, str],
) -> None:
    """In German, whose words are longer."""
    alice.language = "de"
    alice.save()
    state(northwind)
    sign_in(page.context, alice, live_server.url)
    page.set_viewport_size(DESKTOP)
    for key, button in pressed.items():
        page.goto(reverse(f"onboarding:{key}", args=[northwind.slug]))
        box = page.locator(button).bounding_box()
        assert box, key
        assert box["y"] + box["height"] + ROOM_FOR_A_MESSAGE <= DESKTOP["height"], key


@pytest.mark.parametrize("key", MAIN_BUTTONS)
def test_the_keyboard_alone_reaches_the_main_button(
    page: Page, live_server: LiveServer, alice: User, northwind: Tenant, key: str
) -> None:
    sign_in(page.context, alice, live_server.url)
    page.goto(reverse(f"onboarding:{key}", args=[northwind.slug]))
    button = page.get_by_role("button", name=MAIN_BUTTONS[key], exact=True)
    for _ in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("it => it === document.activeElement"):
            break
    else:
        raise AssertionError(f"{MAIN_BUTTONS[key]!r} was not reached.")
    assert button.evaluate("it => getComputedStyle(it).outlineStyle") != "none"


def test_a_button_keeps_the_keyboard_while_the_live_part_around_it_changes(
    page: Page, live_server: LiveServer, alice: User, northwind: Tenant
) -> None:
    make_ready(northwind)
    sign_in(page.context, alice, live_server.url)
    page.clock.install()
    page.goto(reverse("onboarding:feed", args=[northwind.slug]))
    page.get_by_role("button", name="Sync now").focus()
    with page.expect_response(lambda it: it.request.headers.get("hx-target") == "live"):
        page.clock.run_for(5_000)
    page.wait_for_function("document.activeElement.id === 'sync-now'")


@pytest.fixture
def plain(browser: Browser, portal_at_rest: str) -> Iterator[Page]:
    """A browser that runs no scripts."""
    with browser.new_context(base_url=portal_at_rest, java_script_enabled=False) as context:
        yield context.new_page()


def test_without_scripts_every_page_works_with_its_link_to_look_again(
    plain: Page, live_server: LiveServer, alice: User, northwind: Tenant
) -> None:
    make_ready(northwind)
    sign_in(plain.context, alice, live_server.url)
    for path in paths_of(northwind):
        plain.goto(path)
        plain.get_by_role("link", name="Check again").click()
        assert plain.url == f"{live_server.url}{path}"


def test_without_scripts_the_presses_do_their_things(
    plain: Page, live_server: LiveServer, alice: User, northwind: Tenant
) -> None:
    make_ready(northwind)
    sign_in(plain.context, alice, live_server.url)
    plain.goto(reverse("onboarding:go-live", args=[northwind.slug]))
    plain.get_by_role("button", name="Ask to go live").click()
    assert plain.locator("#live .tag").inner_text() == "Checking"


def test_the_desk_is_accessible(page: Page, live_server: LiveServer, carol: User, northwind: Tenant) -> None:
    in_trouble(northwind)
    problems.diagnose(northwind)
    sign_in(page.context, carol, live_server.url)
    with tenant_scope(northwind.pk):
        problem = Problem.objects.filter(resolved_at=None).values_list("pk", flat=True)[0]
    for path in (
        *("/admin/", "/admin/tenants/tenant/", f"/admin/tenants/tenant/{northwind.pk}/change/"),
        *(f"/admin/onboarding/problem/{problem}/change/", "/admin/runbook/"),
    ):
        look(page, path, ALL, exclude=STOCK)


def test_the_page_of_the_api_is_accessible(page: Page, live_server: LiveServer) -> None:
    """With all replies opened."""
    page.context.add_init_script(
        "addEventListener('load', () => document.querySelectorAll('details').forEach(it => { it.open = true; }))"
    )
    look(page, reverse("webhooks:openapi-view"), ALL)
