"""Wherever something happened there is a look within the minute, and elsewhere in turn: whatever a look reads stirs."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.db.models import Model
from django.utils import timezone

from integrations.models import Connection, Delivery, Feed, FormCheck, Stage
from onboarding import problems, tasks
from onboarding.health import counting, traces
from onboarding.models import Health, PolicyLink, Problem, StepOverride
from onboarding.problems import rounds
from tenants import audit
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories
from webhooks.models import CatchUp

from ..queries import counted
from ..rows import delivered, endpoint, make_ready

pytestmark = pytest.mark.django_db(transaction=True)
TABLE = re.compile(r'(?:FROM|JOIN) "(\w+)"')
# What a look reads and no trace tells of by itself.
TOLD_BY_OTHERS = {
    "integrations_feedsync": "its end writes the feed",
    "integrations_posting": "a sync writes them, and the feed",
    "onboarding_health": "what the look itself wrote",
    "tenants_user": "the name of whoever acted",
}


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Whose looks are rung for, the next minute's and all later ones."""
    heard: list[int] = []
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk, **_: heard.append(pk))
    return heard


@pytest.fixture
def quiet(northwind: Tenant, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """A tenant with something of everything, looked at after all of it; who is quiet has no turn."""
    monkeypatch.setattr(rounds, "OTHERS_AT_ONCE", 0)
    make_ready(northwind)
    with tenant_scope(northwind.pk):
        connection = Connection.objects.get()
    factories.CatchUpFactory.create(tenant=northwind, connection=connection)
    factories.PolicyLinkFactory.create(tenant=northwind)
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    factories.DeliveryFactory.create(tenant=northwind)
    factories.ConversionFactory.create(tenant=northwind)
    factories.ConversionFactory.create(tenant=northwind, status="held", archive_reason_external_id="reason")
    settle(northwind)
    return northwind


def settle(tenant: Tenant) -> None:
    """Looked at until a look finds nothing new to write."""
    for _ in range(3):
        problems.diagnose(Tenant.objects.get(pk=tenant.pk))
        counting.recount()
    problems.diagnose(Tenant.objects.get(pk=tenant.pk))


def write(model: type[Model], **changes: Any) -> Callable[[Tenant], object]:
    def happen(tenant: Tenant) -> None:
        with tenant_scope(tenant.pk):
            assert model._default_manager.update(**changes)

    return happen


def counted_at(tenant: Tenant) -> datetime | None:
    with tenant_scope(tenant.pk):
        return Health.objects.get().counted_at


def record(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        audit.record("feed.confirmed", tenant, tenant_id=tenant.pk, actor="somebody")


HAPPENINGS: dict[str, Callable[[Tenant], object]] = {
    "an event": lambda it: delivered(endpoint(it, "hired")),
    "an event is put aside": lambda it: delivered(
        endpoint(it, "hired", has_token=False), status="quarantined"
    ),
    "a request is rejected": lambda it: factories.RejectedRequestFactory.create(
        tenant=it, endpoint=endpoint(it, "hired", has_token=False)
    ),
    "a delivery is held": write(Delivery, status="held"),
    "a form cannot be read": write(FormCheck, status="unreadable"),
    "a permission is refused": write(CatchUp, error_code="lever.scope_missing"),
    "a link opens": write(PolicyLink, is_reachable=True),
    "a stage goes": write(Stage, missing_at=timezone.now()),
    "the access stops": write(Connection, status="needs_authorization"),
    "a sync ends": write(Feed, next_sync_at=timezone.now()),
    "a problem is acknowledged": write(Problem, status="acknowledged"),
    "a person acts": record,
    "a step is passed": lambda it: factories.StepOverrideFactory.create(tenant=it),
    "it pauses": lambda it: Tenant.objects.filter(pk=it.pk).update(status="paused"),
}


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_a_look_comes_where_something_happened(quiet: Tenant, rung: list[int], happening: str) -> None:
    problems.ring_for_diagnoses()
    assert rung == []
    HAPPENINGS[happening](quiet)
    problems.ring_for_diagnoses()
    assert rung == [quiet.pk]


@pytest.mark.parametrize("happening", ["accepted", "delivered"])
def test_what_goes_well_is_counted_and_stirs_nobody(quiet: Tenant, rung: list[int], happening: str) -> None:
    before = counted_at(quiet)
    if happening == "accepted":
        factories.DeliveryFactory.create(tenant=quiet)
    else:
        write(Delivery, status="delivered", delivered_at=timezone.now(), next_attempt_at=None)(quiet)
    problems.ring_for_diagnoses()
    assert rung == []
    assert counted_at(quiet) != before


@pytest.mark.parametrize("threshold", traces.THRESHOLDS)
def test_a_look_comes_where_a_threshold_is_passed(
    quiet: Tenant, rung: list[int], monkeypatch: pytest.MonkeyPatch, threshold: str
) -> None:
    problems.ring_for_diagnoses()
    monkeypatch.setattr(traces, "THRESHOLDS", {**traces.THRESHOLDS, threshold: timedelta(0)})
    problems.ring_for_diagnoses()
    assert rung == [quiet.pk]


@pytest.mark.parametrize(("model", "ends"), [(StepOverride, "expires_at"), (Problem, "snoozed_until")])
def test_a_look_comes_where_something_ends_by_itself(
    quiet: Tenant, rung: list[int], model: type[Model], ends: str
) -> None:
    """The number of a row that is moved in time counts in neither: its end alone does."""
    factories.StepOverrideFactory.create(tenant=quiet)
    write(Problem, status="snoozed")(quiet)
    write(model, **{ends: timezone.now() + timedelta(hours=1)})(quiet)
    settle(quiet)
    problems.ring_for_diagnoses()
    assert rung == []
    write(model, **{ends: timezone.now()})(quiet)
    problems.ring_for_diagnoses()
    assert rung == [quiet.pk]


def test_whatever_a_look_reads_stirs(quiet: Tenant) -> None:
    with counted() as statements:
        problems.diagnose(Tenant.objects.get(pk=quiet.pk))
    read = {table for it in statements for table in TABLE.findall(it)}
    assert read - {it.model._meta.db_table for it in traces.PARTS} == TOLD_BY_OTHERS.keys()


def test_the_others_have_their_turn(rung: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "OTHERS_AT_ONCE", 2)
    first, *others = tenants = factories.TenantFactory.create_batch(3)
    for tenant in reversed(tenants):
        settle(tenant)
    problems.ring_for_diagnoses()
    assert rung == [it.pk for it in reversed(others)]
    assert first.pk not in rung


def test_who_was_never_looked_at_is_looked_at(
    northwind: Tenant, rung: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "OTHERS_AT_ONCE", 0)
    problems.ring_for_diagnoses()
    assert rung == [northwind.pk]


def test_what_is_rung_for_again_is_worth_nothing_later(
    northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: list[dict[str, Any]] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args, **given: options.append(given))
    problems.ring_for_diagnoses()
    assert options == [{"expires": 60}]


def test_after_a_look_what_it_found_is_told(northwind: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk, **_: heard.append(task))
    tasks.diagnose(str(northwind.pk))
    assert heard == ["onboarding.tasks.notify"]
