"""What a remedy says to press can be pressed where the problem stands, by whoever may."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onboarding import problems
from onboarding.admin import handles
from onboarding.admin.actions import ACTIONS
from onboarding.desk import outside
from onboarding.models import Notice, Problem
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories

from .pages import staff_as, text, words
from .problems.causes import CAUSES

pytestmark = pytest.mark.django_db


def problem_of(tenant: Tenant, code: str, **fields: object) -> Problem:
    kind = problems.KINDS[code]
    made: Problem = factories.ProblemFactory.create(tenant=tenant, code=code, actor=kind.actor, **fields)
    return made


def seen(tenant: Tenant) -> None:
    """No look comes that would find another truth than a test made."""
    factories.HealthFactory.create(tenant=tenant, looked_at=timezone.now())


def pages_of(problem: Problem) -> tuple[str, str]:
    return (
        reverse("admin:onboarding_problem_change", args=[problem.pk]),
        reverse("admin:tenants_tenant_change", args=[problem.tenant_id]),
    )


def buttons_in(page: str, tenant: Tenant) -> list[str]:
    return re.findall(rf"/tenant/{tenant.pk}/act/(\w+)/", page)


def part(page: str, name: str) -> str:
    return page.split(f'id="{name}"')[1].split("</section>")[0]


def held_sync(tenant: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=tenant)
    factories.FeedSyncFactory.create(tenant=tenant, feed=feed, status="held", closed=34)


def test_every_handle_is_of_a_kind_an_action_and_a_list_that_there_are() -> None:
    assert set(handles.HANDLES) <= set(problems.KINDS)
    lists = {f"{it._meta.app_label}_{it._meta.model_name}" for it in admin.site._registry}
    for handle in handles.HANDLES.values():
        assert set(handle.presses) <= set(ACTIONS)
        assert handle.rows is None or handle.rows[0] in lists


@pytest.mark.parametrize("code", sorted(code for code, it in handles.HANDLES.items() if it.rows))
def test_the_list_that_is_linked_opens_and_shows_what_is_counted(
    desk: Client, northwind: Tenant, southgate: Tenant, code: str
) -> None:
    for tenant in (northwind, southgate):
        CAUSES[code](tenant)
    problems.diagnose(northwind)
    problem = problem_of(northwind, code, subject="again")
    rows = handles.handled(problem, {}, None).rows
    assert rows
    page = desk.get(rows.address)
    assert page.status_code == 200
    assert {it.tenant for it in page.context["cl"].result_list} == {northwind}


def test_the_remedy_of_a_drop_is_pressed_beside_it(desk: Client, northwind: Tenant) -> None:
    held_sync(northwind)
    problem, tenant = pages_of(problem_of(northwind, "feed.large_drop"))
    for page, place in ((problem, "problem-state"), (tenant, "desk-problems")):
        found = part(text(desk.get(page)), place)
        assert buttons_in(found, northwind)[:2] == ["accept_drop", "reject_drop"]
        assert "Accept the drop…" in found
        assert "Reject the drop<" in found


def test_a_drop_that_was_decided_on_is_no_problem_any_more(desk: Client, northwind: Tenant) -> None:
    held_sync(northwind)
    (problem,) = problems.diagnose(northwind)
    desk.post(reverse("admin:tenants_tenant_act", args=[northwind.pk, "reject_drop"]))
    with tenant_scope(northwind.pk):
        problem.refresh_from_db()
    assert (problem.status, problem.resolved_by) == ("resolved", None)


def test_what_waits_for_the_customer_can_be_reminded_of(desk: Client, northwind: Tenant) -> None:
    page, _ = pages_of(problem_of(northwind, "policy.unreachable"))
    assert buttons_in(part(text(desk.get(page)), "problem-state"), northwind) == ["remind"]


def test_no_form_of_a_problem_lies_in_another(desk: Client, northwind: Tenant) -> None:
    """A browser would send what is pressed to the outer one's address."""
    held_sync(northwind)
    page, _ = pages_of(problem_of(northwind, "feed.large_drop"))
    depth = 0
    for tag in re.findall(r"<(/?)form\b", text(desk.get(page))):
        depth += -1 if tag else 1
        assert depth in {0, 1}


