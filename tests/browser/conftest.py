"""A page of Debian's Chromium on the portal, held to what every screen promises: no script fails or is blocked."""

import os
import socket
import threading
from collections.abc import Iterator

import pytest
import requests
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
def portal_at_rest(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The portal's address. Who still asks while a page closes is served to the end before the tables are emptied."""
    server = live_server.thread.httpd
    connected: set[object] = set()
    changed = threading.Condition()
    accept, serve = server.process_request, server.process_request_thread

    def accepted(connection: socket.socket, address: object) -> None:
        with changed:
            connected.add(connection)
        accept(connection, address)

    def served(connection: socket.socket, address: object) -> None:
        serve(connection, address)
        with changed:
            connected.remove(connection)
            changed.notify_all()

    monkeypatch.setattr(server, "process_request", accepted)
    monkeypatch.setattr(server, "process_request_thread", served)
    yield live_server.url
    requests.get(
        f"{live_server.url}/-/live", timeout=WAIT_MILLISECONDS / 1000
    )  # answered after all who knocked before
    with changed:
        assert changed.wait_for(lambda: not connected, timeout=WAIT_MILLISECONDS / 1000), connected


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
