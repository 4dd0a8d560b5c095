"""What no webhook told is found in Lever, told once, and not told again when the webhook comes after all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from integrations import tasks
from integrations.models import Application, Connection, Conversion, Delivery
from integrations.types import StageMove
from sandbox.server import Server
from sandbox.world import by_hand, recruiting
from sandbox.world.account import Account
from sandbox.world.candidates import Opportunity
from sandbox.world.faults import Fault
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.factories import FEW_SCOPES, ArchiveReasonFactory, StageMappingFactory
from tests.lever_world import connect, lift_limits, make_due, work_off
from tests.sandbox.customer import wait_until
from webhooks import catching_up, endpoints, findings
from webhooks.models import CatchUp, WebhookEvent

from .happenings import fresh

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DEAD = "http://127.0.0.1:9/nobody"


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Webhooks are lost at once, and parts of a list follow one another."""
    monkeypatch.setattr(catching_up, "WEBHOOKS_MAY_TAKE", timedelta())
    monkeypatch.setattr(catching_up, "PAUSE_SECONDS", 0)


@pytest.fixture
def account(portal: LiveServer, sandbox: Server, application: Application, alice: User) -> Account:
    tenant = application.tenant
    account = connect(sandbox, tenant, alice, key="meridian")
    lift_limits(sandbox)
    endpoints.make_through_api(tenant, alice)
    account.switched_on_events = {it.event for it in account.webhooks.values()}
    for index, stage in enumerate(account.pipeline.stages):
        conversion = "interview" if index % 2 else "reviewed"
        StageMappingFactory.create(tenant=tenant, stage_external_id=stage.id, conversion=conversion)
    for reason in account.pipeline.archive_reasons:
        ArchiveReasonFactory.create(
            tenant=tenant, external_id=reason.id, name=reason.text, is_hired=reason.type == "hired"
        )
    return account


@pytest.fixture
def candidate(account: Account, application: Application) -> Opportunity:
    """In Lever by our application; Lever told of its arrival."""
    found = next(it for it in account.opportunities.values() if not it.archived)
    found.application.id = application.external_id
    found.sources = ["Appcast"]
    application.opportunity_external_id, application.confirmed_at = found.id, timezone.now() - HOUR
    with tenant_scope(application.tenant_id):
        application.save()
    return found


class Deaf:
    """Lever's webhooks reach nobody meanwhile; afterwards each is handed over as by Rerun."""

    def __init__(self, sandbox: Server, account: Account) -> None:
        self.sandbox, self.account = sandbox, account
        self.addresses = {it.id: it.url for it in account.webhooks.values()}
        self.earlier = {it.id for it in account.history}

    def __enter__(self) -> "Deaf":
        for webhook in self.account.webhooks.values():
            webhook.url = DEAD
        return self

    def __exit__(self, *_: object) -> None:
        wait_until(lambda: self.sandbox.world.courier.pending == 0)
        self.lost = [it for it in self.account.history if it.id not in self.earlier]
        for webhook in self.account.webhooks.values():
            webhook.url = self.addresses[webhook.id]

    def arrive_late(self) -> int:
        for delivery in self.lost:
            delivery.url = self.addresses[delivery.webhook_id]
            by_hand.rerun(self.sandbox.world, self.account, delivery.id)
        wait_until(lambda: self.sandbox.world.courier.pending == 0)
        work_off(WebhookEvent)
        return len(self.lost)


def pass_by() -> None:
    """An hour later."""
    tasks.schedule_readings()
    make_due(CatchUp)
    work_off(CatchUp)


def row(tenant: Tenant) -> CatchUp:
    with tenant_scope(tenant.pk):
        return CatchUp.objects.get()


def told(application: Application) -> list[tuple[str, str, bool, bool]]:
    """Name, stage, whether it was found, whether it is verified."""
    with tenant_scope(application.tenant_id):
        rows = Conversion.objects.filter(application=application).order_by("sequence")
        return list(rows.values_list("name", "raw_stage_id", "is_caught_up", "is_verified"))


def stages_of(account: Account, candidate: Opportunity) -> list[Any]:
    return [it for it in account.pipeline.stages if it.id != candidate.stage_id]