def test_nothing_is_pressed_about_what_is_over_nor_by_who_may_not(
    desk: Client, northwind: Tenant, carol: User
) -> None:
    over, _ = pages_of(problem_of(northwind, "policy.unreachable", resolved_at=timezone.now()))
    assert buttons_in(text(desk.get(over)), northwind) == []
    held_sync(northwind)
    drop, _ = pages_of(problem_of(northwind, "feed.large_drop"))
    assert buttons_in(text(staff_as(carol, "auditor").get(drop)), northwind) == []


def test_a_problem_says_whom_we_have_told_of_it_and_whose_mail_is_refused(
    desk: Client, northwind: Tenant, alice: User
) -> None:
    now = timezone.now()
    about = {"tenant": northwind, "code": "connection.stopped"}
    page, tenant = pages_of(problem_of(northwind, "connection.stopped"))
    assert "Told by mail" not in text(desk.get(page))
    notice = factories.NoticeFactory.create(user=alice, sent_count=0, next_at=now, **about)
    assert f"{alice.email}: not yet; next with the next letter" in words(desk.get(page))
    notice.failed_at, notice.next_at = now, now + timedelta(minutes=15)
    with tenant_scope(northwind.pk):
        notice.save()
    for address in (page, tenant):
        told = words(desk.get(address)).replace("\xa0", " ")
        assert re.search(
            r"refused (now|\d+ seconds? ago|a second ago) ?, tried again 1\d minutes from now", told
        )


def refused(tenant: Tenant, **of: Any) -> Notice:
    """Somebody's mail that was not taken, and is tried again."""
    now = timezone.now()
    notice: Notice = factories.NoticeFactory.create(
        tenant=tenant, failed_at=now - timedelta(hours=2), next_at=now + timedelta(minutes=9), **of
    )
    return notice


def test_whom_a_reminder_would_not_reach_stands_beside_its_button(
    desk: Client, northwind: Tenant, alice: User, bob: User
) -> None:
    refused(northwind, user=alice)
    refused(northwind, user=alice, code="feed.late")
    pages = pages_of(problem_of(northwind, "policy.unreachable"))
    for page, name in zip(pages, ("problem-state", "desk-problems"), strict=True):
        shown = part(text(desk.get(page)), name)
        assert shown.count("The last e-mail to alice@northwind.example was refused 2") == 1
        assert "whose e-mails were taken: bob@northwind.example." in shown


def test_where_no_reminder_is_pressed_nothing_is_said_of_it(
    desk: Client, northwind: Tenant, alice: User
) -> None:
    refused(northwind, user=alice)
    page, _ = pages_of(problem_of(northwind, "feed.unanswered"))
    assert "The last e-mail to" not in text(desk.get(page))


def test_a_reminder_promises_nothing_to_whom_it_may_not_reach(
    desk: Client, northwind: Tenant, alice: User, bob: User
) -> None:
    refused(northwind, user=alice)
    factories.NoticeFactory.create(tenant=northwind, user=bob)
    answer = desk.post(reverse("admin:tenants_tenant_act", args=[northwind.pk, "remind"]), follow=True)
    (said,) = (str(it) for it in answer.context["messages"])
    assert said.startswith("1 person is reminded now. The last e-mail to alice@")


def test_what_is_pressed_at_a_problem_leads_back_to_it(
    desk: Client, northwind: Tenant, southgate: Tenant, alice: User
) -> None:
    problem, other = (problem_of(it, "policy.unreachable") for it in (northwind, southgate))
    at_problem, at_tenant = pages_of(problem)
    assert f'name="problem" value="{problem.pk}"' in part(text(desk.get(at_problem)), "problem-state")
    for named, page in ((problem.pk, at_problem), (other.pk, at_tenant), ("", at_tenant), ("x", at_tenant)):
        press = reverse("admin:tenants_tenant_act", args=[northwind.pk, "remind"])
        assert desk.post(press, {"problem": named}).headers["Location"] == page


