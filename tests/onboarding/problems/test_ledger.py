"""A problem's life: one open row for each subject, what a person decided of it, and when it is gone or back again."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from integrations.models import FormCheck
from onboarding import problems, tasks
from onboarding.models import Problem, ProblemChange
from onboarding.problems import ledger
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories

from ..rows import codes, open_problem
from .causes import late, stop

pytestmark = pytest.mark.django_db


def history(tenant: Tenant) -> list[str]:
    """The newest last."""
    with tenant_scope(tenant.pk):
        return list(ProblemChange.objects.order_by("pk").values_list("status", flat=True))


def went(problem: Problem, ago: timedelta) -> None:
    with tenant_scope(problem.tenant_id):
        at = timezone.now() - ago
        Problem.objects.filter(pk=problem.pk).update(resolved_at=at, gone_at=at)


@pytest.mark.parametrize(
    ("ago", "is_same"), [(problems.SAME_WITHIN * 0.9, True), (problems.SAME_WITHIN * 1.1, False)]
)
def test_what_comes_back_soon_is_the_same_problem(northwind: Tenant, ago: timedelta, is_same: bool) -> None:
    check = factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    codes(northwind)
    first = open_problem(northwind)
    set_status(check, "supported")
    assert codes(northwind) == []
    with tenant_scope(northwind.pk):
        resolved = Problem.objects.get()
    assert (resolved.status, resolved.resolved_by) == ("resolved", None)
    assert resolved.resolved_at == resolved.gone_at != None  # noqa: E711
    went(first, ago)
    set_status(check, "unsupported")
    codes(northwind)
    again = open_problem(northwind)
    assert (again.pk == first.pk, again.since == first.since, again.returns) == (is_same, is_same, is_same)
    assert history(northwind) == ["open", "resolved", "open"]


def away_for_a_moment(check: FormCheck, tenant: Tenant) -> None:
    set_status(check, "supported")
    assert codes(tenant) == []
    set_status(check, "unsupported")
    codes(tenant)


def test_who_has_taken_it_up_has_it_still_when_it_was_away_for_a_moment(
    northwind: Tenant, carol: User
) -> None:
    check = factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    codes(northwind)
    problems.acknowledge(open_problem(northwind), "I am on it", carol)
    away_for_a_moment(check, northwind)
    kept = open_problem(northwind)
    assert (kept.status, kept.note, kept.returns) == ("acknowledged", "I am on it", 1)
    until = timezone.now() + timedelta(days=2)
    problems.snooze(kept, until, "", carol)
    away_for_a_moment(check, northwind)
    kept = open_problem(northwind)
    assert (kept.status, kept.snoozed_until) == ("snoozed", until)


def test_a_snooze_that_ended_while_it_was_away_is_over(northwind: Tenant, carol: User) -> None:
    check = factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    codes(northwind)
    problems.snooze(open_problem(northwind), timezone.now(), "", carol)
    away_for_a_moment(check, northwind)
    assert open_problem(northwind).status == "open"


def test_what_a_person_resolved_and_comes_back_is_open(northwind: Tenant, carol: User) -> None:
    check = factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    codes(northwind)
    problems.acknowledge(open_problem(northwind), "", carol)
    problems.resolve(open_problem(northwind), "Changed", carol)
    away_for_a_moment(check, northwind)
    assert open_problem(northwind).status == "open"


def test_what_a_person_resolved_is_gone_within_a_day_or_open(northwind: Tenant, carol: User) -> None:
    stop(northwind, "lever.grant_revoked")
    codes(northwind)
    problem = open_problem(northwind)
    problems.resolve(problem, "They authorize again", carol)
    for hours, expected in ((23, []), (25, ["connection.stopped"])):
        with tenant_scope(northwind.pk):
            at = timezone.now() - timedelta(hours=hours)
            Problem.objects.filter(pk=problem.pk).update(resolved_at=at)
        assert codes(northwind) == expected
    assert history(northwind) == ["open", "resolved", "open"]


def test_what_a_person_resolved_stays_so_until_it_grows(northwind: Tenant, carol: User) -> None:
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    codes(northwind)
    assert problems.resolve(open_problem(northwind), "They advertise it elsewhere", carol)
    assert codes(northwind) == []
    assert not problems.resolve(kept(northwind), "Twice", carol)
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    assert codes(northwind) == ["forms.unsupported"]
    assert open_problem(northwind).resolved_by is None
    assert history(northwind) == ["open", "resolved", "open"]


def kept(tenant: Tenant) -> Problem:
    with tenant_scope(tenant.pk):
        return Problem.objects.get()


def test_what_a_person_resolved_and_then_shrinks_does_not_come_back(northwind: Tenant, carol: User) -> None:
    checks = [factories.FormCheckFactory.create(tenant=northwind, status="unsupported") for _ in range(2)]
    codes(northwind)
    problems.resolve(open_problem(northwind), "Known", carol)
    set_status(checks[0], "supported")
    assert codes(northwind) == []
    assert kept(northwind).gone_at is None
    set_status(checks[1], "supported")
    codes(northwind)
    assert kept(northwind).gone_at
    assert kept(northwind).resolved_by == carol


def test_each_decision_is_kept_with_who_made_it(northwind: Tenant, carol: User) -> None:
    late(northwind)
    codes(northwind)
    problem = open_problem(northwind)
    problems.acknowledge(problem, "I am on it", carol)
    problems.snooze(problem, timezone.now() + timedelta(days=2), "Monday", carol)
    with tenant_scope(northwind.pk):
        told = ProblemChange.objects.order_by("pk").values_list("status", "by__email", "note")
        assert list(told) == [
            ("open", None, ""),
            ("acknowledged", carol.email, "I am on it"),
            ("snoozed", carol.email, "Monday"),
        ]


def test_a_snooze_that_is_over_opens_the_problem_again(northwind: Tenant, carol: User) -> None:
    late(northwind)
    codes(northwind)
    problems.snooze(open_problem(northwind), timezone.now(), "", carol)
    codes(northwind)
    assert open_problem(northwind).status == "open"
    assert history(northwind) == ["open", "snoozed", "open"]


def test_acknowledged_stays_so_while_it_lasts(northwind: Tenant, carol: User) -> None:
    late(northwind)
    codes(northwind)
    problems.acknowledge(open_problem(northwind), "", carol)
    codes(northwind)
    assert open_problem(northwind).status == "acknowledged"


def set_status(check: FormCheck, status: str) -> None:
    with tenant_scope(check.tenant_id):
        FormCheck.objects.filter(pk=check.pk).update(status=status)


def test_acknowledging_keeps_it_open_with_a_note_and_is_audited(northwind: Tenant, carol: User) -> None:
    late(northwind)
    codes(northwind)
    problems.acknowledge(open_problem(northwind), "I am on it", carol)
    codes(northwind)
    kept = open_problem(northwind)
    assert (kept.status, kept.note) == ("acknowledged", "I am on it")
    with tenant_scope(northwind.pk):
        assert AuditEvent.objects.get(action="problem.acknowledged").actor == carol


def test_what_is_resolved_cannot_be_acknowledged(northwind: Tenant, carol: User) -> None:
    gone = factories.ProblemFactory.create(tenant=northwind, status="resolved", resolved_at=timezone.now())
    problems.acknowledge(gone, "too late", carol)
    with tenant_scope(northwind.pk):
        assert Problem.objects.get().status == "resolved"
        assert not AuditEvent.objects.exists()


def test_the_task_looks_at_its_tenant(northwind: Tenant, southgate: Tenant) -> None:
    late(northwind)
    late(southgate)
    tasks.diagnose(str(northwind.pk))
    assert open_problem(northwind).code == "feed.late"
    with tenant_scope(southgate.pk):
        assert not Problem.objects.exists()


def test_off_boarded_tenants_are_not_looked_at(
    northwind: Tenant, southgate: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[object] = []
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk, **_: rung.append(pk))
    Tenant.objects.filter(pk=southgate.pk).update(status=Tenant.Status.OFFBOARDED)
    tasks.ring_for_diagnoses()
    assert rung == [northwind.pk]


def test_who_has_left_is_looked_at_until_nothing_is_left_open(
    northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[object] = []
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk, **_: rung.append(pk))
    late(northwind)
    codes(northwind)
    northwind.status = Tenant.Status.OFFBOARDED
    northwind.save()
    tasks.ring_for_diagnoses()
    assert rung == [northwind.pk]
    problems.diagnose(northwind)
    assert kept(northwind).gone_at
    tasks.ring_for_diagnoses()
    assert rung == [northwind.pk]


@pytest.mark.django_db(transaction=True)
def test_a_decision_waits_for_a_look_that_is_under_way(
    northwind: Tenant, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the look, which has read the row before, would write it as it was."""
    late(northwind)
    codes(northwind)
    problem, write = open_problem(northwind), ledger._is_seen

    def decide() -> None:
        try:
            problems.acknowledge(problem, "", carol)
        finally:
            connection.close()

    thread = threading.Thread(target=decide)

    def write_while_somebody_decides(*given: Any) -> None:
        thread.start()
        thread.join(0.5)
        write(*given)

    monkeypatch.setattr(ledger, "_is_seen", write_while_somebody_decides)
    problems.diagnose(northwind)
    thread.join(10)
    assert open_problem(northwind).status == "acknowledged"


@pytest.mark.django_db(transaction=True)
def test_some_that_look_at_once_find_one_problem(northwind: Tenant) -> None:
    codes(northwind)  # the addresses of webhooks are there, so that nobody waits for whoever makes them
    late(northwind)
    together, failures = threading.Barrier(4), list[Exception]()

    def look() -> None:
        try:
            connection.ensure_connection()
            together.wait()
            problems.diagnose(northwind)
        except Exception as error:  # noqa: BLE001 the thread's failure is the test's
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert open_problem(northwind).code == "feed.late"
