"""The desk's first page: who waits on whom, what is wrong, fleet or tenant, and pictures with their tables."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onboarding import problems
from onboarding.desk import incidents
from onboarding.desk.fleet import LOOKS_STOP_AFTER, Fleet
from onboarding.health import counting
from onboarding.models import Health, Problem
from tenants.models import Tenant
from tenants.phrases import Phrase
from tenants.phrases import counted as counted_phrase
from tenants.scoping import across_tenants
from tests import factories

from .pages import text, words
from .queries import counted
from .rows import make_ready

pytestmark = pytest.mark.django_db
DESK = "/admin/"
MOST_QUERIES = 15


def fleet(desk: Client) -> Fleet:
    told: Fleet = desk.get(DESK).context["fleet"]
    return told


def fail(
    tenants: list[Tenant], code: str = "feed.unanswered", apart: timedelta = timedelta(minutes=1)
) -> None:
    """One after the other, the last just now."""
    for place, tenant in enumerate(reversed(tenants)):
        factories.ProblemFactory.create(
            tenant=tenant,
            code=code,
            actor=problems.KINDS[code].actor,
            since=timezone.now() - place * apart,
            detail=Phrase("Lever did not answer."),
        )


def test_it_counts_tenants_by_how_they_stand(desk: Client) -> None:
    for status, count in (("onboarding", 3), ("live", 2), ("paused", 1)):
        factories.TenantFactory.create_batch(count, status=status)
    assert {it.value: it.count for it in fleet(desk).states} == {
        "onboarding": 3,
        "live": 2,
        "paused": 1,
        "offboarded": 0,
    }


def test_it_tells_who_waits_on_whom_and_since_when(
    desk: Client, northwind: Tenant, southgate: Tenant
) -> None:
    make_ready(southgate)
    factories.LiveRequestFactory.create(tenant=southgate)
    for tenant in (northwind, southgate):
        problems.diagnose(tenant)
    told = fleet(desk)
    waits = {it.value: it.count for it in told.waits}
    assert (waits["customer"], waits["staff"], waits["provider"]) == (1, 1, 0)
    with across_tenants("a test moves the time"):
        Health.objects.filter(tenant=southgate).update(waits_since=timezone.now() - timedelta(days=4))
    assert [it.tenant for it, _ in fleet(desk).longest] == [southgate, northwind]
    assert "Southgate Retail Customer Success Go live 4 days" in unbroken(words(desk.get(DESK)))


@pytest.mark.parametrize(
    ("tenants", "apart", "is_one"),
    [
        pytest.param(5, timedelta(minutes=14), True, id="one after the other"),
        pytest.param(4, timedelta(minutes=1), False, id="too few"),
        pytest.param(9, timedelta(hours=5), False, id="each at its own time"),
    ],
)
def test_the_same_at_many_tenants_is_one_incident(
    desk: Client, tenants: int, apart: timedelta, is_one: bool
) -> None:
    fail(factories.TenantFactory.create_batch(tenants), apart=apart)
    told = fleet(desk)
    assert [it.tenants for it in told.incidents] == ([tenants] if is_one else [])
    assert (len(told.worst) == 0) == is_one


def test_an_incident_says_what_since_when_and_at_how_many(desk: Client) -> None:
    others = factories.TenantFactory.create_batch(41)
    fail(others, apart=timedelta(seconds=1))
    page = words(desk.get(DESK))
    title = problems.KINDS["feed.unanswered"].title
    assert f"{title} at 41 tenants since" in page
    assert "Lever did not answer." in page
    assert "Who acts: Lever." in page


def test_a_count_of_one_tenant_is_not_said_of_all(desk: Client) -> None:
    tenants = factories.TenantFactory.create_batch(6)
    fail(tenants, "conversions.late")
    with across_tenants("a test counts"):
        Problem.objects.update(detail=counted_phrase("%(count)s conversion", "%(count)s conversions", 2))
    assert "2 conversions" not in words(desk.get(DESK)).split("Open problems")[0]


def test_the_worst_incident_stands_first_however_few_have_it(desk: Client) -> None:
    tenants = factories.TenantFactory.create_batch(8)
    fail(tenants, "forms.unsupported")
    fail(tenants[:5], "delivery.held")
    assert [it.code for it in fleet(desk).incidents] == ["delivery.held", "forms.unsupported"]


def test_two_codes_are_two_incidents_and_a_later_wave_is_another(desk: Client) -> None:
    tenants = factories.TenantFactory.create_batch(6)
    fail(tenants, "feed.unanswered")
    fail(tenants, "delivery.held")
    later = factories.TenantFactory.create_batch(5)
    for tenant in later:
        factories.ProblemFactory.create(
            tenant=tenant, code="delivery.held", since=timezone.now() - timedelta(days=2)
        )
    told = [(it.code, it.tenants) for it in fleet(desk).incidents]
    assert sorted(told) == [("delivery.held", 5), ("delivery.held", 6), ("feed.unanswered", 6)]


def test_a_common_code_that_begins_ever_again_is_told_by_parts(desk: Client) -> None:
    """Thirteen minutes apart for twelve hours: what began just now must not be hidden in it."""
    fail(factories.TenantFactory.create_batch(56), apart=timedelta(minutes=13))
    told = fleet(desk).incidents
    assert len(told) > 1
    assert all(it.last_began_at - it.since < incidents.LONGEST for it in told)


@pytest.mark.parametrize("status", ["acknowledged", "snoozed"])
def test_what_somebody_has_taken_up_everywhere_is_no_incident(desk: Client, status: str) -> None:
    fail(factories.TenantFactory.create_batch(incidents.FEWEST_TENANTS))
    with across_tenants("a test takes it up"):
        Problem.objects.update(status=status)
    assert fleet(desk).incidents == []


def test_a_code_of_another_release_breaks_no_page(desk: Client, northwind: Tenant) -> None:
    for tenant in [northwind, *factories.TenantFactory.create_batch(incidents.FEWEST_TENANTS)]:
        problem = factories.ProblemFactory.create(tenant=tenant, code="of.tomorrow")
        factories.ProblemChangeFactory.create(tenant=tenant, problem=problem)
    Tenant.objects.filter(pk=northwind.pk).update(status="live", live_at=timezone.now())
    factories.HealthFactory.create(tenant=northwind, looked_at=timezone.now())
    with across_tenants("a test looks up a row"):
        row = Problem.objects.get(tenant=northwind)
    for path in (
        DESK,
        "/admin/onboarding/problem/",
        f"/admin/onboarding/problem/{row.pk}/change/",
        f"/admin/tenants/tenant/{northwind.pk}/change/",
    ):
        assert "of.tomorrow" in words(desk.get(path))


def test_what_is_resolved_is_no_incident(desk: Client) -> None:
    fail(factories.TenantFactory.create_batch(incidents.FEWEST_TENANTS))
    with across_tenants("a test mends"):
        Problem.objects.update(status="resolved", resolved_at=timezone.now(), gone_at=timezone.now())
    assert fleet(desk).incidents == []


def test_problems_stand_by_weight_and_age_and_what_is_taken_up_is_left_out(
    desk: Client, northwind: Tenant, southgate: Tenant
) -> None:
    now = timezone.now()
    for code, tenant, age in (
        ("forms.unsupported", northwind, 50),
        ("delivery.held", northwind, 1),
        ("delivery.held", southgate, 3),
        ("feed.late", southgate, 9),
    ):
        factories.ProblemFactory.create(tenant=tenant, code=code, since=now - timedelta(hours=age))
    factories.ProblemFactory.create(tenant=northwind, code="delivery.stuck", status="acknowledged")
    told = fleet(desk)
    assert [(it.code, it.count) for it in told.groups] == [
        ("delivery.held", 2),
        ("delivery.stuck", 1),
        ("feed.late", 1),
        ("forms.unsupported", 1),
    ]
    assert [(it.code, it.tenant.slug) for it, _ in told.worst] == [
        ("delivery.held", "southgate"),
        ("delivery.held", "northwind"),
        ("feed.late", "southgate"),
        ("forms.unsupported", "northwind"),
    ]


def test_every_picture_has_its_table(desk: Client, northwind: Tenant) -> None:
    factories.ApplicationFactory.create(tenant=northwind)
    factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now() - timedelta(hours=3))
    Tenant.objects.filter(pk=northwind.pk).update(live_at=timezone.now() + timedelta(days=2))
    counting.recount()
    answer = desk.get(DESK)
    told: dict[str, Any] = {it.title: it for it in answer.context["fleet"].pictures}
    assert told["Applications accepted"].total == 1
    assert [(it.of, it.count) for it in told["Age of the feeds"].columns if it.count] == [("under 6 h", 1)]
    assert told["Age of the feeds"].says == "feeds; median 3.0 hours"
    assert told["Time to live"].says == "tenants; median 2.0 days"
    page = text(answer)
    assert page.count('<figure class="desk-picture">') == page.count("As a table") == 6
    assert "style=" not in page.split('class="desk"')[1].split("desk-rows")[0]


def test_what_is_young_is_told_in_minutes(desk: Client, northwind: Tenant) -> None:
    factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now() - timedelta(minutes=12))
    told: dict[str, Any] = {it.title: it for it in desk.get(DESK).context["fleet"].pictures}
    assert told["Age of the feeds"].says == "feeds; median 12 minutes"


def test_who_was_live_before_being_added_has_no_time_to_live(desk: Client, northwind: Tenant) -> None:
    """Moved from elsewhere, say: the median is of those that are counted."""
    Tenant.objects.filter(pk=northwind.pk).update(live_at=timezone.now() - timedelta(days=9))
    told: dict[str, Any] = {it.title: it for it in desk.get(DESK).context["fleet"].pictures}
    assert (told["Time to live"].total, told["Time to live"].says) == (0, "tenants; median unknown")


def test_what_has_just_begun_is_not_told_as_no_minutes(desk: Client, northwind: Tenant) -> None:
    now = timezone.now()
    factories.FeedFactory.create(tenant=northwind, synced_at=now)
    factories.HealthFactory.create(tenant=northwind, waits_on="customer", waits_since=now, looked_at=now)
    factories.ProblemFactory.create(tenant=northwind, code="feed.failed", since=now)
    for path in (DESK, "/admin/tenants/tenant/", f"/admin/tenants/tenant/{northwind.pk}/change/"):
        page = text(desk.get(path))
        assert "less than a minute" in page
        assert "0 minutes" not in unbroken(page)


@pytest.mark.parametrize(
    ("status", "what"), [("live", "The job feed cannot be read"), ("onboarding", "Do the stages")]
)
def test_who_has_waited_longest_is_told_with_what_for(
    desk: Client, northwind: Tenant, status: str, what: str
) -> None:
    """Of one that runs the worst problem of whom it waits on, else their next step."""
    Tenant.objects.filter(pk=northwind.pk).update(status=status, live_at=timezone.now())
    of_step = {"key": "x", "actor": "customer", "label": "", "says": "", "received": "", "at": None}
    steps = [
        {**of_step, "title": "Do the feed", "state": "done"},
        {**of_step, "title": "Wait", "state": "waiting", "actor": "provider"},
        {**of_step, "title": "Do the stages", "state": "in_progress"},
    ]
    since = timezone.now() - timedelta(days=8)
    factories.HealthFactory.create(tenant=northwind, waits_on="customer", waits_since=since, steps=steps)
    for code in ("policy.unreachable", "feed.failed", "delivery.held"):
        factories.ProblemFactory.create(tenant=northwind, code=code, actor=problems.KINDS[code].actor)
    assert [(it.tenant, told) for it, told in fleet(desk).longest] == [(northwind, what)]
    assert f"Northwind Logistics the customer {what} 1 week, 1 day" in unbroken(words(desk.get(DESK)))


def unbroken(page: str) -> str:
    return page.replace("\N{NO-BREAK SPACE}", " ")


def test_it_says_when_nobody_looks_any_more(desk: Client, northwind: Tenant) -> None:
    problems.diagnose(northwind)
    assert "Nobody has looked" not in text(desk.get(DESK))
    with across_tenants("a test moves the time"):
        Health.objects.update(looked_at=timezone.now() - LOOKS_STOP_AFTER * 1.1)
    assert "Nobody has looked at any tenant since" in text(desk.get(DESK))


def test_its_queries_are_few_whatever_the_number_of_tenants(desk: Client) -> None:
    numbers = []
    for more in (1, 12):
        tenants = factories.TenantFactory.create_batch(more)
        fail(tenants)
        for tenant in tenants:
            problems.diagnose(tenant)
        fail(tenants, "delivery.held")
        with counted() as statements:
            assert desk.get(DESK).status_code == 200
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= MOST_QUERIES