def test_a_reminder_says_who_was_mailed_too_lately_for_it(
    desk: Client, northwind: Tenant, alice: User
) -> None:
    factories.NoticeFactory.create(tenant=northwind, user=alice, last_sent_at=timezone.now())
    answer = desk.post(reverse("admin:tenants_tenant_act", args=[northwind.pk, "remind"]), follow=True)
    (said,) = (str(it) for it in answer.context["messages"])
    assert said.startswith(
        "Mailed of something open within the last day, and reminded a day after that: alice@"
    )


@pytest.mark.parametrize("code", sorted(outside.OF_STATUS))
def test_what_lever_does_not_answer_leads_to_its_status_page(
    desk: Client, northwind: Tenant, code: str
) -> None:
    seen(northwind)
    for page in pages_of(problem_of(northwind, code)):
        assert 'href="https://status.lever.co"' in text(desk.get(page))


def test_a_large_drop_leads_to_the_careers_page_of_the_feeds_region(desk: Client, northwind: Tenant) -> None:
    factories.FeedFactory.create(tenant=northwind, url="https://api.eu.lever.co/v0/postings/acme?mode=xml")
    page, _ = pages_of(problem_of(northwind, "feed.large_drop"))
    assert 'href="https://jobs.eu.lever.co/acme"' in part(text(desk.get(page)), "problem-state")


def test_one_press_leads_to_the_customers_step_on_record(
    desk: Client, northwind: Tenant, alice: User, carol: User
) -> None:
    seen(northwind)
    for page, name in zip(
        pages_of(problem_of(northwind, "webhook.rejected")), ("problem-state", "desk-problems"), strict=True
    ):
        form = part(text(desk.get(page)), name).split("/visit/")[1].split("</form>")[0]
        given = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', form))
        answer = desk.post(reverse("admin:tenants_tenant_visit", args=[northwind.pk]), given)
        assert answer.headers["Location"] == reverse("onboarding:webhooks", args=["northwind"])
    assert desk.get(answer.headers["Location"]).status_code == 200
    with tenant_scope(northwind.pk):
        event = AuditEvent.objects.filter(action="tenant.visited").first()
    assert event
    assert event.detail["reason"] == "Webhooks come that are not correctly signed"


def test_who_looked_from_a_problem_comes_back_to_it(desk: Client, northwind: Tenant) -> None:
    problem = problem_of(northwind, "webhook.rejected")
    page, _ = pages_of(problem)
    given = {"step": "webhooks", "reason": "They ask", "problem": problem.pk}
    desk.post(reverse("admin:tenants_tenant_visit", args=[northwind.pk]), given)
    assert desk.post(reverse("admin:end_visit")).headers["Location"] == page


def test_no_step_is_offered_of_what_is_over_or_to_whom_may_not_look(
    desk: Client, northwind: Tenant, carol: User
) -> None:
    problem = problem_of(northwind, "webhook.rejected")
    page, _ = pages_of(problem)
    assert "/visit/" not in text(staff_as(carol, User.Role.AUDITOR).get(page))
    with tenant_scope(northwind.pk):
        Problem.objects.update(status="resolved", resolved_at=timezone.now())
    assert "/visit/" not in text(staff_as(carol, User.Role.CS).get(page))


def test_a_step_that_there_is_not_leads_to_the_checklist(desk: Client, northwind: Tenant) -> None:
    given = {"reason": "A look", "step": "nowhere"}
    answer = desk.post(reverse("admin:tenants_tenant_visit", args=[northwind.pk]), given)
    assert answer.headers["Location"] == reverse("onboarding:checklist", args=["northwind"])
