"""The pages of people and of leaving in each of their states: accessible, and nothing cut off."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from onboarding import leaving
from tenants import fresh
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.onboarding.pages import url
from tests.onboarding.rows import make_ready

from .sessions import sign_in
from .test_screens import ALL, look

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


def test_the_pages_of_people_and_of_leaving(
    page: Page,
    live_server: LiveServer,
    northwind: Tenant,
    alice: User,
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_ready(northwind)
    factories.InvitationFactory.create(tenant=northwind, role="member", steps=["feed", "webhooks"])
    with tenant_scope(northwind.pk):
        bobs = Membership.objects.get(user=bob)
    sign_in(page.context, alice, live_server.url)
    person = url("person", northwind, bobs.pk)
    for path in (
        *(url(name, northwind) for name in ("people", "people_leave", "leave", "leave_end")),
        person,
    ):
        look(page, path, ALL)
    monkeypatch.setattr(fresh, "has_just_signed_in", lambda request: True)
    look(page, url("leave_end", northwind), ALL)
    page.get_by_role("button", name="End the connection").click()
    assert page.title().startswith("Error: ")
    assert page.get_by_role("alert").evaluate("it => it === document.activeElement")


def test_the_page_of_a_helper(page: Page, live_server: LiveServer, northwind: Tenant, bob: User) -> None:
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=["feed", "webhooks"])
    sign_in(page.context, bob, live_server.url)
    look(page, url("checklist", northwind), ALL)


def test_the_page_that_is_left(page: Page, live_server: LiveServer, northwind: Tenant, alice: User) -> None:
    leaving.end(northwind, alice)
    factories.FeedFactory.create(tenant=northwind)
    sign_in(page.context, alice, live_server.url)
    look(page, url("leave", northwind), ALL)


def test_the_steps_show_once_they_mean_something(
    page: Page, live_server: LiveServer, northwind: Tenant, alice: User
) -> None:
    sign_in(page.context, alice, live_server.url)
    page.goto(url("people", northwind))
    steps = page.get_by_role("group", name="Which steps")
    assert not steps.is_visible()
    page.get_by_label("Helps with the steps marked below").check()
    assert steps.is_visible()
