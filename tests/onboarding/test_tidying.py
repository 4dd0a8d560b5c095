"""The test candidate goes into Lever's archive: by our hand where Lever lets us, else by the customer's, and seen."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import Settings

from integrations.models import Application
from onboarding import rehearsals
from onboarding.models import Rehearsal
from onboarding.steps.rehearsal_part import NAME
from sandbox.server import Server
from sandbox.world import recruiting
from sandbox.world.account import Account
from sandbox.world.candidates import Opportunity
from sandbox.world.faults import Fault
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.lever_world import lift_limits, make_due, work_off

from .lever import settle
from .test_rehearsals import move

pytestmark = pytest.mark.django_db(transaction=True)
READ_ONLY = [it.replace("opportunities:write", "opportunities:read") for it in settings.LEVER_SCOPES]


def candidates(account: Account) -> list[Opportunity]:
    """Oldest first."""
    ours = [it for it in account.opportunities.values() if it.application.name == NAME]
    return sorted(ours, key=lambda it: it.created_at)


def look(sandbox: Server) -> None:
    make_due(Rehearsal)
    lift_limits(sandbox)
    settle(sandbox)


def stored(tenant: Tenant) -> tuple[Rehearsal, Application]:
    """The first rehearsal."""
    with tenant_scope(tenant.pk):
        rehearsal = Rehearsal.objects.select_related("application").order_by("pk")[0]
        return rehearsal, rehearsal.application


def archive_by_hand(sandbox: Server, account: Account) -> None:
    reason = next(it for it in account.pipeline.archive_reasons if it.type != "hired")
    recruiting.archive(sandbox.world, account, candidates(account)[0].id, reason.id)


def puts(sandbox: Server) -> int:
    return sum(it.method == "PUT" for it in sandbox.world.log)


def test_it_is_archived_once_it_went_the_whole_way(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    rehearsals.start(northwind, alice)
    settle(sandbox)
    look(sandbox)
    assert candidates(account)[0].archived is None
    assert stored(northwind)[0].next_attempt_at
    move(sandbox, account, "Phone screen")
    look(sandbox)
    archived = candidates(account)[0].archived
    assert archived
    reason = account.pipeline.archive_reason(archived.reason_id)
    assert reason
    assert reason.text == "Withdrew"
    rehearsal, application = stored(northwind)
    assert application.archived_at
    assert (rehearsal.next_attempt_at, puts(sandbox)) == (None, 1)


def test_what_was_given_up_for_another_is_archived_too(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    first = rehearsals.start(northwind, alice)
    settle(sandbox)
    rehearsals.start(northwind, alice, ends=first.pk)
    settle(sandbox)
    look(sandbox)
    assert [it.archived is None for it in candidates(account)] == [False, True]


def test_with_the_right_to_read_the_customers_own_hand_is_seen(
    sandbox: Server, northwind: Tenant, alice: User, settings: Settings, request: pytest.FixtureRequest
) -> None:
    settings.LEVER_SCOPES = READ_ONLY
    account: Account = request.getfixturevalue("account")
    account.switched_on_events.discard("candidateArchiveChange")
    rehearsals.start(northwind, alice)
    settle(sandbox)
    move(sandbox, account, "Phone screen")
    look(sandbox)
    assert (candidates(account)[0].archived, stored(northwind)[1].archived_at) == (None, None)
    archive_by_hand(sandbox, account)
    look(sandbox)
    archived = candidates(account)[0].archived
    assert archived
    seen = stored(northwind)[1].archived_at
    assert seen
    assert round(seen.timestamp() * 1000) == archived.archived_at
    assert puts(sandbox) == 0


def test_without_the_right_to_read_nobody_looks(northwind: Tenant, sandbox: Server) -> None:
    factories.ConnectionFactory.create(tenant=northwind, scopes=factories.FEW_SCOPES)
    factories.RehearsalFactory.create(tenant=northwind, next_attempt_at=timezone.now())
    work_off(Rehearsal)
    assert stored(northwind)[0].next_attempt_at is None
    assert not sandbox.world.log


def test_after_a_week_nobody_looks_any_more(northwind: Tenant, sandbox: Server) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    factories.RehearsalFactory.create(tenant=northwind, next_attempt_at=timezone.now())
    with tenant_scope(northwind.pk):
        Rehearsal.objects.update(started_at=timezone.now() - timedelta(days=8))
    work_off(Rehearsal)
    assert stored(northwind)[0].next_attempt_at is None


def test_trouble_at_lever_is_waited_out(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    rehearsals.start(northwind, alice)
    settle(sandbox)
    sandbox.world.faults.order(Fault("500", path_prefix="/v1/opportunities", times_left=1))
    look(sandbox)
    rehearsal, _ = stored(northwind)
    assert (rehearsal.error_code, rehearsal.next_attempt_at is None) == ("lever.unavailable", False)


def test_a_candidate_that_was_deleted_is_looked_for_no_more(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    rehearsals.start(northwind, alice)
    settle(sandbox)
    recruiting.delete(sandbox.world, account, candidates(account)[0].id)
    look(sandbox)
    assert stored(northwind)[0].next_attempt_at is None
