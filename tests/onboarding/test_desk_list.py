"""The list of tenants answers what support asks, finds them by what people know, and leaves as a safe file."""

import base64
import csv
import io
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.utils import timezone
from django.utils.crypto import salted_hmac

from integrations.services.applications import fingerprint
from onboarding import problems
from onboarding.admin.tenants import columns
from onboarding.health import counting
from onboarding.models import Health, Notice
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests import factories
from tests.people import browser_of

from .pages import staff_as
from .problems.causes import late, stop, unmapped
from .queries import counted
from .rows import delivered, endpoint

pytestmark = pytest.mark.django_db
LIST = "/admin/tenants/tenant/"
MOST_QUERIES = 15


def shown(desk: Client, **filters: str) -> set[str]:
    return {it.slug for it in desk.get(LIST, filters).context["cl"].result_list}


def waiting_long(tenant: Tenant) -> None:
    problems.diagnose(tenant)
    with tenant_scope(tenant.pk):
        Health.objects.update(waits_since=timezone.now() - timedelta(days=8))


MATTERS: dict[str, Callable[[Tenant], object]] = {
    "waits-long": waiting_long,
    "asks": lambda it: factories.HealthFactory.create(tenant=it, waits_on="staff", looked_at=timezone.now()),
    "token-dead": lambda it: stop(it, "lever.grant_revoked"),
    "feed-late": late,
    "held": lambda it: factories.DeliveryFactory.create(tenant=it, status="held"),
    "unmapped": unmapped,
    "forms": lambda it: factories.FormCheckFactory.create(tenant=it, status="unsupported"),
    "webhooks": lambda it: factories.RejectedRequestFactory.create(
        tenant=it, endpoint=endpoint(it, "stage_changed")
    ),
}


@pytest.mark.parametrize("matter", MATTERS)
def test_a_question_finds_those_that_it_means(
    desk: Client, northwind: Tenant, southgate: Tenant, matter: str
) -> None:
    MATTERS[matter](northwind)
    counting.recount()
    if matter not in {"waits-long", "asks"}:
        problems.diagnose(northwind)
    assert shown(desk, matter=matter) == {"northwind"}


def test_every_question_is_asked_here() -> None:
    from onboarding.admin.tenants.filters import QUESTIONS

    assert MATTERS.keys() == QUESTIONS.keys()


@pytest.mark.parametrize(("days", "is_silent"), [("3", True), ("14", False)])
def test_live_tenants_whose_webhooks_stopped_are_found(
    desk: Client, northwind: Tenant, southgate: Tenant, days: str, is_silent: bool
) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(status="live")
    delivered(endpoint(northwind, "stage_changed"))
    counting.recount()
    with across_tenants("a test moves the time"):
        Health.objects.filter(tenant=northwind).update(last_event_at=timezone.now() - timedelta(days=5))
    assert shown(desk, silent=days) == ({"northwind"} if is_silent else set())


KNOWN: dict[str, tuple[str, Callable[[Tenant], Any]]] = {
    "name": ("wind log", lambda it: None),
    "site": ("acme-nl", lambda it: factories.FeedFactory.create(tenant=it, site="acme-nl")),
    "account": (
        "account-4711",
        lambda it: factories.ConnectionFactory.create(tenant=it, account_external_id="account-4711"),
    ),
    "candidacy": (
        "3410c8b9-5c31-4bab-b7e9-9f710206d647",
        lambda it: factories.ApplicationFactory.create(
            tenant=it, opportunity_external_id="3410c8b9-5c31-4bab-b7e9-9f710206d647"
        ),
    ),
    "application": (
        "0f5f9d0e-0000-4bab-b7e9-9f710206d647",
        lambda it: factories.ApplicationFactory.create(
            tenant=it, external_id="0f5f9d0e-0000-4bab-b7e9-9f710206d647"
        ),
    ),
    "member": (
        "Alice@Northwind.example",
        lambda it: factories.MembershipFactory.create(tenant=it, user__email="alice@northwind.example"),
    ),
    "invited": (
        "kim@northwind.example",
        lambda it: factories.InvitationFactory.create(tenant=it, email="kim@northwind.example"),
    ),
    "applicant": (
        "Robin@Candidates.example",
        lambda it: factories.ApplicationFactory.create(
            tenant=it, email_hash=fingerprint(it.pk, "robin@candidates.example")
        ),
    ),
}


