"""Problems are found in real rows, one open row for each subject, and resolved when they are gone."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import override

from integrations.models import Application, Connection, Conversion, Delivery, FeedSync, FormCheck, Posting
from onboarding import problems, tasks
from onboarding.evidence import gather
from onboarding.models import Problem, ProblemChange
from onboarding.problems import KINDS, finding, forwarding, ledger
from onboarding.steps import BY_KEY
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests import factories
from webhooks import silence
from webhooks.models import Aside, RejectedRequest, SigningSecret, WebhookEndpoint, WebhookEvent

from .rows import codes, delivered, endpoint, open_problem

pytestmark = pytest.mark.django_db
NEEDS_AUTHORIZATION = Connection.Status.NEEDS_AUTHORIZATION


def stop(tenant: Tenant, code: str) -> None:
    fields = {"status": NEEDS_AUTHORIZATION, "error_code": code, "error_message": "Lever says no."}
    factories.ConnectionFactory.create(tenant=tenant, **fields)


def end_sync(tenant: Tenant, code: str, status: FeedSync.Status = FeedSync.Status.FAILED) -> None:
    factories.FeedSyncFactory.create(tenant=tenant, status=status, error_code=code, error_message="No.")


def late(tenant: Tenant) -> None:
    factories.FeedFactory.create(tenant=tenant, synced_at=timezone.now() - timedelta(hours=3))


def unmapped(tenant: Tenant) -> None:
    pipeline = factories.PipelineFactory.create(tenant=tenant, confirmed_at=timezone.now())
    factories.StageFactory.create(tenant=tenant, pipeline=pipeline)


def unrecorded(tenant: Tenant) -> None:
    factories.PipelineFactory.create(tenant=tenant, confirmed_at=timezone.now())
    held = Conversion.Status.HELD
    factories.ConversionFactory.create(tenant=tenant, status=held, name="", raw_stage_id="unheard-of")


def stuck(tenant: Tenant) -> None:
    delivery = factories.DeliveryFactory.create(tenant=tenant, status=Delivery.Status.RETRY_WAIT)
    with tenant_scope(tenant.pk):
        two_hours_ago = timezone.now() - timedelta(hours=2)
        Delivery.objects.filter(pk=delivery.pk).update(created_at=two_hours_ago)


def of_another_source(tenant: Tenant) -> None:
    for number in range(finding.FEWEST_OF_OTHERS):
        attributed(tenant, is_ours=False, number=number)


def attributed(tenant: Tenant, *, is_ours: bool, number: int) -> None:
    factories.ApplicationFactory.create(
        tenant=tenant, is_attributed=is_ours, external_id=f"{is_ours}-{number}"
    )


def unreachable(tenant: Tenant) -> None:
    factories.PolicyLinkFactory.create(tenant=tenant, checked_at=timezone.now(), error_message="404")


def rejected(tenant: Tenant) -> None:
    to = endpoint(tenant, "stage_changed")
    factories.RejectedRequestFactory.create(tenant=tenant, endpoint=to)


def misdirected(tenant: Tenant) -> None:
    to = endpoint(tenant, "stage_changed")
    factories.RejectedRequestFactory.create(tenant=tenant, endpoint=to, event_name="applicationCreated")


def quarantined(tenant: Tenant) -> None:
    """The same signature came with another body: of a kind that its address is for, and not old."""
    delivered(endpoint(tenant, "stage_changed"), status="quarantined")


def came(to: WebhookEndpoint, *days_ago: float) -> None:
    """Deliveries of the event that the address is for, on days of the past."""
    for days in days_ago:
        event = delivered(to)
        with tenant_scope(to.tenant_id):
            at = timezone.now() - timedelta(days=days)
            WebhookEvent.objects.filter(pk=event.pk).update(received_at=at)


def silent(tenant: Tenant) -> None:
    """Daily for six weeks, then nothing for two."""
    factories.PostingFactory.create(tenant=tenant)
    came(endpoint(tenant, "stage_changed"), *range(14, 56))


def removed(tenant: Tenant) -> None:
    """It delivered, and was not in the list that Lever gave after that."""
    came(endpoint(tenant, "stage_changed"), 1)
    with across_tenants("a test moves the time"):
        SigningSecret.objects.update(created_at=timezone.now() - timedelta(days=9))
    factories.WebhookReadingFactory.create(tenant=tenant, read_at=timezone.now())


def delivers_again(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        to = WebhookEndpoint.objects.select_related("tenant").get(event_kind="stage_changed")
    delivered(to)


def unconfirmed(tenant: Tenant, missing: int = 3, confirmed: int = 0, days_ago: int = 2) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    for confirmed_at in [None] * missing + [at] * confirmed:
        application = factories.ApplicationFactory.create(
            tenant=tenant, confirmed_at=confirmed_at, external_id=str(uuid.uuid4())
        )
        factories.DeliveryFactory.create(
            tenant=tenant,
            application=application,
            status=Delivery.Status.DELIVERED,
            delivered_at=at,
            next_attempt_at=None,
        )


def make(factory: Any, **fields: Any) -> Callable[[Tenant], object]:
    return lambda tenant: factory.create(tenant=tenant, **fields)


def archived_for_who_knows_what(tenant: Tenant, age: timedelta = timedelta(hours=2)) -> None:
    factories.ConversionFactory.create(
        tenant=tenant,
        status=Conversion.Status.HELD,
        name="",
        archive_reason_external_id="who-knows",
        received_at=timezone.now() - age,
        next_attempt_at=None,
    )


def unsent(tenant: Tenant) -> None:
    factories.ConversionFactory.create(
        tenant=tenant,
        status=Conversion.Status.READY,
        error_code="appcast.busy",
        received_at=timezone.now() - timedelta(hours=2),
    )


def scopes_refused(tenant: Tenant) -> None:
    connection = factories.ConnectionFactory.create(tenant=tenant)
    factories.CatchUpFactory.create(tenant=tenant, connection=connection, error_code="lever.scope_missing")


def untold(tenant: Tenant) -> None:
    channel = factories.ChannelFactory.create(failing_since=timezone.now(), error="It answers 404.")
    tenant.owner = channel.user
    tenant.save()


def of_another_site(tenant: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=tenant, site="acme")
    factories.FeedFactory.create(tenant=tenant, site="acme-nl")


CAUSES: dict[str, Callable[[Tenant], object]] = {
    "connection.stopped": lambda tenant: stop(tenant, "lever.grant_revoked"),
    "connection.refresh_interrupted": lambda tenant: stop(tenant, "connection.refresh_interrupted"),
    "connection.scopes_refused": scopes_refused,
    "feed.failed": lambda tenant: end_sync(tenant, "lever.feed_not_found"),
    "feed.unanswered": lambda tenant: end_sync(tenant, "lever.unavailable"),
    "feed.unreadable": lambda tenant: end_sync(tenant, "lever.feed_not_understood"),
    "feed.large_drop": lambda tenant: end_sync(tenant, "feed.large_drop", FeedSync.Status.HELD),
    "feed.other_site": of_another_site,
    "feed.late": late,
    "webhook.rejected": rejected,
    "webhook.misdirected": misdirected,
    "webhook.quarantined": quarantined,
    "webhook.given_up": lambda tenant: delivered(endpoint(tenant, "stage_changed"), status="dead"),
    "webhooks.changed": removed,
    "webhooks.unconfirmed": unconfirmed,
    "webhooks.silent": silent,
    "forms.unsupported": make(factories.FormCheckFactory, status=FormCheck.Status.UNSUPPORTED),
    "forms.unreadable": make(factories.FormCheckFactory, status=FormCheck.Status.UNREADABLE),
    "stages.changed": unmapped,
    "stages.unrecorded": unrecorded,
    "reasons.undecided": archived_for_who_knows_what,
    "delivery.held": make(factories.DeliveryFactory, status=Delivery.Status.HELD),
    "delivery.stuck": stuck,
    "delivery.other_source": of_another_source,
    "conversions.held": make(factories.ConversionFactory, status=Conversion.Status.HELD),
    "conversions.crashed": make(
        factories.ConversionFactory, status=Conversion.Status.DEAD, error_code="work.crashes"
    ),
    "conversions.late": unsent,
    "conversions.given_up": make(factories.ConversionFactory, status=Conversion.Status.DEAD),
    "leaving.asked": make(factories.DepartureFactory, status="asked"),
    "policy.unreachable": unreachable,
    "notices.untold": untold,
    "notices.refused": make(
        factories.NoticeFactory, failed_at=timezone.now(), next_at=timezone.now() + timedelta(minutes=15)
    ),
}


def test_every_code_of_the_catalogue_has_a_cause_here() -> None:
    assert CAUSES.keys() == KINDS.keys()


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_code_says_who_acts_what_to_do_and_where(code: str) -> None:
    kind = KINDS[code]
    assert kind.actor in Problem.Actor
    assert kind.title
    assert kind.remedy.endswith(".")
    assert kind.step in {"", *BY_KEY}


@pytest.mark.parametrize("code", sorted(CAUSES))
def test_it_is_found_in_the_rows_that_cause_it(northwind: Tenant, southgate: Tenant, code: str) -> None:
    CAUSES[code](northwind)
    assert codes(northwind) == [code]
    found = open_problem(northwind)
    assert (found.actor, found.status, bool(found.detail)) == (KINDS[code].actor, "open", True)
    assert codes(southgate) == []


@pytest.mark.parametrize("code", sorted(CAUSES))
def test_it_stays_one_row_until_it_is_gone(northwind: Tenant, code: str) -> None:
    CAUSES[code](northwind)
    codes(northwind)
    first = open_problem(northwind)
    assert codes(northwind) == [code]
    again = open_problem(northwind)
    assert (again.pk, again.since) == (first.pk, first.since)
    assert again.last_seen_at > first.last_seen_at


def test_some_that_were_in_lever_before_keep_their_source(northwind: Tenant) -> None:
    of_another_source(northwind)
    for number in range(finding.FEWEST_OF_OTHERS):
        attributed(northwind, is_ours=True, number=number)
    assert codes(northwind) == []


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


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_code_has_a_threshold_and_a_weight(code: str) -> None:
    kind = KINDS[code]
    assert kind.weighs
    assert kind.takes
    assert timedelta(0) <= kind.within <= timedelta(days=7)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_text_for_the_customer_says_what_to_do_and_where_in_their_language(
    northwind: Tenant, language: str
) -> None:
    northwind.language = language
    northwind.save()
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    codes(northwind)
    text = forwarding.text_of(open_problem(northwind))
    with override(language):
        assert str(KINDS["forms.unsupported"].action) in text
        assert str(KINDS["forms.unsupported"].title) in text
    assert "/t/northwind/forms/" in text
    assert ("Guten Tag" in text) == (language == "de")


def test_of_what_others_mend_the_customer_reads_that_it_is_in_hand(northwind: Tenant) -> None:
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    codes(northwind)
    text = forwarding.text_of(open_problem(northwind))
    assert "You need not do anything: Appcast Customer Success acts." in text
    assert "1 application" not in text


def test_one_persons_intention_is_no_text_for_their_colleagues(northwind: Tenant) -> None:
    factories.DepartureFactory.create(tenant=northwind, status="asked")
    codes(northwind)
    assert forwarding.text_of(open_problem(northwind)) == ""


def set_status(check: FormCheck, status: str) -> None:
    with tenant_scope(check.tenant_id):
        FormCheck.objects.filter(pk=check.pk).update(status=status)


def test_each_webhook_is_a_subject_of_its_own(northwind: Tenant) -> None:
    for kind in ("stage_changed", "hired"):
        to = endpoint(northwind, kind)
        factories.RejectedRequestFactory.create(tenant=northwind, endpoint=to)
    subjects = {it.subject for it in problems.diagnose(northwind)}
    assert subjects == {"candidateStageChange", "candidateHired"}
    with across_tenants("a test mends"):
        RejectedRequest.objects.filter(endpoint__event_kind="hired").delete()
    assert [it.subject for it in problems.diagnose(northwind)] == ["candidateStageChange"]


@pytest.mark.parametrize("mend", [lambda tenant: endpoint(tenant, "stage_changed"), delivers_again])
def test_a_token_or_a_delivery_after_the_reading_says_more_than_it(
    northwind: Tenant, mend: Callable[[Tenant], object]
) -> None:
    removed(northwind)
    assert codes(northwind) == ["webhooks.changed"]
    mend(northwind)
    assert codes(northwind) == []


def test_a_webhook_that_was_never_set_up_is_not_missing(northwind: Tenant) -> None:
    factories.WebhookReadingFactory.create(tenant=northwind, read_at=timezone.now())
    assert codes(northwind) == []


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param({"missing": 2}, [], id="two may be chance"),
        pytest.param({"missing": 3, "confirmed": 27}, ["webhooks.unconfirmed"], id="a tenth"),
        pytest.param({"missing": 3, "confirmed": 28}, [], id="less than a tenth"),
        pytest.param({"missing": 3, "days_ago": 0}, [], id="Lever may still tell"),
        pytest.param({"missing": 3, "days_ago": 9}, [], id="long ago"),
    ],
)
def test_a_gap_between_delivered_and_confirmed_is_told_once_it_has_grown(
    northwind: Tenant, counts: dict[str, int], expected: list[str]
) -> None:
    unconfirmed(northwind, **counts)
    assert codes(northwind) == expected


def test_where_we_may_look_ourselves_nothing_is_counted(northwind: Tenant) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    unconfirmed(northwind)
    assert codes(northwind) == []


@pytest.mark.parametrize(
    ("reason", "to_do"),
    [
        (RejectedRequest.Reason.UNSIGNED, "generate its signature token in Lever"),
        (RejectedRequest.Reason.OTHER_EVENTS_TOKEN, "press “Swap the two tokens”"),
        (RejectedRequest.Reason.WRONG_SIGNATURE, "copy its signature token in Lever again"),
    ],
)
def test_after_going_live_too_what_is_not_signed_right_says_what_to_press(
    northwind: Tenant, reason: str, to_do: str
) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(status=Tenant.Status.LIVE, live_at=timezone.now())
    to = endpoint(northwind, "stage_changed")
    delivered(to)
    factories.RejectedRequestFactory.create(
        tenant=northwind, endpoint=to, reason=reason, event_name="candidateStageChange"
    )
    (found,) = problems.diagnose(northwind)
    assert (found.code, to_do in found.detail.english) == ("webhook.rejected", True)
    with override("de"):
        assert str(found.detail).startswith("„Candidate Stage Change“ kommt")
    assert problems.diagnose(northwind)[0].detail == found.detail
    delivered(to)
    assert codes(northwind) == []


def test_a_silent_event_is_told_with_its_past_and_is_over_with_the_next_one(northwind: Tenant) -> None:
    silent(northwind)
    (found,) = problems.diagnose(northwind)
    assert found.subject == "candidateStageChange"
    assert "the longest usual pause was 24 hours" in found.detail.english
    delivered(endpoint(northwind, "stage_changed"))
    assert codes(northwind) == []


def test_silence_is_measured_event_by_event(northwind: Tenant) -> None:
    silent(northwind)
    came(endpoint(northwind, "application_created"), *range(56))
    assert [it.subject for it in problems.diagnose(northwind)] == ["candidateStageChange"]


def test_levers_own_test_and_what_was_put_aside_do_not_end_a_silence(northwind: Tenant) -> None:
    silent(northwind)
    delivered(endpoint(northwind, "stage_changed"), kind="test")
    assert codes(northwind) == ["webhooks.silent"]


def test_levers_own_test_at_the_wrong_address_is_for_the_customer_alone(northwind: Tenant) -> None:
    delivered(
        endpoint(northwind, "stage_changed"), kind="test", name="applicationCreated", status="quarantined"
    )
    assert codes(northwind) == ["webhook.misdirected"]


def test_without_an_open_job_nothing_is_silent(northwind: Tenant) -> None:
    silent(northwind)
    with tenant_scope(northwind.pk):
        Posting.objects.update(closed_at=timezone.now())
    assert codes(northwind) == []


def test_an_event_whose_trouble_has_a_name_is_not_silent_too(northwind: Tenant) -> None:
    silent(northwind)
    rejected(northwind)
    assert codes(northwind) == ["webhook.rejected"]


def test_while_events_come_their_past_is_not_read(northwind: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    silent(northwind)
    delivered(endpoint(northwind, "stage_changed"))
    monkeypatch.delattr(silence, "judge")
    assert codes(northwind) == []


def test_a_feed_whose_trouble_has_a_name_is_not_late_too(northwind: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now() - timedelta(hours=3))
    failed = {"status": "failed", "error_code": "lever.unavailable", "error_message": "503"}
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, **failed)
    assert codes(northwind) == ["feed.unanswered"]


def test_a_sync_under_way_does_not_resolve_what_the_last_one_found(northwind: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=northwind)
    failed = {"status": "failed", "error_code": "lever.feed_not_found", "error_message": "404"}
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, **failed)
    codes(northwind)
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, status="running", finished_at=None)
    assert codes(northwind) == ["feed.failed"]


@pytest.mark.parametrize("cause", [late, stuck])
def test_what_rests_with_its_tenant_is_neither_late_nor_stuck(
    northwind: Tenant, cause: Callable[[Tenant], None]
) -> None:
    cause(northwind)
    northwind.status = Tenant.Status.PAUSED
    northwind.save()
    assert codes(northwind) == []


def test_stages_of_a_customer_who_has_not_confirmed_any_are_no_problem(northwind: Tenant) -> None:
    factories.StageFactory.create(tenant=northwind)
    assert codes(northwind) == []


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
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk: rung.append(pk))
    Tenant.objects.filter(pk=southgate.pk).update(status=Tenant.Status.OFFBOARDED)
    tasks.ring_for_diagnoses()
    assert rung == [northwind.pk]


def test_who_has_left_is_looked_at_until_nothing_is_left_open(
    northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[object] = []
    monkeypatch.setattr("integrations.services.bell.send", lambda task, pk: rung.append(pk))
    late(northwind)
    codes(northwind)
    northwind.status = Tenant.Status.OFFBOARDED
    northwind.save()
    tasks.ring_for_diagnoses()
    assert rung == [northwind.pk]
    tasks.diagnose(str(northwind.pk))
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


def test_what_is_mended_is_told_no_more_although_nobody_has_looked_again(northwind: Tenant) -> None:
    check = factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    problems.diagnose(northwind)

    def codes_told() -> list[str]:
        with tenant_scope(northwind.pk):
            return [told.problem.code for told in problems.of_customer(gather(northwind))]

    assert codes_told() == ["forms.unsupported"]
    with tenant_scope(northwind.pk):
        type(check).objects.update(status="supported")
    assert codes_told() == []
    with tenant_scope(northwind.pk):
        assert len(problems.of_customer()) == 1


def test_a_reading_is_given_time_to_tell_what_an_archive_reason_means(northwind: Tenant) -> None:
    archived_for_who_knows_what(northwind, age=timedelta(minutes=50))
    assert codes(northwind) == []


def test_an_application_without_an_id_accuses_no_webhook(northwind: Tenant) -> None:
    unconfirmed(northwind)
    with tenant_scope(northwind.pk):
        Application.objects.update(external_id="")
    assert codes(northwind) == []


@pytest.mark.parametrize(
    ("outcome", "subject", "told"),
    [
        (Aside.OUT_OF_TIME, "out_of_time", "2 events are more than 15 days old"),
        (Aside.OUT_OF_PLACE, "out_of_place", "they press “Rerun” in Lever"),
        (Aside.ALTERED, "altered", "somebody may be forging events"),
        ("not verified: Lever still has this candidate.", "not_verified", "“Process once more”"),
    ],
)
def test_each_cause_of_an_event_put_aside_says_what_to_do(
    northwind: Tenant, outcome: str, subject: str, told: str
) -> None:
    for _ in range(2):
        delivered(endpoint(northwind, "stage_changed"), status="quarantined", outcome=outcome)
    assert codes(northwind) == ["webhook.quarantined"]
    found = open_problem(northwind)
    assert (found.subject, told in str(found.detail)) == (subject, True)
