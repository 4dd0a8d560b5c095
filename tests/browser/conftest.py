"""A page of Debian's Chromium on the portal, held to what every screen promises: no script fails or is blocked."""

import os
import threading
from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from dev.chromium import find_chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MILLISECONDS = 10_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread, and Django would refuse the tests' own queries beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def portal_at_rest(live_server: LiveServer) -> Iterator[str]:
    """The portal's address. What a page still asks while it closes is answered before the tables are emptied."""
    under_way = 0
    changed = threading.Condition()

    def count(change: int) -> None:
        nonlocal under_way
        with changed:
            under_way += change
            changed.notify_all()

    def began(**_: object) -> None:
        count(1)

    def ended(**_: object) -> None:
        count(-1)

    request_started.connect(began)
    request_finished.connect(ended)
    yield live_server.url
    with changed:
        assert changed.wait_for(lambda: under_way == 0, timeout=WAIT_MILLISECONDS / 1000)
    request_started.disconnect(began)
    request_finished.disconnect(ended)


@pytest.fixture
def page(browser: Browser, portal_at_rest: str) -> Iterator[Page]:
    """`page.goto("/…")` is on the portal. What the console calls an error, a blocked script say, fails the test."""
    complaints: list[str] = []
    with browser.new_context(base_url=portal_at_rest) as context:
        page = context.new_page()
        page.set_default_timeout(WAIT_MILLISECONDS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.extend(errors_in(message)))
        yield page
    assert complaints == []


def errors_in(message: ConsoleMessage) -> list[str]:
    """An answer other than 2xx is no script's error: tests visit pages that are refused.

    What has no address is no page's either, but what a test itself lets the browser evaluate.
    """
    is_complaint = message.type == "error" and not message.text.startswith("Failed to load resource")
    return [message.text] if is_complaint and message.location["url"] else []
