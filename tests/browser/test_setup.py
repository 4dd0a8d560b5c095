"""The whole set-up as a customer goes through it, in a real browser, with Lever's own pages beside it."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from sandbox.server import Server
from tenants import invitations
from tenants.models import Tenant

from .customer import ADMIN, Customer, in_lever

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
QUESTION = "Must a link to your {} stand on the application forms?"
# Of the eight presses these confirm something; the others begin what Lever or the portal then does.
CONFIRMATIONS = {
    "Yes, this is our feed",
    "Make the webhooks in Lever",
    "Confirm these stages",
    "Save and open the links",
    "Ask to go live",
}


@pytest.fixture
def customer(portal: LiveServer, sandbox: Server, page: Page) -> Customer:
    return Customer(page, sandbox)


def test_a_customer_gets_from_the_invitation_to_going_live(customer: Customer, northwind: Tenant) -> None:
    accept_the_invitation(customer, northwind)
    authorize(customer)
    connect_the_feed(customer)
    switch_on_the_webhooks(customer)
    confirm_the_stages(customer)
    state_the_policies(customer)
    mend_the_forms(customer)
    rehearse(customer)
    ask_to_go_live(customer)
    assert len(CONFIRMATIONS.intersection(customer.presses)) <= 5
    assert len(customer.presses) == 9
    assert customer.typed == []


def accept_the_invitation(customer: Customer, tenant: Tenant) -> None:
    invitations.invite(tenant, invitations.Invitee(ADMIN), invited_by=None)
    link = re.search(r"http\S+/invitations/\S+", str(mail.outbox[0].body))
    assert link
    customer.page.goto(link[0])
    customer.page.locator("main form button").click()
    customer.presses.append("Accept the invitation")
    expect(customer.page.get_by_role("heading", level=1)).to_have_text("Connect Lever and Appcast")


def authorize(customer: Customer) -> None:
    customer.open_step("Authorize Lever")
    customer.press("Authorize Lever")
    lever = customer.page
    lever.get_by_label("E-mail").fill(ADMIN)
    lever.get_by_role("button", name="Continue").click()
    lever.get_by_role("button", name="Accept").click()
    expect(customer.page.get_by_text("Lever is authorized.")).to_be_visible()
    customer.sees("Done")
    expect(customer.page.locator("#live")).to_contain_text("northwind, region global")


def connect_the_feed(customer: Customer) -> None:
    with in_lever(customer, "/settings/integrations") as lever:
        lever.get_by_role("switch", name="Job posting feed").click()
    customer.open_step("Connect the job feed")
    customer.press("Yes, this is our feed")
    customer.sees("Done")
    expect(customer.page.locator("#live")).to_contain_text(re.compile(r"\d+ published jobs read"))


def switch_on_the_webhooks(customer: Customer) -> None:
    customer.open_step("Switch on the webhooks")
    customer.press("Make the webhooks in Lever")
    with in_lever(customer, "/settings/webhooks") as lever:
        for name in ("Application Created", "Candidate Stage Change"):
            lever.get_by_role("switch", name=name).click()
    customer.sees("Waiting for Lever")


def confirm_the_stages(customer: Customer) -> None:
    customer.open_step("Record the hiring stages")
    customer.press("Confirm these stages")
    customer.sees("Done")


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
            with in_lever(customer, f"/postings/{posting.id}") as lever:
                lever.get_by_role("button", name="Remove University Picker").click()
    customer.press("Read the forms again")
    customer.sees("Done")


def rehearse(customer: Customer) -> None:
    customer.open_step("Rehearse with a test application")
    customer.press("Start the rehearsal")
    customer.sees("In progress")
    expect(customer.page.locator("#live")).to_contain_text("Next: Moved to another stage")
    with in_lever(customer, "/candidates") as lever:
        row = lever.get_by_role("row", name="Appcast Rehearsal")
        row.get_by_label("Stage of Appcast Rehearsal").select_option("Phone screen")
        row.get_by_role("button", name="Move").click()
    customer.sees("Done")


def ask_to_go_live(customer: Customer) -> None:
    customer.open_step("Go live")
    customer.press("Ask to go live")
    customer.sees("Checking")
    expect(customer.page.locator("#live")).to_contain_text("Customer Success is having a last look.")