def test_a_lost_move_is_found_and_one_conversion_when_the_webhook_comes_late(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    stage = stages_of(account, candidate)[0]
    with Deaf(sandbox, account) as lost:
        recruiting.move(sandbox.world, account, candidate.id, stage.id)
    pass_by()
    (found,) = told(application)
    assert found[1:] == (stage.id, True, True)
    assert fresh(application).stage_external_id == stage.id
    assert lost.arrive_late() == 1
    assert told(application) == [found]
    pass_by()
    assert told(application) == [found]


def test_a_webhook_that_came_leaves_nothing_to_find(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    stage = stages_of(account, candidate)[0]
    recruiting.move(sandbox.world, account, candidate.id, stage.id)
    wait_until(lambda: sandbox.world.courier.pending == 0)
    pass_by()
    assert told(application) == []
    work_off(WebhookEvent)
    pass_by()
    assert [it[1:3] for it in told(application)] == [(stage.id, False)]


def test_every_move_counts_also_one_back_and_forth(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    """Of four moves the second and the third are lost; each way ends with four conversions."""
    first, second = stages_of(account, candidate)[:2]
    recruiting.move(sandbox.world, account, candidate.id, first.id)
    wait_until(lambda: sandbox.world.courier.pending == 0)
    with Deaf(sandbox, account) as lost:
        recruiting.move(sandbox.world, account, candidate.id, second.id)
        recruiting.move(sandbox.world, account, candidate.id, first.id)
    recruiting.move(sandbox.world, account, candidate.id, second.id)
    wait_until(lambda: sandbox.world.courier.pending == 0)
    pass_by()
    work_off(WebhookEvent)
    assert sorted(it[1] for it in told(application)) == sorted([first.id, second.id] * 2)
    before = told(application)
    assert lost.arrive_late() == 2
    pass_by()
    assert told(application) == before


def test_a_lost_hire_is_found_once(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    """Lever tells it by two webhooks, which come after all."""
    with Deaf(sandbox, account) as lost:
        recruiting.hire(sandbox.world, account, candidate.id)
    pass_by()
    assert told(application) == [("hired", "", True, True)]
    assert fresh(application).archived_at
    assert lost.arrive_late() == 2
    assert told(application) == [("hired", "", True, True)]


def test_a_lost_rejection_is_found_with_its_reason(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    reason = next(it for it in account.pipeline.archive_reasons if it.type != "hired")
    with Deaf(sandbox, account) as lost:
        recruiting.archive(sandbox.world, account, candidate.id, reason.id)
    pass_by()
    assert told(application) == [("rejected", "", True, True)]
    lost.arrive_late()
    assert told(application) == [("rejected", "", True, True)]


def test_a_lost_arrival_is_found_with_its_candidacy(application: Application, candidate: Opportunity) -> None:
    application.opportunity_external_id, application.confirmed_at = "", None
    with tenant_scope(application.tenant_id):
        application.save()
    candidate.updated_at = int(timezone.now().timestamp() * 1000)
    pass_by()
    assert ("apply_complete", "", True, True) in told(application)
    assert fresh(application).opportunity_external_id == candidate.id
    assert fresh(application).is_attributed


def test_a_lost_deletion_is_found_and_erases_here_too(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    with Deaf(sandbox, account) as lost:
        recruiting.delete(sandbox.world, account, candidate.id)
    pass_by()
    erased_at = fresh(application).erased_at
    assert (fresh(application).document, erased_at is not None) == (b"", True)
    lost.arrive_late()
    pass_by()
    assert fresh(application).erased_at == erased_at


def test_the_webhook_of_an_arrival_is_given_time_too(
    application: Application, candidate: Opportunity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "WEBHOOKS_MAY_TAKE", MINUTE)
    candidate.updated_at = int(timezone.now().timestamp() * 1000)
    application.opportunity_external_id, application.confirmed_at = "", None
    with tenant_scope(application.tenant_id):
        application.save()
        Delivery.objects.update(delivered_at=timezone.now())
    pass_by()
    assert told(application) == []
    with tenant_scope(application.tenant_id):
        Delivery.objects.update(delivered_at=timezone.now() - 2 * MINUTE)
    pass_by()
    assert ("apply_complete", "", True, True) in told(application)


def test_candidates_of_others_and_tests_are_passed_over(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    stranger = next(it for it in account.opportunities.values() if it is not candidate and not it.archived)
    with tenant_scope(application.tenant_id):
        Application.objects.update(is_test=True)
    with Deaf(sandbox, account):
        for it in (stranger, candidate):
            recruiting.move(sandbox.world, account, it.id, stages_of(account, it)[0].id)
    pass_by()
    assert told(application) == []


def test_webhooks_are_given_time_to_come(
    sandbox: Server,
    account: Account,
    application: Application,
    candidate: Opportunity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catching_up, "WEBHOOKS_MAY_TAKE", MINUTE)
    with Deaf(sandbox, account):
        recruiting.move(sandbox.world, account, candidate.id, stages_of(account, candidate)[0].id)
    pass_by()
    assert told(application) == []
    monkeypatch.setattr(catching_up, "WEBHOOKS_MAY_TAKE", timedelta())
    pass_by()
    assert len(told(application)) == 1


def test_a_pass_that_broke_off_goes_on_where_it_ended(
    sandbox: Server,
    account: Account,
    application: Application,
    candidate: Opportunity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("integrations.lever.client.PAGE_SIZE", 1)
    now = int(timezone.now().timestamp() * 1000)
    listed = list(account.opportunities.values())[:3]
    for it in listed:
        it.updated_at = now
    monkeypatch.setattr(catching_up, "sleep", lambda _: break_off(sandbox, account))
    pass_by()
    broken = row(application.tenant)
    assert (broken.error_code, bool(broken.cursor), broken.covered_until) == (
        "lever.unavailable",
        True,
        None,
    )
    monkeypatch.setattr(catching_up, "sleep", lambda _: None)
    before = lists(sandbox)
    pass_by()
    done = row(application.tenant)
    assert (done.error_code, done.cursor, done.covered_until) == ("", "", broken.until)
    assert lists(sandbox) - before < len(account.opportunities)


def test_a_place_in_the_list_that_lever_refuses_is_forgotten(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    """The pass begins anew, and reaches as far as it did."""
    since, until = timezone.now() - 2 * HOUR, timezone.now() - HOUR
    tasks.schedule_readings()
    with tenant_scope(application.tenant_id):
        CatchUp.objects.update(since=since, until=until, cursor="of-yesterday")
    pass_by()
    refused = row(application.tenant)
    assert (refused.error_code, refused.cursor, refused.since) == ("lever.refused", "", since)
    pass_by()
    done = row(application.tenant)
    assert (done.error_code, done.covered_until, done.since) == ("", until, None)


def test_all_tries_of_the_first_pass_ask_the_same(
    sandbox: Server, account: Account, application: Application
) -> None:
    reached = []
    for _ in range(2):
        break_off(sandbox, account)
        pass_by()
        reached.append((row(application.tenant).since, row(application.tenant).until))
    assert reached[0] == reached[1] != (None, None)


def break_off(sandbox: Server, account: Account) -> None:
    sandbox.world.faults.order(Fault("503", account.key, path_prefix="/v1/opportunities", times_left=1))


def lists(sandbox: Server) -> int:
    return sum(it.path == "/v1/opportunities" for it in sandbox.world.log)


def test_it_comes_hourly_and_companies_are_spread_over_the_hour(
    account: Account, application: Application
) -> None:
    tasks.schedule_readings()
    first = row(application.tenant)
    assert first.next_attempt_at
    assert first.next_attempt_at - timezone.now() <= HOUR
    pass_by()
    again = row(application.tenant)
    assert again.next_attempt_at
    assert 59 * MINUTE < again.next_attempt_at - timezone.now() <= HOUR
    assert again.covered_until


def test_without_the_permission_nothing_is_read(
    sandbox: Server, northwind: Tenant, alice: User, settings: Any
) -> None:
    settings.LEVER_SCOPES = FEW_SCOPES
    connect(sandbox, northwind, alice)
    pass_by()
    assert (lists(sandbox), row(northwind).covered_until, row(northwind).error_code) == (0, None, "")


def test_without_the_permission_revoked_access_is_found_as_soon(
    sandbox: Server, northwind: Tenant, alice: User, settings: Any
) -> None:
    settings.LEVER_SCOPES = FEW_SCOPES
    account = connect(sandbox, northwind, alice)
    sandbox.world.grants.revoke(account)
    pass_by()
    with tenant_scope(northwind.pk):
        assert Connection.objects.get().status == Connection.Status.NEEDS_AUTHORIZATION


def test_a_permission_that_the_question_for_the_account_lacks_stops_nothing(
    sandbox: Server, northwind: Tenant, alice: User, settings: Any
) -> None:
    settings.LEVER_SCOPES = FEW_SCOPES
    account = connect(sandbox, northwind, alice)
    sandbox.world.faults.order(Fault("reduced_scopes", account.key, scopes=frozenset({"offline_access"})))
    pass_by()
    assert row(northwind).error_code == ""


def moves(*told: tuple[str, float]) -> list[StageMove]:
    return [StageMove(stage, NOON + minutes * MINUTE) for stage, minutes in told]


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ({}, [("a", 0), ("b", 5), ("a", 10)]),
        ({"a": [0], "b": [5]}, [("a", 10)]),
        ({"a": [0.1, 10.2], "b": [4.9]}, []),
        ({"a": [9.9], "b": [5]}, [("a", 0)]),
        ({"a": [200], "b": [5]}, [("a", 0), ("a", 10)]),
        ({"c": [0]}, [("a", 0), ("b", 5), ("a", 10)]),
    ],
)
def test_each_webhook_tells_one_move(told: dict[str, list[float]], left: list[tuple[str, float]]) -> None:
    times = {stage: [NOON + it * MINUTE for it in minutes] for stage, minutes in told.items()}
    assert findings.untold(moves(("a", 0), ("b", 5), ("a", 10)), times) == moves(*left)
