"""What a customer's Super Admin does in a browser, while the test does the worker's part."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from onboarding import policies
from onboarding.models import PolicyLink
from sandbox.server import Server
from tenants.scoping import across_tenants
from tests.lever_world import lift_limits
from tests.onboarding.lever import settle

from .hands import Hands

# No live part waits longer for its next look.
LIVE_AFTER_MS = 5_000
ADMIN = "admin@northwind.example"


class Customer:
    """`presses` are the buttons of the portal that were pressed, `typed` and `pasted` what was entered into it."""

    def __init__(self, page: Page, sandbox: Server, hands: Hands) -> None:
        self.page = page
        page.context.grant_permissions(["clipboard-write"])
        page.clock.install()
        self.lever = page.context.new_page()
        self.sandbox = sandbox
        self.hands = hands
        self.presses: list[str] = []
        self.typed: list[str] = []
        self.pasted: list[str] = []

    def press(self, button: str) -> None:
        self.presses.append(button)
        self.hands.press(self.page.get_by_role("button", name=button, exact=True))

    def choose(self, group: str, choice: str) -> None:
        self.hands.check(self.page.get_by_role("group", name=group).get_by_label(choice))

    def paste(self, field: Locator) -> None:
        self.hands.paste(field)
        self.pasted.append(field.input_value())

    def copy(self, button: Locator) -> None:
        """Here or in Lever; the button says when it is done."""
        self.hands.press(button)
        expect(button.page.get_by_text("Copied", exact=True)).to_be_visible()

    def open_step(self, title: str) -> None:
        """From the checklist, to which every step leads back."""
        back = self.page.get_by_role("link", name="Back to the checklist")
        if back.count():
            self.hands.press(back)
        self.hands.press(self.page.locator(".task-list").get_by_role("link", name=title, exact=True))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    def sees(self, state: str) -> None:
        """The live part changes by itself: the page is the one that was there before."""
        self.page.evaluate("window.isSamePage = true")
        self.work()
        self.page.clock.run_for(LIVE_AFTER_MS)
        expect(self.page.locator("#live .tag")).to_have_text(state)
        assert self.page.evaluate("window.isSamePage"), "The page was loaded again."

    def work(self) -> None:
        """The worker's part, until Lever's webhooks have come and are processed."""
        lift_limits(self.sandbox)
        settle(self.sandbox)
        with across_tenants("a test's worker"):
            links = list(PolicyLink.objects.filter(checked_at=None).values_list("pk", flat=True))
        for link_id in links:
            policies.run(link_id)


@contextmanager
def in_lever(customer: Customer, path: str) -> Iterator[Page]:
    """The other tab of the same browser, on one of Lever's pages. It stays open behind the portal's."""
    customer.lever.bring_to_front()
    customer.lever.goto(f"{customer.sandbox.url}{path}")
    yield customer.lever
    customer.page.bring_to_front()
