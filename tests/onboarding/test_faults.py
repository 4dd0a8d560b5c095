"""The table of faults: each is injected into the sandbox, becomes a problem with its code and actor within its written
threshold, and resolves by itself once it is mended. Time is moved only as far as the schedule's own periods."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from integrations.models import (
    ArchiveReasonReading,
    Conversion,
    Feed,
    FeedSync,
    FormCheck,
    Posting,
    StageReading,
    WebhookReading,
)
from integrations.services import feeds, readings
from onboarding import notices, problems
from onboarding.desk.fleet import LOOKS_STOP_AFTER, fleet
from onboarding.models import Health, Notice, Problem
from sandbox.server import Server
from sandbox.world import form_editor, recruiting
from sandbox.world.account import Account
from sandbox.world.candidates import Application
from sandbox.world.faults import Fault
from sandbox.world.ids import new_id, now_ms
from tenants.models import Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests import factories
from tests.lever_world import connect, make_due, work_off
from webhooks.models import CatchUp

from .lever import settle
from .rows import delivered, endpoint

pytestmark = pytest.mark.django_db(transaction=True)
A_LOOK = timedelta(minutes=1)


@dataclass(frozen=True)
class Scene:
    """A tenant that runs, its account in the sandbox, and whoever authorized it."""

    sandbox: Server
    account: Account
    tenant: Tenant
    alice: User

    def order(self, kind: str, **fields: Any) -> None:
        self.sandbox.world.faults.order(Fault(kind, account=self.account.key, **fields))

    def cancel(self, kind: str) -> None:
        self.sandbox.world.faults.cancel(kind, self.account.key)


@dataclass(frozen=True)
class Case:
    """`passes` is what the schedule does next, which is never later than `after`."""

    code: str
    actor: str
    after: timedelta
    inject: Callable[[Scene], object]
    passes: Callable[[Scene], object]
    mend: Callable[[Scene], object]


def sync(scene: Scene) -> None:
    """As the schedule does each hour, with all the tries that it makes."""
    with tenant_scope(scene.tenant.pk):
        feeds.start_sync(Feed.objects.get(), FeedSync.Trigger.SCHEDULE)
    for _ in range(8):
        work_off(FeedSync)
        make_due(FeedSync)


def apply(scene: Scene) -> None:
    posting = open_postings(scene)[0]
    robin = Application(new_id(), posting.id, now_ms(), "Robin Reed", "robin@candidates.example")
    recruiting.apply(scene.sandbox.world, scene.account, posting, robin, "applied", None)
    settle(scene.sandbox)


def catch_up(scene: Scene) -> None:
    make_due(CatchUp)
    work_off(CatchUp)


def read_stages(scene: Scene) -> None:
    make_due(StageReading)
    work_off(StageReading)


def read_reasons(scene: Scene) -> None:
    make_due(ArchiveReasonReading)
    work_off(ArchiveReasonReading)


def read_webhooks(scene: Scene) -> None:
    make_due(WebhookReading)
    work_off(WebhookReading)


def check_forms(scene: Scene) -> None:
    make_due(FormCheck)
    work_off(FormCheck)


def an_event_comes(scene: Scene) -> None:
    """A candidate of theirs moves in Lever."""
    candidate = next(iter(scene.account.opportunities.values()))
    stage = next(it.id for it in scene.account.pipeline.stages if it.id != candidate.stage_id)
    recruiting.move(scene.sandbox.world, scene.account, candidate.id, stage)
    settle(scene.sandbox)


def open_postings(scene: Scene) -> list[Any]:
    return [it for it in scene.account.postings.values() if it.is_public]


def remove_stage(scene: Scene) -> None:
    pipeline = scene.account.pipeline
    workflows = tuple(replace(it, stages=it.stages[:-1]) for it in pipeline.workflows)
    scene.account.pipeline = replace(pipeline, workflows=workflows)


def put_stage_back(scene: Scene, before: Any) -> None:
    scene.account.pipeline = before


def convert(scene: Scene) -> None:
    """Something happens that Appcast is told of; the receiver is tried for two hours."""
    with tenant_scope(scene.tenant.pk):
        application = factories.ApplicationFactory.create(
            tenant=scene.tenant, posting=Posting.objects.filter(closed_at=None).first()
        )
        factories.ConversionFactory.create(
            tenant=scene.tenant,
            application=application,
            status=Conversion.Status.READY,
            next_attempt_at=timezone.now(),
            received_at=timezone.now() - timedelta(hours=1, seconds=1),
        )
    work_off(Conversion)


def send_waiting(scene: Scene) -> None:
    make_due(Conversion)
    work_off(Conversion)


def silence(scene: Scene) -> None:
    """Daily for six weeks, then switched off two weeks ago."""
    to = endpoint(scene.tenant, "hired")
    for days in range(14, 56):
        event = delivered(to)
        with tenant_scope(scene.tenant.pk):
            type(event).objects.filter(pk=event.pk).update(received_at=timezone.now() - timedelta(days=days))


def then(*acts: Callable[[Scene], object]) -> Callable[[Scene], None]:
    def do(scene: Scene) -> None:
        for act in acts:
            act(scene)

    return do


CASES = {
    "revoked grant": Case(
        "connection.stopped",
        "customer",
        timedelta(hours=1),
        lambda it: it.sandbox.world.grants.revoke(it.account),
        catch_up,
        lambda it: connect(it.sandbox, it.tenant, it.alice),
    ),
    "dropped scope": Case(
        "connection.scopes_refused",
        "customer",
        timedelta(hours=1),
        lambda it: it.order("reduced_scopes"),
        catch_up,
        then(lambda it: it.cancel("reduced_scopes"), catch_up),
    ),
    "dropped scope of what is read daily": Case(
        "connection.scopes_refused",
        "customer",
        timedelta(days=1),
        lambda it: it.order("reduced_scopes", path_prefix="/v1/archive_reasons"),
        read_reasons,
        then(lambda it: it.cancel("reduced_scopes"), read_reasons),
    ),
    "webhook off": Case(
        "webhooks.silent",
        "customer",
        timedelta(days=5),
        silence,
        lambda it: None,
        lambda it: delivered(endpoint(it.tenant, "hired")),
    ),
    "token changed": Case(
        "webhook.rejected",
        "customer",
        timedelta(0),
        lambda it: it.order("wrongly_signed_webhooks"),
        an_event_comes,
        then(lambda it: it.cancel("wrongly_signed_webhooks"), an_event_comes),
    ),
    "feed shrunk": Case(
        "feed.large_drop",
        "staff",
        timedelta(hours=1),
        lambda it: it.order("shrunken_feed"),
        sync,
        then(lambda it: it.cancel("shrunken_feed"), sync),
    ),
    "feed gone": Case(
        "feed.failed",
        "customer",
        timedelta(hours=1),
        lambda it: it.sandbox.world.accounts.pop(it.account.key),
        sync,
        then(lambda it: it.sandbox.world.accounts.update({it.account.key: it.account}), sync),
    ),
    "form changed": Case(
        "forms.unsupported",
        "customer",
        timedelta(days=1),
        lambda it: form_editor.set_unsupported_question(open_postings(it)[0], True),
        check_forms,
        then(lambda it: form_editor.set_unsupported_question(open_postings(it)[0], False), check_forms),
    ),
    "Lever 503": Case(
        "feed.unanswered",
        "provider",
        timedelta(hours=2),
        lambda it: it.order("503"),
        sync,
        then(lambda it: it.cancel("503"), sync),
    ),
    "receiver down": Case(
        "conversions.late",
        "engineer",
        timedelta(hours=1),
        lambda it: it.sandbox.world.faults.order(Fault("503", path_prefix="/appcast/")),
        convert,
        then(lambda it: it.sandbox.world.faults.cancel("503", None), send_waiting),
    ),
}


@pytest.fixture
def scene(sandbox: Server, account: Account, northwind: Tenant, alice: User) -> Scene:
    for posting in account.postings.values():
        form_editor.set_unsupported_question(posting, False)
    Tenant.objects.filter(pk=northwind.pk).update(status="live", live_at=timezone.now())
    northwind.refresh_from_db()
    made = Scene(sandbox, account, northwind, alice)
    readings.schedule()
    apply(made)
    check_forms(made)
    read_stages(made)
    read_webhooks(made)
    sync(made)
    catch_up(made)
    return made


def found(scene: Scene) -> dict[str, Problem]:
    return {it.code: it for it in problems.diagnose(scene.tenant)}


@pytest.mark.parametrize("fault", CASES)
def test_a_fault_is_a_problem_within_its_threshold_and_none_once_it_is_mended(
    scene: Scene, fault: str
) -> None:
    case = CASES[fault]
    assert case.code not in found(scene)
    case.inject(scene)
    case.passes(scene)
    problem = found(scene)[case.code]
    assert problem.actor == case.actor
    assert case.after <= problems.KINDS[case.code].within
    case.mend(scene)
    assert case.code not in found(scene)
    with tenant_scope(scene.tenant.pk):
        row = Problem.objects.get(pk=problem.pk)
    assert (row.status, row.resolved_by) == ("resolved", None)


def test_a_stage_that_is_removed_and_comes_back(scene: Scene) -> None:
    before = scene.account.pipeline
    remove_stage(scene)
    read_stages(scene)
    assert found(scene)["stages.changed"].actor == "customer"
    put_stage_back(scene, before)
    read_stages(scene)
    assert "stages.changed" not in found(scene)


def test_a_removed_webhook_is_mended_with_the_next_delivery(scene: Scene) -> None:
    an_event_comes(scene)
    kept = dict(scene.account.webhooks)
    scene.account.webhooks.clear()
    read_webhooks(scene)
    assert found(scene)["webhooks.changed"].actor == "customer"
    scene.account.webhooks.update(kept)
    read_webhooks(scene)
    assert "webhooks.changed" not in found(scene)


def test_mail_that_is_refused(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    with tenant_scope(scene.tenant.pk):
        factories.FormCheckFactory.create(tenant=scene.tenant, status="unsupported")
    problems.diagnose(scene.tenant)
    with tenant_scope(scene.tenant.pk):
        Problem.objects.update(since=timezone.now() - timedelta(hours=3))

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", refuse)
    notices.notify(scene.tenant)
    assert found(scene)["notices.refused"].actor == "engineer"
    monkeypatch.undo()
    with across_tenants("a test moves the time"):
        Notice.objects.exclude(failed_at=None).update(
            failed_at=timezone.now() - timedelta(minutes=16), next_at=timezone.now()
        )
    notices.notify(scene.tenant)
    assert "notices.refused" not in found(scene)


def test_a_worker_that_is_stopped_shows_on_the_desk_itself(scene: Scene) -> None:
    """Who looks is stopped too: no row can tell of it."""
    found(scene)
    with across_tenants("a test moves the time"):
        assert fleet().silent_since is None
        Health.objects.update(looked_at=timezone.now() - LOOKS_STOP_AFTER - A_LOOK)
        assert fleet().silent_since
    found(scene)
    with across_tenants("a test looks"):
        assert fleet().silent_since is None


def test_every_threshold_of_the_table_is_written_in_the_catalogue() -> None:
    assert all(case.code in problems.KINDS for case in CASES.values())
