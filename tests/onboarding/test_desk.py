"""The desk: all tenants' health in few queries, one page for each tenant, and who may look at them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations.models import Connection
from onboarding import problems
from onboarding.admin.tenants import columns
from onboarding.health import counting
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests import factories
from tests.people import browser_of
from tests.tenants.belongings import canary, furnish

from .pages import text
from .rows import delivered, endpoint, make_ready

pytestmark = pytest.mark.django_db
LIST = "/admin/tenants/tenant/"


def page_of(desk: Client, tenant: Tenant) -> str:
    return text(desk.get(reverse("admin:tenants_tenant_change", args=[tenant.pk])))


def shown(desk: Client, **filters: str) -> set[str]:
    page = desk.get(LIST, filters)
    return {it.slug for it in page.context["cl"].result_list}


def test_the_list_tells_the_health_of_every_tenant(
    desk: Client, carol: User, northwind: Tenant, southgate: Tenant
) -> None:
    columns.keep(carol, columns.COLUMNS)
    make_ready(northwind)
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    factories.ConversionFactory.create(tenant=northwind, status="dead")
    problems.diagnose(northwind)
    counting.recount()
    rows = {it.slug: it for it in desk.get(LIST).context["cl"].result_list}
    busy, idle = rows["northwind"], rows["southgate"]
    assert (busy.lever_status, busy.problem_count, busy.feed_synced_at is not None) == ("active", 2, True)
    assert (busy.health.delivered, busy.health.held, busy.health.last_event_at is not None) == (1, 1, True)
    assert (busy.health.conversions_sent, busy.health.conversions_waiting) == (2, 1)
    assert (idle.lever_status, idle.health.delivered, idle.problem_count) == (None, 0, 0)
    assert idle.health.last_event_at is None
    page = text(desk.get(LIST))
    for words in ("1 delivered, 1 held", "2 sent, 1 waiting", "never authorized", "0 delivered"):
        assert words in page


def test_customer_success_reads_what_applicants_must_be_shown(
    desk: Client, northwind: Tenant, alice: User
) -> None:
    assert "has not said yet whether links are needed" in page_of(desk, northwind)
    for kind, is_needed in (("privacy_policy", True), ("terms", False)):
        factories.PolicyStatementFactory.create(
            tenant=northwind, kind=kind, is_needed=is_needed, stated_by=alice
        )
    link = {"tenant": northwind, "kind": "privacy_policy"}
    factories.PolicyLinkFactory.create(**link, url="https://northwind.example/all")
    factories.PolicyLinkFactory.create(
        **link, locale="DE", url="https://northwind.example/de", checked_at=timezone.now(), is_reachable=True
    )
    told = page_of(desk, northwind).split('id="desk-policies"')[1].split("</section>")[0]
    assert "Privacy policy: needed, as alice@northwind.example said" in told
    assert "Terms and conditions: not needed" in told
    everybody, germany = told.split("<tbody>")[1].split("</tr>")[:2]
    assert all(it in everybody for it in ("everybody", "https://northwind.example/all", "not yet"))
    assert all(it in germany for it in ("Germany", "https://northwind.example/de", "now", "yes"))


def test_levers_own_test_is_no_webhook_that_worked(desk: Client, northwind: Tenant) -> None:
    delivered(endpoint(northwind, "stage_changed"), kind="test")
    counting.recount()
    assert desk.get(LIST).context["cl"].result_list[0].health.last_event_at is None


def test_thirty_tenants_take_as_many_queries_as_three(desk: Client) -> None:
    counts = []
    for more in (3, 27):
        for tenant in factories.TenantFactory.create_batch(more):
            factories.ConnectionFactory.create(tenant=tenant)
            factories.DeliveryFactory.create(tenant=tenant, status="held")
            factories.ProblemFactory.create(tenant=tenant)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(LIST).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[1] < 25


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, {"northwind", "southgate"}),
        ({"mends": "customer"}, {"northwind"}),
        ({"mends": "staff"}, set()),
        ({"mends": "nobody"}, {"southgate"}),
        ({"waits_on": "customer"}, {"northwind"}),
        ({"waits_on": "nobody"}, {"southgate"}),
        ({"matter": "forms"}, {"northwind"}),
        ({"matter": "held"}, set()),
        ({"matter": "no such question"}, {"northwind", "southgate"}),
        ({"lever": "active"}, {"northwind"}),
        ({"lever": "needs_authorization"}, set()),
        ({"lever": "none"}, {"southgate"}),
        ({"status__exact": "live"}, {"southgate"}),
        ({"q": "northw"}, {"northwind"}),
    ],
)
def test_the_list_is_filtered_and_searched(
    desk: Client, northwind: Tenant, southgate: Tenant, filters: dict[str, str], expected: set[str]
) -> None:
    factories.ConnectionFactory.create(tenant=northwind, status=Connection.Status.ACTIVE)
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    problems.diagnose(northwind)
    Tenant.objects.filter(pk=southgate.pk).update(status="live", live_at=timezone.now())
    problems.diagnose(Tenant.objects.get(pk=southgate.pk))
    assert shown(desk, **filters) == expected


@pytest.mark.parametrize("column", range(1, 11))
def test_every_column_that_can_be_sorted_is(
    desk: Client, carol: User, northwind: Tenant, column: int
) -> None:
    columns.keep(carol, columns.COLUMNS)
    assert desk.get(LIST, {"o": f"-{column}"}).status_code == 200


@pytest.mark.parametrize("state", ["fresh", "ready", "one row of every kind"])
def test_the_page_of_a_tenant_tells_it_all_and_nothing_of_others(
    desk: Client, northwind: Tenant, southgate: Tenant, state: str
) -> None:
    {"fresh": lambda _: None, "ready": make_ready, "one row of every kind": furnish}[state](northwind)
    furnish(southgate)
    page = page_of(desk, northwind)
    assert "<title>Northwind Logistics | " in " ".join(page.split())
    assert "<h1>Northwind Logistics</h1>" in page
    assert canary(southgate) not in page
    assert page.count("data-step=") == 8


def test_the_page_shows_open_problems_with_who_acts_and_what_to_do(desk: Client, northwind: Tenant) -> None:
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    problems.diagnose(northwind)
    page = page_of(desk, northwind)
    assert "Applications need a person" in page
    assert problems.KINDS["delivery.held"].remedy in page


@pytest.mark.parametrize("pk", ["0", "999999", "abc", "1%2Fx"])
def test_a_tenant_that_does_not_exist_is_no_crash(desk: Client, pk: str) -> None:
    assert desk.get(f"{LIST}{pk}/change/").status_code in {302, 404}


def test_a_tenant_is_added_and_changed_on_record(desk: Client, carol: User) -> None:
    fields: dict[str, Any] = {
        "name": "Acme",
        "slug": "acme",
        "source_label": "Appcast",
        "language": "en",
        "retention_days": 30,
        "duplicate_window_days": 120,
    }
    assert desk.post(f"{LIST}add/", fields).status_code == 302
    acme = Tenant.objects.get(slug="acme")
    assert desk.post(f"{LIST}{acme.pk}/change/", {**fields, "name": "Acme Inc"}).status_code == 302
    with tenant_scope(acme.pk):
        events = AuditEvent.objects.order_by("pk")
        assert [(it.action, it.actor) for it in events] == [
            ("tenant.added", carol),
            ("tenant.changed", carol),
        ]
        assert events[1].detail["changed"] == ["name"]


def test_a_tenant_is_not_deleted(desk: Client, northwind: Tenant) -> None:
    assert desk.post(f"{LIST}{northwind.pk}/delete/", {"post": "yes"}).status_code == 403


def test_customers_have_no_desk(alice: User, northwind: Tenant) -> None:
    browser = browser_of(alice)
    for path in (LIST, f"{LIST}{northwind.pk}/change/", f"{LIST}{northwind.pk}/act/approve/"):
        assert browser.get(path).status_code in {302, 403}
        assert browser.post(path).status_code in {302, 403}
    assert Tenant.objects.get(pk=northwind.pk).status == "onboarding"


def test_a_list_bears_the_name_of_what_it_lists(desk: Client) -> None:
    page = desk.get("/admin/onboarding/problem/").content.decode()
    assert "<h1>Problems</h1>" in page
    assert "<title>Problems | " in page


@pytest.mark.parametrize("model", ["problem", "rehearsal", "stepoverride"])
def test_the_other_lists_and_their_rows_render(desk: Client, northwind: Tenant, model: str) -> None:
    rows = furnish(northwind)
    row = next(it for kind, it in rows.items() if kind._meta.model_name == model)
    assert "Northwind Logistics" in text(desk.get(f"/admin/onboarding/{model}/"))
    assert desk.get(f"/admin/onboarding/{model}/{row.pk}/change/").status_code == 200
    assert desk.get(f"/admin/onboarding/{model}/", {"q": "north"}).status_code == 200


def test_problems_are_acknowledged_from_their_list(desk: Client, northwind: Tenant, carol: User) -> None:
    problem = factories.ProblemFactory.create(tenant=northwind)
    acknowledge = {"action": "acknowledge", "_selected_action": [problem.pk]}
    page = desk.post("/admin/onboarding/problem/", acknowledge, follow=True)
    assert "Acknowledged: 1 of 1" in text(page)
    with across_tenants("a test looks"):
        problem.refresh_from_db()
    assert (problem.status, problem.note) == ("acknowledged", f"by {carol}")


def test_what_is_snoozed_is_not_acknowledged_with_the_others(desk: Client, northwind: Tenant) -> None:
    problem = factories.ProblemFactory.create(tenant=northwind, status="snoozed")
    acknowledge = {"action": "acknowledge", "_selected_action": [problem.pk]}
    page = desk.post("/admin/onboarding/problem/", acknowledge, follow=True)
    assert "Acknowledged: 0 of 1" in text(page)


def test_nobody_but_staff_is_offered_as_cs_owner(
    desk: Client, northwind: Tenant, alice: User, carol: User
) -> None:
    page = desk.get(reverse("admin:tenants_tenant_change", args=[northwind.pk]))
    assert list(page.context["adminform"].form.fields["owner"].queryset) == [carol]


def test_the_list_of_problems_begins_with_what_is_open(desk: Client, northwind: Tenant) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    factories.ProblemFactory.create(
        tenant=northwind, code="feed.failed", status="resolved", since=long_ago, resolved_at=long_ago
    )
    factories.ProblemFactory.create(tenant=northwind, code="feed.late", since=timezone.now())
    listed = desk.get("/admin/onboarding/problem/").context["cl"].result_list
    assert [it.code for it in listed] == ["feed.late", "feed.failed"]


@pytest.mark.parametrize(("wanted", "expected"), [("yes", ["feed.late"]), ("no", ["feed.failed"]), ("?", 2)])
def test_problems_that_are_open_are_asked_for_in_one_click(
    desk: Client, northwind: Tenant, wanted: str, expected: Any
) -> None:
    now = timezone.now()
    factories.ProblemFactory.create(tenant=northwind, code="feed.failed", status="resolved", resolved_at=now)
    factories.ProblemFactory.create(tenant=northwind, code="feed.late")
    listed = [
        it.code for it in desk.get("/admin/onboarding/problem/", {"open": wanted}).context["cl"].result_list
    ]
    assert expected in (listed, len(listed))


def test_a_broken_link_is_named_by_its_address_once(desk: Client, northwind: Tenant) -> None:
    address = "https://acme.example/imprint"
    factories.PolicyLinkFactory.create(
        tenant=northwind, url=address, checked_at=timezone.now(), error_message="The page answers 404."
    )
    problems.diagnose(northwind)
    problem = page_of(desk, northwind).split("A policy link does not open")[1].split("</td>")[0]
    assert problem.count(address) == 1
