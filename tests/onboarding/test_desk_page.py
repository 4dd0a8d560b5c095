"""The page of one tenant: is it healthy, what is missing, what happened last, in few statements."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import problems
from onboarding.health import counting
from onboarding.models import Problem
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.tenants.belongings import furnish

from .pages import text, words
from .queries import counted
from .rows import delivered, endpoint, make_ready

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


def address(tenant: Tenant) -> str:
    return reverse("admin:tenants_tenant_change", args=[tenant.pk])


def section(desk: Client, tenant: Tenant, name: str) -> str:
    return text(desk.get(address(tenant))).split(f'id="desk-{name}"')[1].split("</section>")[0]


@pytest.mark.parametrize("state", ["ready", "one row of every kind"])
def test_its_statements_are_few_whatever_it_has(
    desk: Client, northwind: Tenant, southgate: Tenant, state: str
) -> None:
    make_ready(northwind) if state == "ready" else furnish(northwind)
    furnish(southgate)
    problems.diagnose(northwind)
    with counted() as statements:
        assert desk.get(address(northwind)).status_code == 200
    assert len(statements) <= MOST_QUERIES


def test_it_begins_with_how_the_tenant_stands(desk: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    problems.diagnose(northwind)
    counting.recount()
    told = words(desk.get(address(northwind))).split("Open problems")[0]
    assert "Being set up" in told
    assert "7 of 8 steps settled" in told
    assert "the customer acts next" in told


def test_it_shows_the_permissions_that_were_not_given(desk: Client, northwind: Tenant, alice: User) -> None:
    factories.ConnectionFactory.create(
        tenant=northwind,
        scopes=["postings:read:admin"],
        asked_scopes=["postings:read:admin", "stages:read:admin"],
        authorized_by=alice,
    )
    told = section(desk, northwind, "connection")
    assert "Asked for and not given: stages:read:admin" in told
    assert "authorized by alice@northwind.example" in told


def test_each_event_has_its_last_two_weeks(desk: Client, northwind: Tenant) -> None:
    to = endpoint(northwind, "stage_changed")
    for _ in range(3):
        delivered(to)
    told = section(desk, northwind, "webhooks")
    assert 'aria-label="3 in 14 days' in told
    assert told.count("<svg") == 1


def test_its_people_and_their_invitations_stand_together(
    desk: Client, northwind: Tenant, alice: User
) -> None:
    factories.InvitationFactory.create(tenant=northwind, email="kim@northwind.example")
    factories.InvitationFactory.create(
        tenant=northwind, email="old@northwind.example", expires_at=timezone.now() - timedelta(days=1)
    )
    told = section(desk, northwind, "people")
    assert "alice@northwind.example" in told
    assert "invited; mailed" in told
    assert "the invitation has expired" in told


def test_what_happened_is_one_time_line_that_leads_to_every_row(desk: Client, northwind: Tenant) -> None:
    rows = furnish(northwind)
    told = section(desk, northwind, "history")
    for model, row in rows.items():
        if model._meta.label in {
            "integrations.FeedSync",
            "integrations.Delivery",
            "integrations.Conversion",
            "webhooks.WebhookEvent",
            "onboarding.Problem",
            "tenants.AuditEvent",
        }:
            page = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
            assert page in told, model
            assert desk.get(page).status_code == 200


def test_who_pressed_what_stands_in_the_time_line(desk: Client, northwind: Tenant, carol: User) -> None:
    factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now() - timedelta(hours=3))
    problems.diagnose(northwind)
    with tenant_scope(northwind.pk):
        problem = Problem.objects.get()
    problems.acknowledge(problem, "I am on it", carol)
    told = section(desk, northwind, "history")
    assert "Problem: The job feed is late" in told
    assert f"acknowledged, {carol.email}" in told


def test_a_note_is_kept_for_staff_and_not_shown_to_the_customer(
    desk: Client, northwind: Tenant, browser: Client
) -> None:
    desk.post(
        reverse("admin:tenants_tenant_act", args=[northwind.pk, "note"]), {"note": "Call them on Monday"}
    )
    assert "Call them on Monday" in text(desk.get(address(northwind)))
    assert "Call them on Monday" not in text(browser.get("/t/northwind/"))


def test_a_problem_has_a_page_with_its_history_and_a_text_to_send(
    desk: Client, northwind: Tenant, carol: User
) -> None:
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    (problem,) = problems.diagnose(northwind)
    problems.acknowledge(problem, "Called them", carol)
    page = text(desk.get(reverse("admin:onboarding_problem_change", args=[problem.pk])))
    assert "Ready to send to the customer" in page
    assert "What to do: Remove questions that Appcast Apply cannot ask." in page
    assert "Called them" in page
    assert "within 24 hours of the fault" in page
    assert f"{reverse('admin:runbook')}#forms.unsupported" in page


@pytest.mark.parametrize("code", sorted(problems.KINDS))
def test_the_desk_leads_to_every_code_in_its_runbook(desk: Client, code: str) -> None:
    assert f'<span id="{code}"></span>' in text(desk.get(reverse("admin:runbook")))


def test_the_feed_is_told_in_both_directions_with_what_differs(desk: Client, northwind: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=northwind, site="acme", synced_at=timezone.now())
    factories.FeedSyncFactory.create(
        tenant=northwind, feed=feed, status="held", closed=1, missing=["Night <Driver>"]
    )
    factories.OutgoingFeedFactory.create(
        tenant=northwind,
        feed=feed,
        jobs=31,
        findings={"counts": {"no_town": 2}, "count": 2},
        published_at=timezone.now(),
    )
    factories.FeedComparisonFactory.create(
        tenant=northwind,
        in_ats=9,
        in_feed=8,
        read_at=timezone.now(),
        counts={"unlisted": 1},
        differences=[{"external_id": "1", "title": "Secret Agent", "why": "unlisted"}],
    )
    told = " ".join(section(desk, northwind, "feed").split())
    for words_of_it in (
        "Ours: 31 jobs",
        "last fetched never",
        "2 jobs that boards may refuse",
        "no_town: 2",
        "Lever's list 9, the feed 8: 1 difference, compared now",
        "Secret Agent: unlisted",
        "Night <Driver>",
    ):
        assert words_of_it in told
