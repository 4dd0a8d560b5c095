"""Staff look as the customer: every page, nothing to change, for a while, on record."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants import visits
from tenants.models import AuditEvent, Membership, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.people import browser_of

pytestmark = pytest.mark.django_db
PAGES = ("", "setup/", "authorize/", "feed/", "webhooks/", "stages/", "policies/", "forms/", "people/")


@pytest.fixture
def visitor(carol: User, northwind: Tenant, alice: User) -> Client:
    """Carol, as a mere agent of Customer Success, at Northwind."""
    User.objects.filter(pk=carol.pk).update(is_superuser=False, role=User.Role.CS)
    browser = browser_of(carol)
    assert visit(browser, northwind, "They see no jobs").status_code == 302
    return browser


def visit(browser: Client, tenant: Tenant, reason: str = "They ask"):  # type: ignore[no-untyped-def]
    return browser.post(reverse("admin:tenants_tenant_visit", args=[tenant.pk]), {"reason": reason})


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_a_banner(visitor: Client, page: str) -> None:
    answer = visitor.get(f"/t/northwind/{page}")
    assert answer.status_code == 200
    assert b"You look as Northwind Logistics does." in answer.content


@pytest.mark.parametrize("page", ["feed/", "feed/sync/", "people/invite/", "leave/end/", "authorize/start/"])
def test_nothing_can_be_changed(visitor: Client, page: str) -> None:
    assert visitor.post(f"/t/northwind/{page}").status_code == 403


def test_another_tenant_stays_closed(visitor: Client, southgate: Tenant) -> None:
    assert visitor.get("/t/southgate/").status_code == 404


def test_no_place_is_left_and_it_is_on_record(visitor: Client, carol: User, northwind: Tenant) -> None:
    visitor.get("/t/northwind/")
    with tenant_scope(northwind.pk):
        assert not Membership.objects.filter(user=carol).exists()
        event = AuditEvent.objects.get(action="tenant.visited")
    assert (event.actor, event.detail["reason"]) == (carol, "They see no jobs")


def test_it_ends_by_itself(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + visits.LASTS + timedelta(seconds=1)
    monkeypatch.setattr("tenants.visits.timezone.now", lambda: later)
    assert visitor.get("/t/northwind/").status_code == 404


def test_it_ends_when_it_is_ended(visitor: Client, northwind: Tenant) -> None:
    answer = visitor.post(reverse("admin:end_visit"))
    assert answer.headers["Location"] == reverse("admin:tenants_tenant_change", args=[northwind.pk])
    assert visitor.get("/t/northwind/").status_code == 404


def test_it_ends_with_the_right_to_it(visitor: Client, carol: User) -> None:
    User.objects.filter(pk=carol.pk).update(role=User.Role.AUDITOR)
    assert visitor.get("/t/northwind/").status_code == 404


def test_without_a_reason_nobody_looks(visitor: Client, southgate: Tenant) -> None:
    visit(visitor, southgate, "  ")
    assert visitor.get("/t/southgate/").status_code == 404
    with across_tenants("a test looks"):
        assert AuditEvent.objects.filter(action="tenant.visited").count() == 1


@pytest.mark.parametrize("role", [User.Role.AUDITOR, ""])
def test_whoever_has_no_right_to_it_is_refused(carol: User, northwind: Tenant, role: str) -> None:
    User.objects.filter(pk=carol.pk).update(is_superuser=False, role=role)
    assert visit(browser_of(carol), northwind).status_code == 403


def test_a_customer_cannot_begin_one(alice: User, southgate: Tenant) -> None:
    browser = browser_of(alice)
    assert visit(browser, southgate).status_code == 302
    assert browser.get("/t/southgate/").status_code == 404


def test_a_member_is_told_of_no_visit(alice: User, northwind: Tenant) -> None:
    assert b"You look as" not in browser_of(alice).get("/t/northwind/").content
