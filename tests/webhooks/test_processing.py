"""Every stored event ends in one final status, whatever breaks; processed once more, it does nothing twice."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from integrations.models import Application
from integrations.services import conversions
from integrations.types import EventKind
from tenants.models import AuditEvent, User
from tenants.scoping import across_tenants
from tests.factories import ArchiveReasonFactory
from tests.lever_world import make_due, work_off
from tests.people import browser_of
from webhooks import handlers, processing, replayable
from webhooks.models import WebhookEvent

from .happenings import endpoint_of, fresh, stored, told

ALL_KINDS = ["application_created", "stage_changed", "hired", "archived", "deleted"]


def broken(*_: object) -> str:
    raise ZeroDivisionError


def test_one_that_breaks_the_worker_is_given_up_after_five_crashes(
    known: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(handlers.HANDLERS, EventKind.HIRED, broken)
    event = stored(known, "hired")
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            processing.process(str(event.pk))
        assert fresh(event).status == "received"
        make_due(WebhookEvent)
    work_off(WebhookEvent)
    now = fresh(event)
    assert (now.status, now.outcome) == ("dead", "its processing broke our worker several times")
    assert now.next_attempt_at is None


def test_a_crash_after_its_effect_leaves_none_of_it(
    known: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def report_and_break(application: Application, happening: conversions.Happening) -> None:
        report(application, happening)
        raise ZeroDivisionError

    report = conversions.report
    event = stored(known, "hired")
    with monkeypatch.context() as patch:
        patch.setattr(conversions, "report", report_and_break)
        with pytest.raises(ZeroDivisionError):
            processing.process(str(event.pk))
    assert told(known) == []
    make_due(WebhookEvent)
    work_off(WebhookEvent)
    assert told(known) == [("hired", "Hired", "")]


def test_one_that_breaks_takes_none_along_that_are_settled_with_it(
    known: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(handlers.HANDLERS, EventKind.HIRED, broken)
    before = stored(known, "stage_changed", 1, stage_external_id="screen")
    event = stored(known, "hired", 2)
    after = stored(known, "stage_changed", 3, stage_external_id="talk")
    processing.process_due(known.tenant_id)
    assert [fresh(it).status for it in (before, event, after)] == ["processed", "received", "processed"]
    assert [fresh(it).attempts for it in (before, event, after)] == [1, 1, 1]
    assert fresh(known).stage_external_id == "talk"
    assert len(told(known)) == 2


def test_one_that_a_worker_may_have_died_of_is_done_alone(
    known: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    suspect = stored(known, "hired", 2, unfinished=1)
    others = [stored(known, "stage_changed", minute, stage_external_id="talk") for minute in (1, 3)]
    settled: list[set[Any]] = []
    settle = processing._settle_at_once

    def watched(tenant_id: int, events: Sequence[WebhookEvent]) -> set[str]:
        settled.append({event.pk for event in events})
        return settle(tenant_id, events)

    monkeypatch.setattr(processing, "_settle_at_once", watched)
    processing.process_due(known.tenant_id)
    assert settled == [{event.pk for event in others}]
    assert fresh(suspect).status == "processed"


def test_two_bells_for_one_event_are_one(known: Application) -> None:
    event = stored(known, "hired")
    processing.process(str(event.pk))
    processing.process(str(event.pk))
    assert fresh(event).attempts == 1


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_replay_does_nothing_twice(known: Application, alice: User, kind: str) -> None:
    ArchiveReasonFactory.create(tenant=known.tenant, external_id="no")
    event = stored(known, kind, stage_external_id="talk", archive_reason_external_id="no")
    work_off(WebhookEvent)
    once = told(known), fresh(known).erased_at
    replayable.replay(event, by=alice)
    work_off(WebhookEvent)
    assert (told(known), fresh(known).erased_at) == once
    assert fresh(event).status == "processed"


@pytest.mark.parametrize("kind", ["test", "other"])
def test_a_replay_of_what_nobody_uses_ends_as_before(known: Application, alice: User, kind: str) -> None:
    event = stored(known, kind, status="ignored", next_attempt_at=None)
    replayable.replay(event, by=alice)
    work_off(WebhookEvent)
    assert fresh(event).status == "ignored"


@pytest.mark.parametrize("days", [-1, 16])
def test_what_came_out_of_time_stays_aside(known: Application, alice: User, days: int) -> None:
    aside = {"status": "quarantined", "next_attempt_at": None}
    event = stored(known, "hired", minute=(5 - days) * 24 * 60, **aside)
    assert not replayable.replay(event, by=alice)
    work_off(WebhookEvent)
    assert (fresh(event).status, told(known)) == ("quarantined", [])


def test_what_came_to_another_events_address_stays_aside(known: Application, alice: User) -> None:
    address = endpoint_of(known, "stage_changed")
    event = stored(known, "hired", endpoint=address, status="quarantined", next_attempt_at=None)
    assert not replayable.replay(event, by=alice)
    work_off(WebhookEvent)
    assert (fresh(event).status, told(known)) == ("quarantined", [])


@pytest.mark.parametrize("hindrance", ["crashes", "no application"])
def test_what_was_acted_on_stays_so_whatever_hinders_a_second_time(
    known: Application, alice: User, hindrance: str
) -> None:
    event = stored(known, "hired")
    work_off(WebhookEvent)
    replayable.replay(event, by=alice)
    with across_tenants("a test hinders"):
        if hindrance == "crashes":
            WebhookEvent.objects.update(unfinished=5)
        else:
            Application.objects.update(opportunity_external_id="", external_id="")
    work_off(WebhookEvent)
    now = fresh(event)
    assert (now.status, now.outcome, now.next_attempt_at) == ("processed", "hired", None)


def test_the_list_of_events_takes_no_more_than_a_page_or_two(known: Application, carol: User) -> None:
    events = [stored(known, "hired", status="dead", next_attempt_at=None) for _ in range(101)]
    chosen = {"action": "replay", "_selected_action": [str(it.pk) for it in events]}
    browser_of(carol).post(reverse("admin:webhooks_webhookevent_changelist"), chosen)
    with across_tenants("a test looks"):
        assert not WebhookEvent.objects.exclude(next_attempt_at=None).exists()


def test_staff_replay_several_at_once_and_it_is_on_record(known: Application, carol: User) -> None:
    events = [stored(known, "hired", status="dead", next_attempt_at=None) for _ in range(2)]
    chosen = {"action": "replay", "_selected_action": [str(it.pk) for it in events]}
    browser_of(carol).post(reverse("admin:webhooks_webhookevent_changelist"), chosen)
    work_off(WebhookEvent)
    assert [fresh(it).status for it in events] == ["processed"] * 2
    with across_tenants("a test looks"):
        entries = AuditEvent.objects.filter(action="webhook.replayed", tenant_id=known.tenant_id)
        assert [it.actor for it in entries] == [carol, carol]


def test_staff_are_told_how_many_are_not_replayed_and_why(known: Application, carol: User) -> None:
    rests: dict[str, Any] = {"status": "quarantined", "next_attempt_at": None}
    events = [
        stored(known, "hired", **rests),
        stored(known, "hired", minute=-15 * 24 * 60, **rests),
        stored(known, "hired", endpoint=endpoint_of(known, "stage_changed"), **rests),
        stored(known, "other", **rests),
        stored(known, "hired", **rests, leased_until=timezone.now() + timedelta(minutes=1)),
    ]
    chosen = {"action": "replay", "_selected_action": [str(it.pk) for it in events]}
    answer = browser_of(carol).post(reverse("admin:webhooks_webhookevent_changelist"), chosen, follow=True)
    assert {str(it) for it in answer.context["messages"]} == {
        "1 are processed once more; what they did is not done twice.",
        "1 are not: too old, or from the future.",
        "1 are not: another event than this address is for.",
        "1 are not: an event that the portal does not use.",
        "1 are not: somebody is processing it at this moment.",
    }


@pytest.fixture
def two_moves(known: Application) -> tuple[WebhookEvent, WebhookEvent]:
    return (
        stored(known, "stage_changed", 1, stage_external_id="screen"),
        stored(known, "stage_changed", 2, stage_external_id="talk"),
    )


@pytest.mark.django_db(transaction=True)
def test_an_older_event_whose_worker_is_slow_to_read_undoes_nothing(
    known: Application, two_moves: tuple[WebhookEvent, WebhookEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer = two_moves
    read = processing._read

    def slow(event: WebhookEvent) -> Any:
        if event.pk == older.pk:
            meanwhile(newer).join()
        return read(event)

    monkeypatch.setattr(processing, "_read", slow)
    processing.process(str(older.pk))
    assert fresh(known).stage_external_id == "talk"


@pytest.mark.django_db(transaction=True)
def test_two_that_are_written_at_once_are_written_one_after_the_other(
    known: Application, two_moves: tuple[WebhookEvent, WebhookEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newer one's worker comes between the older one's look and its write, and has to wait."""
    older, newer = two_moves
    others: list[threading.Thread] = []
    is_newest = handlers._is_newest

    def slow(event: WebhookEvent, application: Application) -> bool:
        answer = is_newest(event, application)
        if event.pk == older.pk:
            others.append(meanwhile(newer))
            others[0].join(timeout=1)
        return answer

    monkeypatch.setattr(handlers, "_is_newest", slow)
    processing.process(str(older.pk))
    others[0].join()
    assert fresh(known).stage_external_id == "talk"
    assert [fresh(it).status for it in two_moves] == ["processed", "processed"]


def meanwhile(event: WebhookEvent) -> threading.Thread:
    """Another worker begins with it."""

    def run() -> None:
        try:
            processing.process(str(event.pk))
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
