"""A part that waits says who acts next, and why where it takes long: it never waits without a word."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Conversion, Delivery, StageMapping
from integrations.services import applications
from onboarding import golive, rehearsals
from onboarding.evidence import gather
from onboarding.models import Rehearsal
from onboarding.steps.rehearsal_part import Part
from onboarding.steps.rehearsal_parts import progress
from sandbox.server import Server
from sandbox.world import recruiting
from sandbox.world.account import Account
from sandbox.world.faults import Fault
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.lever_world import lift_limits, make_due
from webhooks.models import WebhookEndpoint

from .lever import settle
from .rows import delivered, endpoint, rehearsed, told
from .test_rehearsals import move
from .test_tidying import candidates

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = timedelta(seconds=31)


@pytest.fixture
def ready(northwind: Tenant) -> Tenant:
    """Lever is authorized, and the tokens of both webhooks are here."""
    factories.ConnectionFactory.create(tenant=northwind)
    for kind in ("application_created", "stage_changed"):
        endpoint(northwind, kind)
    return northwind


def part_of(tenant: Tenant, title: str) -> Part:
    with tenant_scope(tenant.pk):
        return next(it for it in progress(Rehearsal.objects.get(), gather(tenant)) if it.title == title)


def change(tenant: Tenant, model: Any, **fields: Any) -> None:
    with tenant_scope(tenant.pk):
        model.objects.update(**fields)


def test_a_webhook_that_does_not_come_is_missed_after_half_a_minute(ready: Tenant) -> None:
    rehearsed(ready, confirmed_at=None)
    seen = told(ready, "rehearsal")
    assert (seen.state, seen.actor, seen.mismatch) == ("waiting", "provider", None)
    change(ready, Delivery, delivered_at=timezone.now() - LONG_AGO)
    seen = told(ready, "rehearsal")
    assert (seen.state, seen.actor) == ("needs_attention", "customer")
    assert seen.mismatch
    assert seen.mismatch.received.startswith("nothing since Lever took it")
    assert "is “Application Created” on (blue)" in seen.mismatch.path


def test_a_webhook_that_is_not_set_up_is_asked_for_at_once(northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    rehearsed(northwind, confirmed_at=None)
    seen = told(northwind, "rehearsal")
    assert (seen.state, seen.actor) == ("needs_attention", "customer")
    assert seen.mismatch
    assert seen.mismatch.who == "you, on the step “Switch on the webhooks”"


def test_a_refused_webhook_is_mended_on_the_step_of_the_webhooks(ready: Tenant) -> None:
    rehearsed(ready, confirmed_at=None)
    with tenant_scope(ready.pk):
        created = WebhookEndpoint.objects.get(event_kind="application_created")
    factories.RejectedRequestFactory.create(tenant=ready, endpoint=created)
    seen = told(ready, "rehearsal").mismatch
    assert seen
    assert "signed with a token that we do not know" in seen.received
    assert seen.who == "you, on the step “Switch on the webhooks”"


def test_an_event_that_lever_keeps_us_from_reading_is_named(ready: Tenant) -> None:
    rehearsal = rehearsed(ready, confirmed_at=None, external_id="a-1")
    change(ready, Delivery, delivered_at=timezone.now() - LONG_AGO)
    trouble = "Lever does not answer properly at the moment."
    delivered(
        endpoint(ready, "application_created", has_token=False),
        status="received",
        application_external_id=rehearsal.application.external_id,
        error_code="lever.unavailable",
        error_message=trouble,
    )
    wrong = part_of(ready, "Confirmed by Lever's webhook").mismatch
    assert wrong
    assert (wrong.received, wrong.who) == (trouble, "nobody: we try again by ourselves")
    assert told(ready, "rehearsal").state == "checking"


def test_a_delivery_that_has_not_begun_says_so(ready: Tenant) -> None:
    rehearsed(ready, confirmed_at=None)
    change(ready, Delivery, status=Delivery.Status.READY, delivered_at=None)
    assert part_of(ready, "Delivered into Lever").mismatch is None
    change(ready, Rehearsal, started_at=timezone.now() - LONG_AGO)
    wrong = part_of(ready, "Delivered into Lever").mismatch
    assert wrong
    assert wrong.received.startswith("it has not been handed in yet")
    assert told(ready, "rehearsal").state == "checking"


@pytest.mark.parametrize(
    ("status", "code", "actor", "path"),
    [
        ("held", "delivery.consent_missing", "staff", ""),
        ("held", "lever.scope_missing", "customer", "accept all permissions."),
        ("rejected", "lever.not_found", "customer", "Start another rehearsal."),
        ("rejected", "application.erased", "customer", "Start another rehearsal."),
        ("rejected", "lever.refused", "staff", ""),
    ],
)
def test_a_delivery_that_was_refused_says_who_mends_it(
    ready: Tenant, status: str, code: str, actor: str, path: str
) -> None:
    rehearsed(ready, confirmed_at=None)
    refused = {"status": status, "error_code": code, "error_message": "No.", "delivered_at": None}
    change(ready, Delivery, **refused)
    seen = told(ready, "rehearsal")
    assert (seen.state, seen.actor) == ("needs_attention", actor)
    assert seen.mismatch
    assert seen.mismatch.received == "No."
    assert seen.mismatch.path.endswith(path)


def test_access_that_was_withdrawn_is_what_it_waits_for(ready: Tenant) -> None:
    rehearsed(ready, is_attributed=None)
    change(ready, Rehearsal, next_attempt_at=timezone.now())
    withdraw = {"status": "needs_authorization", "error_message": "Lever did not accept our access."}
    change(ready, factories.ConnectionFactory._meta.model, **withdraw)
    seen = told(ready, "rehearsal")
    assert (seen.state, seen.actor) == ("needs_attention", "customer")
    assert seen.mismatch
    assert seen.mismatch.received == withdraw["error_message"]


@pytest.mark.parametrize("title", ["Reported to Appcast", "Stage reported to Appcast"])
def test_what_appcast_does_not_take_is_told_as_to_come_and_then_why_not(ready: Tenant, title: str) -> None:
    rehearsed(ready, stage_external_id="offer")
    factories.StageMappingFactory.create(tenant=ready, stage_external_id="offer", conversion="offer")
    change(ready, Conversion, sent_at=None, status="ready", error_message="Appcast did not take these.")
    assert part_of(ready, title).mismatch is None
    assert "Appcast has taken" not in part_of(ready, title).says
    change(ready, Conversion, received_at=timezone.now() - LONG_AGO)
    part = part_of(ready, title)
    assert part.mismatch
    assert (part.actor, part.mismatch.received) == ("staff", "Appcast did not take these.")
    change(ready, Conversion, status="dead")
    assert part_of(ready, title).state == "failed"


def test_the_customers_task_names_a_stage_and_after_a_while_what_to_check(ready: Tenant) -> None:
    rehearsed(ready, stage_changed_at=None)
    factories.StageMappingFactory.create(tenant=ready, stage_name="Phone screen", conversion="interview")
    task = "Move “Appcast Rehearsal” in Lever to a stage that is reported to Appcast, such as “Phone screen”."
    assert part_of(ready, "Moved to another stage").says == task
    assert told(ready, "rehearsal").says == f"Next: {task}"
    change(ready, Delivery, delivered_at=timezone.now() - LONG_AGO)
    assert (
        "check in Lever that “Candidate Stage Change” is on" in part_of(ready, "Moved to another stage").says
    )


@pytest.mark.parametrize(
    ("mapped", "example"),
    [
        (["contacted", "application_received", "interview", "hired"], "such as “interview”."),
        (["contacted", "application_received"], "such as “application_received”."),
        (["contacted", "rejected", "hired"], "to a stage that is reported to Appcast."),
    ],
)
def test_no_applicant_is_moved_back_to_a_stage_of_sourcing_or_out(
    ready: Tenant, mapped: list[str], example: str
) -> None:
    rehearsed(ready, stage_changed_at=None)
    with tenant_scope(ready.pk):
        StageMapping.objects.all().delete()
    for conversion in mapped:
        factories.StageMappingFactory.create(
            tenant=ready, stage_external_id=conversion, stage_name=conversion, conversion=conversion
        )
    assert part_of(ready, "Moved to another stage").says.endswith(example)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (applications.DELETED_IN_ATS, "The test candidate was deleted in Lever. Start another rehearsal."),
        ("retention", "was not moved before our copies of it were erased by their date."),
    ],
)
def test_a_candidate_that_was_erased_is_waited_for_no_more(ready: Tenant, reason: str, said: str) -> None:
    rehearsal = rehearsed(ready, stage_changed_at=None)
    applications.erase(rehearsal.application, reason=reason)
    seen = told(ready, "rehearsal")
    assert (seen.state, seen.actor) == ("needs_attention", "customer")
    assert said in seen.says


@pytest.mark.parametrize(("by", "actor"), [("alice", "customer"), ("carol", "staff")])
def test_while_the_connection_is_paused_it_waits_for_whoever_resumes(
    ready: Tenant, request: pytest.FixtureRequest, by: str, actor: str
) -> None:
    rehearsed(ready, confirmed_at=None, is_attributed=None, stage_changed_at=None)
    change(ready, Delivery, status=Delivery.Status.READY, delivered_at=None)
    change(ready, Conversion, sent_at=None, status="ready", received_at=timezone.now() - LONG_AGO)
    change(ready, Rehearsal, started_at=timezone.now() - LONG_AGO)
    golive.pause(ready, request.getfixturevalue(by))
    seen = told(ready, "rehearsal")
    assert (seen.state, seen.actor, seen.mismatch) == ("in_progress", actor, None)
    assert seen.says == "It goes on once the connection is resumed."
    parts = [part_of(ready, it) for it in ("Delivered into Lever", "Reported to Appcast")]
    assert [(it.actor, it.mismatch, it.says) for it in parts] == [("nobody", None, seen.says)] * 2


def test_lever_that_refuses_what_it_granted_is_told_and_holds_up_nothing(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    few = frozenset(factories.FEW_SCOPES)
    sandbox.world.faults.order(Fault("reduced_scopes", path_prefix="/v1/opportunities", scopes=few))
    rehearsals.start(northwind, alice)
    settle(sandbox)
    look(sandbox)
    attributed = part_of(northwind, "Attributed")
    assert attributed.state == "unprovable"
    assert attributed.mismatch
    assert attributed.mismatch.received.startswith("Lever does not allow us this.")
    assert "accept all permissions" in attributed.mismatch.path
    assert part_of(northwind, "Test candidate archived").actor == "customer"
    waiting = told(northwind, "rehearsal")
    assert (waiting.state, waiting.mismatch) == ("in_progress", attributed.mismatch)
    move(sandbox, account, "Phone screen")
    done = told(northwind, "rehearsal")
    assert (done.state, done.mismatch) == ("done", attributed.mismatch)


def test_what_lever_refused_is_proved_once_it_may_be_read(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    few = frozenset(factories.FEW_SCOPES)
    sandbox.world.faults.order(Fault("reduced_scopes", path_prefix="/v1/opportunities", scopes=few))
    rehearsals.start(northwind, alice)
    settle(sandbox)
    look(sandbox)
    reason = next(it for it in account.pipeline.archive_reasons if it.type != "hired")
    recruiting.archive(sandbox.world, account, candidates(account)[0].id, reason.id)
    settle(sandbox)
    sandbox.world.faults.cancel("reduced_scopes", None)
    look(sandbox)
    assert part_of(northwind, "Attributed").state == "proved"


def look(sandbox: Server) -> None:
    make_due(Rehearsal)
    lift_limits(sandbox)
    settle(sandbox)
