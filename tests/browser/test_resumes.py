"""A résumé is opened at the desk in a browser: by the keyboard, for a reason, as a file, on record and told."""

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from integrations.models import Application
from integrations.services import resumes
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants
from tests import factories
from tests.onboarding import on_the_way
from tests.onboarding.test_status_page import go_live
from tests.people import browser_of

from .hands import Keyboard
from .sessions import sign_in
from .test_screens import ALL, STOCK, look

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
PDF = b"%PDF-1.4 of Ada"
WHY = "The customer says that the file is empty"


@pytest.fixture
def application(northwind: Tenant) -> Application:
    go_live(northwind)
    made: Application = on_the_way.reported(northwind).application
    factories.ApplicationFileFactory.create(tenant=northwind, application=made, data=PDF)
    return made


@pytest.fixture
def agent(carol: User) -> User:
    User.objects.filter(pk=carol.pk).update(is_superuser=False, role=User.Role.CS)
    return User.objects.get(pk=carol.pk)


def page_of(application: Application) -> str:
    return reverse("admin:integrations_application_resume", args=[application.pk])


def on_record() -> list[AuditEvent]:
    with across_tenants("a test reads the trail"):
        return list(AuditEvent.objects.filter(action=resumes.ACTION))


def test_by_the_keyboard_for_a_reason_it_arrives_as_a_file(
    page: Page, portal_at_rest: str, agent: User, application: Application
) -> None:
    sign_in(page.context, agent, portal_at_rest)
    hands = Keyboard()
    page.goto(reverse("admin:integrations_application_change", args=[application.pk]))
    hands.press(page.get_by_role("link", name="Open the résumé…"))
    look(page, page_of(application), ALL, exclude=STOCK)
    hands.write(page.get_by_label("Reason"), WHY)
    file = hands.download(page.get_by_role("button", name="Open the résumé"))
    assert file.suggested_filename == f"resume-{application.pk}.pdf"
    assert Path(file.path()).read_bytes() == PDF
    assert page.url == f"{portal_at_rest}{page_of(application)}"
    [event] = on_record()
    assert (event.actor, event.detail) == (agent, {"reason": WHY})


def test_the_customer_reads_that_it_was_opened_and_why(
    page: Page, portal_at_rest: str, agent: User, alice: User, application: Application
) -> None:
    browser_of(agent).post(page_of(application), {"reason": WHY})
    sign_in(page.context, alice, portal_at_rest)
    page.goto(reverse("onboarding:application", args=[application.tenant.slug, application.pk]))
    opened = page.locator(".timeline li", has_text="opened the résumé")
    expect(opened).to_contain_text(WHY)
    expect(page.get_by_text(agent.email)).to_have_count(0)


def test_without_the_second_factor_in_this_session_it_is_asked_for(
    page: Page, portal_at_rest: str, agent: User, application: Application
) -> None:
    """Whoever has a mailbox alone gets no further than that."""
    sign_in(page.context, agent, portal_at_rest, confirmed=False)
    page.goto(page_of(application))
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    assert reverse("mfa_reauthenticate") in page.url
    expect(page.get_by_label("Reason")).to_have_count(0)
    assert on_record() == []


def test_without_the_right_there_is_neither_a_link_nor_a_page(
    page: Page, portal_at_rest: str, agent: User, application: Application
) -> None:
    User.objects.filter(pk=agent.pk).update(role=User.Role.ENGINEER)
    sign_in(page.context, User.objects.get(pk=agent.pk), portal_at_rest)
    page.goto(reverse("admin:integrations_application_change", args=[application.pk]))
    expect(page.get_by_text("Résumé", exact=True)).to_have_count(0)
    answer = page.goto(page_of(application))
    assert answer
    assert answer.status == 403
    expect(page.get_by_label("Reason")).to_have_count(0)
    assert on_record() == []
