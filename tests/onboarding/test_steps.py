"""What each step tells from its evidence. Nothing is green by default, and every red one says who acts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Connection, FeedSync
from onboarding import clock, golive
from onboarding.evidence import gather
from onboarding.models import LiveRequest, Rehearsal
from onboarding.steps import STEPS
from onboarding.steps.feed import MENDED_BY
from onboarding.steps.rehearsal_part import Part
from onboarding.steps.rehearsal_parts import progress
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories

from .rows import endpoint, listed, make_ready, rehearsed, told

pytestmark = pytest.mark.django_db
HOURS = timedelta(hours=1)


def test_nothing_is_green_by_default(northwind: Tenant) -> None:
    assert {it.told.state for it in listed(northwind).entries} == {"not_started"}
    assert all(it.told.says and it.told.actor == "customer" for it in listed(northwind).entries)


def test_every_step_but_the_last_is_done_with_its_proof_and_its_age(northwind: Tenant) -> None:
    make_ready(northwind)
    entries = listed(northwind).entries[:-1]
    assert {it.step.key: it.told.state for it in entries} == dict.fromkeys(
        [step.key for step in STEPS[:-1]], "done"
    )
    assert all(it.told.at and it.told.says and not it.told.mismatch for it in entries)


def test_lever_that_no_longer_accepts_us_needs_a_super_admin(northwind: Tenant) -> None:
    stopped = Connection.Status.NEEDS_AUTHORIZATION
    factories.ConnectionFactory.create(tenant=northwind, status=stopped, error_message="Revoked.")
    state = told(northwind, "authorize")
    assert (state.state, state.actor) == ("needs_attention", "customer")
    assert state.mismatch
    assert (state.mismatch.received, state.mismatch.who) == (
        "Revoked.",
        "a Super Admin of your Lever account",
    )
    assert "Press “Authorize Lever again”" in state.mismatch.path


def test_an_authorization_without_the_needed_permissions_is_not_done(northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind, scopes=["offline_access", "stages:read:admin"])
    state = told(northwind, "authorize")
    assert (state.state, state.actor) == ("needs_attention", "customer")
    assert state.mismatch
    assert (
        state.mismatch.received
        == "a consent without postings:read:admin, postings:write:admin, uploads:write:admin"
    )


def test_an_access_that_was_never_tried_is_being_checked(northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind, proved_at=None)
    assert told(northwind, "authorize").state == "checking"


def test_the_few_permissions_of_stepstones_link_are_enough(northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind, scopes=factories.FEW_SCOPES)
    assert told(northwind, "authorize").state == "done"


@pytest.mark.parametrize(
    ("synced", "sync", "state", "actor", "says"),
    [
        (None, {"status": "queued", "finished_at": None}, "checking", "nobody", "Fetching the feed"),
        (
            None,
            {
                "status": "running",
                "finished_at": None,
                "error_message": "Busy.",
                "next_attempt_at": timezone.now() + HOURS,
            },
            "waiting",
            "provider",
            "Busy. We try again at ",
        ),
        (None, {"status": "failed"}, "checking", "nobody", "Fetching the feed"),
        (
            0,
            {"status": "failed", "error_code": "lever.feed_not_found", "error_message": "404"},
            "needs_attention",
            "customer",
            "could not be read",
        ),
        (
            3,
            {"status": "failed", "error_code": "lever.unavailable", "error_message": "Lever is down."},
            "waiting",
            "provider",
            "Lever is down. We try again now. There is nothing for you to do.",
        ),
        (
            0,
            {"status": "failed", "error_code": "lever.feed_doctype", "error_message": "A DOCTYPE."},
            "needs_attention",
            "staff",
            "A DOCTYPE. Appcast Customer Success looks into it",
        ),
        (
            0,
            {"status": "held", "error_message": "9 are missing"},
            "needs_attention",
            "staff",
            "9 are missing",
        ),
        (3, {}, "needs_attention", "staff", "longer ago than it should be."),
        (0, {"status": "queued", "finished_at": None}, "done", "nobody", "0 published jobs read"),
        (0, {}, "done", "nobody", "0 published jobs read"),
    ],
)
def test_the_feed(
    northwind: Tenant, synced: int | None, sync: dict[str, Any], state: str, actor: str, says: str
) -> None:
    synced_at = None if synced is None else timezone.now() - synced * HOURS
    feed = factories.FeedFactory.create(tenant=northwind, synced_at=synced_at)
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, **sync)
    seen = told(northwind, "feed")
    assert (seen.state, seen.actor) == (state, actor)
    assert says in seen.says


def test_a_feed_that_cannot_be_read_says_where_to_switch_it_on(northwind: Tenant) -> None:
    factories.FeedSyncFactory.create(
        tenant=northwind,
        status=FeedSync.Status.FAILED,
        error_code="lever.feed_not_found",
        error_message="Lever answers 404.",
    )
    mismatch = told(northwind, "feed").mismatch
    assert mismatch
    assert "mode=xml" in mismatch.expected
    assert mismatch.received == "Lever answers 404."
    assert mismatch.path.startswith("Settings > Integrations and API > Job boards > Job posting feed: ")


def test_a_feed_that_lever_does_not_give_says_when_it_is_asked_again(northwind: Tenant) -> None:
    again = timezone.now() + timedelta(minutes=1)
    feed = factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now(), next_sync_at=again)
    failed = {"status": "failed", "error_code": "http.no_answer", "error_message": "No answer."}
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, **failed)
    seen = told(northwind, "feed")
    assert seen.says == f"No answer. We try again at {clock.told(again)}. There is nothing for you to do."
    assert seen.mismatch is None
    northwind.status = Tenant.Status.PAUSED
    northwind.save()
    assert "We try again once the connection is resumed." in told(northwind, "feed").says


def test_a_sync_under_way_leaves_what_the_last_one_found(northwind: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now())
    held = {"status": "held", "error_message": "9 are missing"}
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, **held)
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, status="running", finished_at=None)
    assert told(northwind, "feed").says == "9 are missing"


@pytest.mark.parametrize("code", MENDED_BY)
def test_every_code_of_a_failed_feed_stands_in_the_runbook(code: str) -> None:
    assert f"`{code}`" in Path("docs/runbook.md").read_text()


def test_stages_wait_for_every_workflow_to_be_confirmed(northwind: Tenant) -> None:
    factories.PipelineFactory.create(tenant=northwind, confirmed_at=timezone.now())
    factories.PipelineFactory.create(tenant=northwind)
    state = told(northwind, "stages")
    assert (state.state, state.actor, state.says) == (
        "in_progress",
        "customer",
        "1 of 2 workflows confirmed.",
    )


def test_a_new_stage_asks_for_a_decision(northwind: Tenant) -> None:
    pipeline = factories.PipelineFactory.create(tenant=northwind, confirmed_at=timezone.now())
    factories.StageFactory.create(tenant=northwind, pipeline=pipeline)
    assert told(northwind, "stages").state == "needs_attention"
    assert told(northwind, "stages").says == "1 new stage has no decision yet."
    factories.StageFactory.create(tenant=northwind, pipeline=pipeline)
    assert told(northwind, "stages").says == "2 new stages have no decision yet."


def test_each_kind_of_change_is_counted(northwind: Tenant) -> None:
    pipeline = factories.PipelineFactory.create(tenant=northwind, confirmed_at=timezone.now())
    for old_name, gone in (("Phone screen", {}), ("First call", {}), ("", {"missing_at": timezone.now()})):
        stage = factories.StageFactory.create(tenant=northwind, pipeline=pipeline, **gone)
        factories.StageMappingFactory.create(
            tenant=northwind, stage_external_id=stage.external_id, stage_name=old_name
        )
    state = told(northwind, "stages")
    assert (state.state, state.actor) == ("needs_attention", "customer")
    assert state.says == "1 stage has another name in Lever. 1 stage is not in Lever."


def test_a_stage_that_only_an_event_told_of_is_named_with_what_to_do(northwind: Tenant) -> None:
    """Where stages may not be read, nothing else tells that there is a new one."""
    pipeline = factories.PipelineFactory.create(tenant=northwind, confirmed_at=timezone.now())
    held = {"status": "held", "name": "", "raw_stage_id": "take-home", "next_attempt_at": None}
    for _ in range(2):
        factories.ConversionFactory.create(tenant=northwind, **held)
    state = told(northwind, "stages")
    assert (state.state, state.actor) == ("needs_attention", "customer")
    assert state.says == "Candidates move to 1 stage that is not recorded here."
    assert state.mismatch
    assert (state.mismatch.received, "REVEAL STAGE ID" in state.mismatch.path) == ("take-home", True)
    factories.StageFactory.create(tenant=northwind, pipeline=pipeline, external_id="take-home")
    assert told(northwind, "stages").says == "1 new stage has no decision yet."


def test_an_archive_reason_that_nobody_knows_needs_attention(northwind: Tenant) -> None:
    factories.PipelineFactory.create(tenant=northwind, confirmed_at=timezone.now())
    factories.ConversionFactory.create(
        tenant=northwind,
        status="held",
        name="",
        archive_reason_external_id="who-knows",
        received_at=timezone.now() - timedelta(hours=2),
    )
    state = told(northwind, "stages")
    assert (state.state, state.actor) == ("needs_attention", "customer")
    assert state.says.startswith("Candidates are archived for 1 reason")


def test_before_any_workflow_is_confirmed_nothing_has_changed(northwind: Tenant) -> None:
    factories.StageFactory.create(tenant=northwind)
    factories.ConversionFactory.create(tenant=northwind, status="held", name="", raw_stage_id="take-home")
    assert told(northwind, "stages").says == "0 of 1 workflows confirmed."


@pytest.mark.parametrize(("scopes", "is_said"), [(factories.SCOPES, True), (factories.FEW_SCOPES, False)])
def test_stages_are_said_to_be_found_where_we_may_look_with_the_age_of_that_look(
    northwind: Tenant, scopes: list[str], is_said: bool
) -> None:
    factories.ConnectionFactory.create(tenant=northwind, scopes=scopes)
    confirmed_at, found_at = timezone.now() - timedelta(days=9), timezone.now()
    pipeline = factories.PipelineFactory.create(tenant=northwind, confirmed_at=confirmed_at)
    stage = factories.StageFactory.create(tenant=northwind, pipeline=pipeline, known_at=found_at)
    factories.StageMappingFactory.create(tenant=northwind, stage_external_id=stage.external_id)
    state = told(northwind, "stages")
    assert ("each found in Lever" in state.says) == is_said
    assert state.at == (found_at if is_said else confirmed_at)


def test_stages_that_lever_did_not_confirm_are_not_said_to_be_found_there(northwind: Tenant) -> None:
    pipeline = factories.PipelineFactory.create(tenant=northwind, confirmed_at=timezone.now())
    stage = factories.StageFactory.create(tenant=northwind, pipeline=pipeline, known_at=None)
    factories.StageMappingFactory.create(tenant=northwind, stage_external_id=stage.external_id)
    assert "found in Lever" not in told(northwind, "stages").says


@pytest.mark.parametrize(
    ("statuses", "state", "actor", "says"),
    [
        (["supported", "unsupported"], "needs_attention", "customer", "1 job has a question"),
        (["unsupported", "unsupported"], "needs_attention", "customer", "2 jobs have a question"),
        (["supported", "unchecked"], "checking", "nobody", "1 of 2 forms read."),
        (["supported", "unreadable"], "needs_attention", "staff", "1 of 2 forms could not be read."),
        (["supported", "supported"], "done", "nobody", "every question of 2 forms"),
    ],
)
def test_the_forms(northwind: Tenant, statuses: list[str], state: str, actor: str, says: str) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    for status in statuses:
        factories.FormCheckFactory.create(tenant=northwind, status=status)
    seen = told(northwind, "forms")
    assert (seen.state, seen.actor) == (state, actor)
    assert says in seen.says


def test_forms_without_a_published_job_say_so(northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    assert "once the job feed is connected" in told(northwind, "forms").says
    factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now())
    assert "no published job yet" in told(northwind, "forms").says


@pytest.mark.parametrize(
    ("undone", "state", "actor", "says"),
    [
        (
            {"confirmed_at": None},
            "waiting",
            "provider",
            "Next: Lever will tell us so by “Application Created”.",
        ),
        ({"is_attributed": False}, "needs_attention", "staff", "Attributed: Its source in Lever is not"),
        (
            {"stage_changed_at": None},
            "in_progress",
            "customer",
            "Next: Move “Appcast Rehearsal” in Lever to a",
        ),
    ],
)
def test_the_rehearsal(northwind: Tenant, undone: dict[str, Any], state: str, actor: str, says: str) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    rehearsed(northwind, **undone)
    for kind in ("application_created", "stage_changed"):
        endpoint(northwind, kind)
    seen = told(northwind, "rehearsal")
    assert (seen.state, seen.actor) == (state, actor)
    assert says in seen.says


def test_a_rehearsal_that_we_may_not_follow_says_what_is_not_proved(northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind, scopes=factories.FEW_SCOPES)
    rehearsed(northwind, is_attributed=None)
    state = told(northwind, "rehearsal")
    assert (state.state, state.says) == (
        "done",
        "A test application went the whole way, except for what we may not read: “Attributed”.",
    )


@pytest.mark.parametrize(
    ("scopes", "has_token", "is_due", "state", "says"),
    [
        (
            None,
            False,
            True,
            "waiting",
            "We archive “Appcast Rehearsal” in Lever once all the rest is proved.",
        ),
        (factories.FEW_SCOPES, True, False, "waiting", "press Archive and choose a reason."),
        (factories.FEW_SCOPES, False, True, "unprovable", "nor a webhook let us see it."),
        (None, False, False, "unprovable", "nor a webhook let us see it."),
    ],
)
def test_the_test_candidate_is_archived_by_whoever_may_and_nothing_waits_for_it(
    northwind: Tenant, scopes: list[str] | None, has_token: bool, is_due: bool, state: str, says: str
) -> None:
    factories.ConnectionFactory.create(tenant=northwind, **({"scopes": scopes} if scopes else {}))
    rehearsed(northwind)
    endpoint(northwind, "archived", has_token=has_token)
    with tenant_scope(northwind.pk):
        Rehearsal.objects.update(next_attempt_at=timezone.now() if is_due else None)
        part = progress(Rehearsal.objects.get(), gather(northwind))[-1]
    assert (part.title, part.state, part.at) == ("Test candidate archived", state, None)
    assert part.says.endswith(says)
    assert told(northwind, "rehearsal").state == "done"


@pytest.mark.parametrize(
    ("seconds", "when"), [(60, "00:01:00"), (45, "00:01:00"), (61 * 60, "20\xa0November\xa02026,\xa000:01")]
)
def test_when_a_part_was_is_told_with_its_date_on_another_day(seconds: float, when: str) -> None:
    at = datetime(2026, 11, 20, 0, 1, tzinfo=UTC)
    assert Part("Accepted", "proved", "", at, seconds).when == when


@pytest.mark.parametrize(("seconds", "told"), [(0.04, "0.0 s"), (61.25, "61.2 s"), (7200, "2\xa0hours")])
def test_how_long_a_part_took_is_told_in_seconds_while_they_say_more(seconds: float, told: str) -> None:
    assert Part("Accepted", "proved", "", timezone.now(), seconds).took == told


@pytest.mark.parametrize(
    ("status", "state", "actor"),
    [
        ("onboarding", "not_started", "customer"),
        ("live", "done", "nobody"),
        ("paused", "needs_attention", "staff"),
        ("offboarded", "needs_attention", "staff"),
    ],
)
def test_going_live(northwind: Tenant, status: str, state: str, actor: str) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(status=status, live_at=timezone.now())
    seen = told(northwind, "go-live")
    assert (seen.state, seen.actor) == (state, actor)


def test_whoever_paused_resumes(northwind: Tenant, alice: User, carol: User) -> None:
    for user, actor, who in (
        (alice, "customer", "alice@northwind.example"),
        (carol, "staff", "Appcast Customer Success"),
    ):
        northwind.status = Tenant.Status.ONBOARDING
        northwind.save()
        golive.pause(northwind, user)
        seen = told(northwind, "go-live")
        assert seen.actor == actor
        assert seen.says.startswith(f"{who} paused the connection at ")


def test_going_live_waits_for_staff_once_asked_and_for_the_customer_once_asked_back(
    northwind: Tenant,
) -> None:
    asked = factories.LiveRequestFactory.create(tenant=northwind)
    waiting = told(northwind, "go-live")
    assert (waiting.state, waiting.actor, waiting.at) == ("checking", "staff", asked.asked_at)
    with tenant_scope(northwind.pk):
        answer = {"answer": "asked_back", "comment": "Which jobs?", "answered_at": timezone.now()}
        LiveRequest.objects.update(**answer)
    back = told(northwind, "go-live")
    assert (back.state, back.actor) == ("needs_attention", "customer")
    assert back.says == "Customer Success asks: Which jobs?"
