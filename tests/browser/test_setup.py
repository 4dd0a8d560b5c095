"""The whole set-up as a customer goes through it, in a real browser, with Lever's own pages beside it.

By discovery, where all permissions are allowed, and by hand, where only those that Appcast Apply needs; each
with the mouse and with the keyboard alone.
"""

import re
import time
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from django.core import mail
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from onboarding.models import Rehearsal
from sandbox.server import Server
from tenants import invitations
from tenants.models import Tenant, User
from tests.lever_world import make_due

from .customer import ADMIN, Customer, in_lever
from .hands import Hands, Keyboard, Mouse
from .sessions import sign_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
QUESTION = "Must a link to your {} stand on the application forms?"
EVENTS = ("Application Created", "Candidate Stage Change")
# These confirm something; the other presses begin what Lever or the portal then does.
CONFIRMATIONS = {
    "Yes, this is our feed",
    "Make the webhooks in Lever",
    "Confirm these stages",
    "Save and open the links",
    "Ask to go live",
}


@pytest.fixture
def hands() -> Hands:
    """Whoever can do all of it with the keyboard can with the mouse; the shorter way is tried with both."""
    return Keyboard()


@pytest.fixture
def customer(
    request: pytest.FixtureRequest,
    portal: LiveServer,
    sandbox: Server,
    page: Page,
    hands: Hands,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Customer]:
    """How long it took is told, and judged by whoever reads it."""
    customer = Customer(page, sandbox, hands)
    began = time.monotonic()
    yield customer
    with capsys.disabled():
        print(f"\n{request.node.name}: {time.monotonic() - began:.1f} s", end="", flush=True)


@pytest.mark.parametrize("hands", [Mouse(), Keyboard()], ids=["mouse", "keyboard"])
def test_by_discovery_a_customer_goes_live(customer: Customer, northwind: Tenant, carol: User) -> None:
    accept_the_invitation(customer, northwind)
    authorize(customer)
    connect_the_feed(customer)
    make_the_webhooks(customer)
    confirm_the_stages(customer)
    state_the_policies(customer)
    mend_the_forms(customer)
    rehearse(customer, is_archived_by_us=True)
    go_live(customer, northwind, carol)
    assert len(CONFIRMATIONS.intersection(customer.presses)) <= 5
    assert len(customer.presses) == 9
    assert customer.typed == customer.pasted == []


def test_by_hand_a_customer_goes_live(customer: Customer, northwind: Tenant, carol: User) -> None:
    accept_the_invitation(customer, northwind)
    authorize(customer, "Authorize with only what is needed")
    expect(customer.page.locator("#live")).to_contain_text("Not asked for")
    paste_the_feed(customer)
    set_up_the_webhooks(customer)
    paste_the_stages(customer)
    state_the_policies(customer)
    mend_the_forms(customer)
    rehearse(customer, is_archived_by_us=False)
    go_live(customer, northwind, carol)
    assert customer.typed == []
    assert len(set(customer.pasted)) == len(customer.pasted) == 4, "Something was entered twice."


def accept_the_invitation(customer: Customer, tenant: Tenant) -> None:
    invitations.invite(tenant, invitations.Invitee(ADMIN), invited_by=None)
    link = re.search(r"http\S+/invitations/\S+", str(mail.outbox[0].body))
    assert link
    customer.page.goto(link[0])
    customer.press("Accept the invitation")
    expect(customer.page.get_by_role("heading", level=1)).to_have_text("Connect Lever and Appcast")


def authorize(customer: Customer, button: str = "Authorize Lever") -> None:
    customer.open_step("Authorize Lever")
    customer.press(button)
    lever = customer.page
    customer.hands.write(lever.get_by_label("E-mail"), ADMIN)
    customer.hands.press(lever.get_by_role("button", name="Continue"))
    customer.hands.press(lever.get_by_role("button", name="Accept"))
    expect(customer.page.get_by_text("Lever is authorized.")).to_be_visible()
    customer.sees("Done")
    expect(customer.page.locator("#live")).to_contain_text("northwind")


def connect_the_feed(customer: Customer) -> None:
    with in_lever(customer, "/settings/integrations") as lever:
        customer.hands.press(lever.get_by_role("switch", name="Job posting feed"))
    customer.open_step("Connect the job feed")
    customer.press("Yes, this is our feed")
    customer.sees("Done")
    expect(customer.page.locator("#live")).to_contain_text(re.compile(r"\d+ published jobs read"))


def paste_the_feed(customer: Customer) -> None:
    customer.open_step("Connect the job feed")
    with in_lever(customer, "/settings/integrations") as lever:
        customer.hands.press(lever.get_by_role("switch", name="Job posting feed"))
        customer.copy(lever.get_by_role("button", name="COPY"))
    customer.paste(customer.page.get_by_label("Job posting feed URL"))
    customer.press("Check this address")
    customer.sees("Done")


def make_the_webhooks(customer: Customer) -> None:
    customer.open_step("Switch on the webhooks")
    customer.press("Make the webhooks in Lever")
    with in_lever(customer, "/settings/webhooks") as lever:
        for name in EVENTS:
            customer.hands.press(lever.get_by_role("switch", name=name))
    customer.sees("Waiting for Lever")


