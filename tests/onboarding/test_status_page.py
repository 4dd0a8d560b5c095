"""From live on the customer's page tells how it goes: numbers of the reader's days, proofs, and what to do."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import Application
from onboarding import problems
from onboarding.evidence import gather
from onboarding.status import DAYS, Status, status_of
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.people import browser_of

from .pages import text, url
from .rows import delivered, endpoint, make_ready, sent

pytestmark = pytest.mark.django_db


def go_live(tenant: Tenant, **fields: Any) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(**{"status": "live", "live_at": timezone.now(), **fields})


def status(tenant: Tenant) -> Status:
    with tenant_scope(tenant.pk):
        return status_of(gather(tenant))


def accepted(tenant: Tenant, at: datetime, **fields: Any) -> Application:
    application: Application = factories.ApplicationFactory.create(tenant=tenant, **fields)
    with tenant_scope(tenant.pk):
        Application.objects.filter(pk=application.pk).update(accepted_at=at)
    return application


def page_of(browser: Client, tenant: Tenant) -> str:
    return text(browser.get(url("checklist", tenant)))


def test_it_replaces_the_checklist_once_live_and_links_to_it(browser: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    assert "Live since" not in page_of(browser, northwind)
    go_live(northwind)
    page = page_of(browser, northwind)
    assert "Live since" in page
    assert url("setup", northwind) in page
    assert 'class="task-list"' in text(browser.get(url("setup", northwind)))


def test_a_colleague_with_one_step_keeps_to_it(bob: User, northwind: Tenant) -> None:
    go_live(northwind)
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=["feed"])
    assert 'class="task-list"' in page_of(browser_of(bob), northwind)


def test_a_tenant_paused_before_it_was_live_has_its_checklist(browser: Client, northwind: Tenant) -> None:
    go_live(northwind, status="paused", live_at=None)
    assert 'class="task-list"' in page_of(browser, northwind)
    go_live(northwind, status="paused")
    assert "Live since" in page_of(browser, northwind)


def test_nothing_promises_what_rests(browser: Client, northwind: Tenant) -> None:
    factories.FeedFactory.create(tenant=northwind, next_sync_at=timezone.now())
    go_live(northwind)
    assert "Next reading of the job feed" in page_of(browser, northwind)
    go_live(northwind, status="paused")
    page = page_of(browser, northwind)
    assert "Next reading of the job feed" not in page
    assert "The job feed is read again once the connection is resumed." in page
    page = text(browser.get(url("go-live", northwind)))
    assert "What happens again once it is resumed" in page
    assert "now that you are live" not in page


def test_each_application_counts_on_its_day_in_the_readers_zone(northwind: Tenant) -> None:
    with timezone.override(ZoneInfo("Pacific/Auckland")):
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        for at in (midnight, midnight - timedelta(seconds=1), midnight - timedelta(days=DAYS - 1)):
            accepted(northwind, at)
        accepted(northwind, midnight - timedelta(days=DAYS - 1, seconds=1))
        accepted(northwind, midnight, is_test=True)
        counts = [day.count for day in status(northwind).days]
    assert counts == [1, *[0] * (DAYS - 3), 1, 1]


def test_the_longest_bar_has_the_whole_height_and_none_is_left_out(northwind: Tenant) -> None:
    now = timezone.now()
    for days_ago, count in ((0, 4), (1, 1)):
        for _ in range(count):
            accepted(northwind, now - timedelta(days=days_ago))
    seen = status(northwind)
    assert [day.height for day in seen.days] == [*[2] * (DAYS - 2), 18, 72]
    assert all(day.y + day.height == seen.height and day.x < seen.width for day in seen.days)
    assert (seen.today, seen.total, seen.most.count) == (4, 5, 4)


def test_what_arrived_and_what_was_reported_is_counted_without_tests(
    northwind: Tenant, southgate: Tenant
) -> None:
    make_ready(northwind)  # its rehearsal was delivered and reported
    for tenant in (northwind, southgate):
        factories.DeliveryFactory.create(tenant=tenant, application__tenant=tenant)
    arrived = factories.DeliveryFactory.create(tenant=northwind, status="delivered")
    sent(arrived.application, timezone.now(), name="apply_complete")
    sent(arrived.application, timezone.now(), name="interview")
    sent(arrived.application, timezone.now() - timedelta(days=30), name="offer")
    with tenant_scope(northwind.pk):
        Application.objects.filter(rehearsal__isnull=False).update(is_test=True)
    seen = status(northwind)
    assert (seen.delivered, seen.waiting) == (1, 1)
    assert seen.conversions == [("Application completed", 1), ("Interview", 1)]


def test_the_last_events_are_told_in_levers_words_without_its_tests(northwind: Tenant) -> None:
    to = endpoint(northwind, "stage_changed")
    for kind in ("stage_changed", "test"):
        delivered(to, kind=kind)
    delivered(endpoint(northwind, "application_created"), name="applicationCreated", status="quarantined")
    events = [(it.title, it.is_put_aside) for it in status(northwind).events]
    assert {it.job for it in status(northwind).events} == {""}
    assert events == [("Application Created", True), ("Candidate Stage Change", False)]


def test_an_event_names_the_job_of_its_newest_application(northwind: Tenant, southgate: Tenant) -> None:
    for tenant, title, days in ((northwind, "Driver", 1), (northwind, "Cook", 0), (southgate, "Clerk", 0)):
        job = {"opportunity_external_id": "c-1", "posting__title": title}
        accepted(tenant, timezone.now() - timedelta(days=days), **job)
    delivered(endpoint(northwind, "stage_changed"), opportunity_external_id="c-1")
    assert [it.job for it in status(northwind).events] == ["Cook"]


def test_a_way_back_says_where_it_leads(browser: Client, northwind: Tenant, bob: User) -> None:
    pages = [url("feed", northwind), url("people", northwind)]
    assert all("Back to the checklist" in text(browser.get(page)) for page in pages)
    go_live(northwind)
    assert all("Back to the status" in text(browser.get(page)) for page in pages)
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=["feed"])
    assert "Back to the checklist" in text(browser_of(bob).get(pages[0]))


def test_what_was_reported_is_told_by_kind_and_what_is_checked_works(
    browser: Client, northwind: Tenant
) -> None:
    make_ready(northwind)
    go_live(northwind)
    page = page_of(browser, northwind)
    assert "Events reported to Appcast" in page
    assert "Application completed:\xa01, " in page
    assert ">Works</strong>" in page
    assert ">Done</strong>" not in page


def test_without_data_it_says_what_will_come(browser: Client, northwind: Tenant) -> None:
    go_live(northwind)
    page = page_of(browser, northwind)
    for words in ("No application yet.", "No webhook yet.", "Nothing yet: the first report"):
        assert words in page


def test_a_problem_names_the_one_thing_to_do(browser: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    go_live(northwind)
    assert "Everything works" in page_of(browser, northwind)
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    problems.diagnose(northwind)
    page = page_of(browser, northwind)
    for words in (
        "1 thing needs you",
        "Remove questions that Appcast Apply cannot ask",
        "Customer Success acts",
    ):
        assert words in page


def test_what_staff_are_at_is_told_but_for_what_is_confidential(browser: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    go_live(northwind)
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    factories.DepartureFactory.create(tenant=northwind, status="asked")
    assert {it.code for it in problems.diagnose(northwind)} == {"delivery.held", "leaving.asked"}
    page = page_of(browser, northwind)
    assert "Applications need a person" in page
    assert "StepStone" not in page


def test_what_is_proved_on_a_live_company_is_for_no_colleague(browser: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    assert "Is this for a colleague?" in text(browser.get(url("feed", northwind)))
    go_live(northwind)
    assert "Is this for a colleague?" not in text(browser.get(url("feed", northwind)))
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    assert "Is this for a colleague?" in text(browser.get(url("forms", northwind)))