@pytest.mark.parametrize("what", KNOWN)
def test_a_tenant_is_found_by_what_people_know(
    desk: Client, northwind: Tenant, southgate: Tenant, what: str
) -> None:
    words, make = KNOWN[what]
    make(northwind)
    assert shown(desk, q=words) == {"northwind"}


def test_whom_staff_look_up_is_on_record_without_the_address(
    desk: Client, northwind: Tenant, carol: User
) -> None:
    for words in ("Robin@Candidates.example", " robin@candidates.example ", "northwind"):
        shown(desk, q=words)
    with across_tenants("a test reads the trail"):
        first, second = AuditEvent.objects.filter(action="person.looked_up")
    assert first.actor == carol
    assert "robin" not in str(first.detail).lower()
    assert first.detail["email_hash"] == second.detail["email_hash"] != ""


@pytest.mark.parametrize(("days_live", "is_silent"), [(2, False), (4, True)])
def test_whoever_went_live_just_now_is_not_silent(
    desk: Client, northwind: Tenant, days_live: int, is_silent: bool
) -> None:
    at = timezone.now() - timedelta(days=days_live)
    Tenant.objects.filter(pk=northwind.pk).update(status="live", live_at=at)
    counting.recount()
    assert shown(desk, silent="3") == ({"northwind"} if is_silent else set())


@pytest.mark.parametrize("words", ["nobody@candidates.example", "no such thing", "%"])
def test_what_nobody_has_finds_nothing(
    desk: Client, northwind: Tenant, southgate: Tenant, words: str
) -> None:
    assert shown(desk, q=words) == set()


def test_a_persons_hash_is_what_it_was() -> None:
    """As Django salts it, which all rows that are stored were hashed by."""
    salted = salted_hmac("integrations.application.email", "7:robin@candidates.example", algorithm="sha256")
    assert fingerprint(7, " Robin@candidates.example") == salted.hexdigest()


def test_the_same_person_at_two_tenants_is_found_at_both(
    desk: Client, northwind: Tenant, southgate: Tenant
) -> None:
    for tenant in (northwind, southgate):
        factories.ApplicationFactory.create(
            tenant=tenant, email_hash=fingerprint(tenant.pk, "robin@candidates.example")
        )
    assert shown(desk, q="robin@candidates.example") == {"northwind", "southgate"}


def exported(desk: Client, **filters: str) -> list[list[str]]:
    answer: Any = desk.get(f"{LIST}export/", filters)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_the_file_has_what_is_listed_with_its_filters(
    desk: Client, northwind: Tenant, southgate: Tenant, carol: User
) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(owner=carol)
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    counting.recount()
    head, *rows = exported(desk)
    assert [it[0] for it in rows] == ["Northwind Logistics", "Southgate Retail"]
    row = dict(zip(head, rows[0], strict=True))
    assert (row["CS owner"], row["applications held"], row["Lever"]) == (carol.email, "1", "never authorized")
    assert [it[1] for it in exported(desk, q="southgate")[1:]] == ["southgate"]


def test_the_file_leaves_what_a_look_saw_unread(desk: Client, northwind: Tenant) -> None:
    counting.recount()
    with counted() as statements:
        exported(desk)
    assert not [it for it in statements if '"steps"' in it]