def set_up_the_webhooks(customer: Customer) -> None:
    """Of each event our URL goes to Lever and Lever's signature token comes back."""
    customer.open_step("Switch on the webhooks")
    for name in EVENTS:
        card = customer.page.get_by_role("region", name=name)
        customer.copy(card.get_by_role("button", name="Copy Webhook URL"))
        with in_lever(customer, "/settings/webhooks") as lever:
            customer.hands.press(lever.get_by_role("switch", name=name))
            event = lever.locator("section", has=lever.get_by_role("heading", name=name))
            customer.hands.paste(event.get_by_label(f"Webhook URL for {name}"))
            customer.hands.press(event.get_by_role("button", name="Add"))
            customer.hands.press(event.get_by_role("button", name="Generate token"))
            customer.hands.press(event.locator("summary"))
            customer.copy(event.get_by_role("button", name="COPY"))
        customer.paste(card.get_by_label("Signature token"))
        customer.press(f"Save the token of {name}")
    customer.sees("Waiting for Lever")


def confirm_the_stages(customer: Customer) -> None:
    customer.open_step("Record the hiring stages")
    customer.press("Confirm these stages")
    customer.sees("Done")


def paste_the_stages(customer: Customer) -> None:
    """Copied one by one into a document, as Lever's page shows them, and pasted whole."""
    with in_lever(customer, "/settings/pipeline") as lever:
        recorded = [recorded_workflow(lever, number) for number in range(lever.locator("ol.stages").count())]
        lever.evaluate("text => navigator.clipboard.writeText(text)", "\n\n".join(recorded))
    customer.open_step("Record the hiring stages")
    customer.paste(customer.page.get_by_label("Stage names and ids"))
    customer.press("Show how this is understood")
    customer.hands.press(customer.page.get_by_role("button", name=re.compile(r"Keep these \d+ stages")))
    customer.press("Confirm these stages")
    customer.sees("Done")


def recorded_workflow(lever: Page, number: int) -> str:
    workflow = lever.locator("section", has=lever.locator("ol.stages")).nth(number)
    lines = [workflow.get_by_role("heading").inner_text()]
    for stage in workflow.locator("li").all():
        stage.locator("summary").click()
        lines.append(f"{stage.locator('span').first.inner_text()}: {stage.locator('code').inner_text()}")
    return "\n".join(lines)


def state_the_policies(customer: Customer) -> None:
    customer.open_step("Privacy policy and terms")
    for policy in ("privacy policy", "terms and conditions"):
        customer.choose(QUESTION.format(policy), "No, no link is needed")
    customer.press("Save and open the links")
    customer.sees("Done")


def mend_the_forms(customer: Customer) -> None:
    customer.open_step("Check the application forms")
    customer.sees("Needs attention")
    for posting in customer.sandbox.world.accounts["northwind"].postings.values():
        if posting.unsupported_types:
            with in_lever(customer, f"/jobs/postings/edit/{posting.id}") as lever:
                customer.hands.press(lever.get_by_role("button", name="Remove University Picker"))
    customer.press("Read the forms again")
    customer.sees("Done")


def rehearse(customer: Customer, *, is_archived_by_us: bool) -> None:
    """The test candidate ends in the archive, by the portal's hand or by the customer's."""
    customer.open_step("Rehearse with a test application")
    customer.press("Start the rehearsal")
    customer.sees("In progress")
    expect(customer.page.locator("#live")).to_contain_text("Next: Move “Appcast Rehearsal” in Lever")
    with in_lever(customer, "/candidates") as lever:
        row = lever.get_by_role("row", name="Appcast Rehearsal")
        customer.hands.pick(row.get_by_label("Stage of Appcast Rehearsal"), "Phone screen")
        customer.hands.press(row.get_by_role("button", name="Move"))
    customer.sees("Done")
    if not is_archived_by_us:
        with in_lever(customer, "/candidates") as lever:
            row = lever.get_by_role("row", name="Appcast Rehearsal")
            customer.hands.press(row.get_by_role("button", name="Archive", exact=True))
    make_due(Rehearsal)
    customer.sees("Done")
    part = customer.page.locator('[data-part="Test candidate archived"]')
    expect(part).to_have_attribute("data-state", "proved" if is_archived_by_us else "unprovable")
    with in_lever(customer, "/candidates") as lever:
        row = lever.get_by_role("row", name="Appcast Rehearsal")
        expect(row.get_by_role("button", name="Unarchive")).to_be_visible()


def go_live(customer: Customer, tenant: Tenant, carol: User) -> None:
    customer.open_step("Go live")
    customer.press("Ask to go live")
    customer.sees("Checking")
    expect(customer.page.locator("#live")).to_contain_text("Customer Success is having a last look.")
    browser = customer.page.context.browser
    assert browser
    with browser.new_context() as office:
        approve(office, tenant, carol, customer.page.url)
    customer.sees("Done")


def approve(office: BrowserContext, tenant: Tenant, carol: User, portal: str) -> None:
    sign_in(office, carol, portal)
    desk = office.new_page()
    desk.goto(urljoin(portal, f"/admin/tenants/tenant/{tenant.pk}/change/"))
    desk.get_by_role("button", name="Approve go-live").click()
    expect(desk.get_by_text("Appcast advertises")).to_be_visible()
    desk.get_by_role("button", name="Approve go-live").click()
    expect(desk.locator(".messagelist")).to_be_visible()