@pytest.mark.parametrize("begin", [*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20"])
def test_no_cell_is_a_formula(desk: Client, northwind: Tenant, begin: str) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(name=f"{begin}SUM(A1)")
    assert exported(desk)[1][0] == f"'{begin}SUM(A1)"


@pytest.mark.parametrize("filters", [{}, {"matter": "held"}, {"q": "tenant"}, {"q": "a@b.example"}])
def test_its_statements_are_few_whatever_the_number_of_tenants(desk: Client, filters: dict[str, str]) -> None:
    numbers = []
    for more in (2, 20):
        for tenant in factories.TenantFactory.create_batch(more):
            factories.DeliveryFactory.create(tenant=tenant, status="held")
        counting.recount()
        with counted() as statements:
            assert desk.get(LIST, filters).status_code == 200
        numbers.append(len(statements))
    assert numbers[0] == numbers[1] <= MOST_QUERIES


def act(desk: Client, action: str, *tenants: Tenant) -> None:
    chosen = {"action": action, "_selected_action": [it.pk for it in tenants]}
    assert desk.post(LIST, chosen).status_code == 302


def test_many_are_checked_at_once_by_the_workers(
    desk: Client,
    northwind: Tenant,
    southgate: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    rung: list[object] = []
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk, **_: rung.append(pk))
    Tenant.objects.filter(pk=southgate.pk).update(status="offboarded")
    with django_capture_on_commit_callbacks(execute=True):
        act(desk, "check_again", northwind, southgate)
    assert rung == [northwind.pk]


def test_many_are_reminded_at_once(desk: Client, northwind: Tenant, southgate: Tenant) -> None:
    for tenant in (northwind, southgate):
        factories.NoticeFactory.create(tenant=tenant)
    act(desk, "remind", northwind, southgate)
    with across_tenants("a test looks"):
        assert Notice.objects.exclude(asked_at=None).count() == 2


def test_of_two_companies_one_person_is_reminded_one_a_day(
    desk: Client, northwind: Tenant, southgate: Tenant, alice: User
) -> None:
    for tenant in (northwind, southgate):
        factories.NoticeFactory.create(tenant=tenant, user=alice)
    factories.NoticeFactory.create(tenant=southgate)
    chosen = {"action": "remind", "_selected_action": [northwind.pk, southgate.pk]}
    (said,) = (str(it) for it in desk.post(LIST, chosen, follow=True).context["messages"])
    assert said == (
        "2 people are reminded now. Of one company now, and of each further one a day later: "
        "alice@northwind.example."
    )


def test_who_may_only_look_is_offered_nothing_to_do(auditor: Client, northwind: Tenant) -> None:
    assert "check_again" not in auditor.get(LIST).content.decode()
    factories.NoticeFactory.create(tenant=northwind)
    auditor.post(LIST, {"action": "remind", "_selected_action": [northwind.pk]})
    with across_tenants("a test looks"):
        assert not Notice.objects.exclude(asked_at=None).exists()


def titles(desk: Client) -> list[str]:
    return [it for it in desk.get(LIST).context["cl"].list_display if it != "action_checkbox"]


def test_everybody_keeps_their_own_columns(desk: Client, carol: User, northwind: Tenant) -> None:
    dave = factories.UserFactory.create(email="dave@appcast.example", is_staff=True)
    TOTP.activate(dave, base64.b32encode(os.urandom(20)).decode())
    others = staff_as(dave, User.Role.CS)
    answer = desk.post(f"{LIST}columns/", {"column": ["feed", "owner", "password"], "list": "silent=7&o=-3"})
    assert answer.headers["Location"] == f"{LIST}?silent=7"
    assert titles(desk) == titles(browser_of(carol)) == ["name", "owner", "feed"]
    assert titles(others) == ["name", *columns.AT_FIRST]


def test_without_a_choice_the_first_columns_come_back(desk: Client, northwind: Tenant) -> None:
    desk.post(f"{LIST}columns/", {"column": ["feed"]})
    desk.post(f"{LIST}columns/")
    assert titles(desk) == ["name", *columns.AT_FIRST]
