"""Replays: all that was asked for and nothing else, once, a few at a time after live events, whatever dies."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from celery import current_app
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from integrations.errors import TransientError
from integrations.models import Application
from integrations.services import work
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import ApplicationFactory, ApplicationFileFactory, StageMappingFactory
from tests.lever_world import make_due, work_off
from webhooks import processing, replayable, replays
from webhooks.models import Replay, WebhookEvent
from webhooks.replays import AT_ONCE, ReplayError, Wanted

from .happenings import OPPORTUNITY, fresh, stored, told

AT_REST: dict[str, Any] = {"status": "dead", "next_attempt_at": None}
MOST_TURNS = 20


class Killed(BaseException):
    """What kill -9 is to the database: nothing after it happens."""


def at_rest(application: Application, count: int = 1, kind: str = "stage_changed", **facts: Any) -> Any:
    events = [
        stored(application, kind, minute, stage_external_id="talk", **(AT_REST | facts))
        for minute in range(count)
    ]
    return events if count > 1 else events[0]


def start(tenant: Tenant, by: User, **wanted: Any) -> Replay:
    return replays.start(tenant, Wanted(**{"until": timezone.now(), **wanted}), by)


def turns(replay: Replay) -> Iterator[Replay]:
    """Its worker comes again and again, as time goes on, until it has ended."""
    for _ in range(MOST_TURNS):
        make_due(Replay, pk=replay.pk)
        replays.run(replay.pk)
        yield (now := fresh(replay))
        if now.status != "running":
            return
    raise AssertionError("It does not end.")


def ended(replay: Replay) -> Replay:
    return list(turns(replay))[-1]


def numbers(replay: Replay) -> tuple[str, int, int]:
    now = fresh(replay)
    return now.status, now.done, now.total


def statuses(*events: WebhookEvent) -> list[str]:
    return [fresh(it).status for it in events]


@pytest.fixture
def handed_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the events that replays gave to be processed."""
    ids: list[str] = []
    note = replays._note

    def noted(replay: Replay, last: Any, done: int) -> None:
        note(replay, last, done)
        ids.append(str(last.pk))

    monkeypatch.setattr(replays, "_note", noted)
    return ids


def test_all_are_processed_and_it_is_on_record(known: Application, carol: User) -> None:
    StageMappingFactory.create(tenant=known.tenant, stage_external_id="talk", conversion="interview")
    events = at_rest(known, 25)
    replay = start(known.tenant, carol, statuses=["dead"])
    assert numbers(replay) == ("running", 0, 25)
    assert [it.done for it in turns(replay)] == [10, 20, 25, 25]
    assert statuses(*events) == ["processed"] * 25
    assert len(told(known)) == 25
    now = fresh(replay)
    assert (now.status, now.outcomes, now.next_attempt_at) == ("done", {"processed": 25}, None)
    assert now.ended_at is not None
    with across_tenants("a test looks"):
        began, over = AuditEvent.objects.filter(action__startswith="webhook.replay").order_by("pk")
    assert (began.action, began.actor, began.tenant) == ("webhook.replay_started", carol, known.tenant)
    assert (began.detail["statuses"], began.detail["total"]) == (["dead"], 25)
    assert (over.action, over.actor_label, over.detail["done"]) == ("webhook.replay_ended", "portal", 25)


def test_a_second_replay_of_the_same_does_nothing_twice(known: Application, carol: User) -> None:
    StageMappingFactory.create(tenant=known.tenant, stage_external_id="talk", conversion="interview")
    at_rest(known, 3)
    for _ in range(2):
        assert ended(start(known.tenant, carol)).outcomes == {"processed": 3}
    assert len(told(known)) == 3


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, {"hired", "old", "archived"}),
        ({"kinds": ["hired"]}, {"hired", "old"}),
        ({"statuses": ["ignored"]}, {"archived"}),
        ({"kinds": ["hired"], "statuses": ["dead"]}, {"hired", "old"}),
        ({"since": timedelta(days=1)}, {"hired", "archived"}),
        ({"until": timedelta(days=1)}, {"old"}),
        ({"since": timedelta(days=9), "until": timedelta(days=1)}, {"old"}),
    ],
)
def test_only_what_was_asked_for_is_replayed(
    known: Application,
    southgate: Tenant,
    carol: User,
    handed_out: list[str],
    wanted: dict[str, Any],
    expected: set[str],
) -> None:
    theirs = ApplicationFactory.create(tenant=southgate, opportunity_external_id=OPPORTUNITY)
    others = at_rest(theirs, 2, "hired")
    events = {
        "hired": at_rest(known, kind="hired"),
        "old": at_rest(known, kind="hired"),
        "archived": at_rest(known, kind="archived", status="ignored"),
    }
    with across_tenants("a test moves the time"):
        old = WebhookEvent.objects.filter(pk=events["old"].pk)
        old.update(received_at=F("received_at") - timedelta(days=4))
    times = {name: timezone.now() - it for name, it in wanted.items() if isinstance(it, timedelta)}
    replay = start(known.tenant, carol, **(wanted | times))
    assert ended(replay).done == replay.total == len(expected)
    assert {name for name, it in events.items() if str(it.pk) in handed_out} == expected
    assert len(handed_out) == len(expected)
    assert statuses(*others) == ["dead", "dead"]


def test_what_came_out_of_time_stays_aside(known: Application, carol: User) -> None:
    old = stored(known, "hired", minute=-11 * 24 * 60, status="quarantined", next_attempt_at=None)
    with pytest.raises(ReplayError, match="There is nothing to replay"):
        start(known.tenant, carol)
    at_rest(known)
    assert ended(start(known.tenant, carol)).total == 1
    assert statuses(old) == ["quarantined"]


def test_what_waited_its_month_is_not_parked_anew(known: Application, carol: User) -> None:
    event = at_rest(known, opportunity_external_id="nobodys")
    with across_tenants("a test moves the time"):
        WebhookEvent.objects.update(
            received_at=F("received_at") - timedelta(days=31),
            triggered_at=F("triggered_at") - timedelta(days=31),
        )
    assert ended(start(known.tenant, carol)).outcomes == {"ignored": 1}
    assert fresh(event).next_attempt_at is None


def test_who_is_erased_stays_erased(known: Application, carol: User) -> None:
    ApplicationFileFactory.create(tenant=known.tenant, application=known)
    for kind in ("application_created", "deleted", "hired"):
        stored(known, kind)
    work_off(WebhookEvent)
    once = fresh(known).erased_at, told(known)
    assert once[0]
    assert ended(start(known.tenant, carol)).outcomes == {"processed": 3}
    now = fresh(known)
    with across_tenants("a test looks"):
        assert (now.document, now.files.count()) == (b"", 0)
    assert (now.erased_at, told(known)) == once


def test_between_its_turns_it_rests(known: Application, carol: User) -> None:
    at_rest(known, AT_ONCE + 1)
    replay = start(known.tenant, carol)
    work_off(Replay)
    assert numbers(replay) == ("running", AT_ONCE, AT_ONCE + 1)
    assert fresh(replay).next_attempt_at > timezone.now()


def test_live_events_come_first(known: Application, carol: User, handed_out: list[str]) -> None:
    """While any wait, one at a time is replayed: it goes on, and holds nobody up."""
    at_rest(known, 3)
    replay = start(known.tenant, carol)
    live = stored(known, "hired")
    assert [it.done for it, _ in zip(turns(replay), range(2), strict=False)] == [1, 2]
    assert str(live.pk) not in handed_out
    work_off(WebhookEvent)
    assert fresh(live).status == "processed"
    assert ended(replay).done == 3


def test_its_message_does_not_stand_among_those_of_live_events() -> None:
    routes = {
        it.task: current_app.amqp.router.route({}, it.task)["queue"].name for it in (Replay, WebhookEvent)
    }
    assert routes == {Replay.task: "deliveries", WebhookEvent.task: "events"}


def test_another_tenants_live_events_do_not_hold_it_up(
    known: Application, southgate: Tenant, carol: User
) -> None:
    theirs = ApplicationFactory.create(tenant=southgate, opportunity_external_id=OPPORTUNITY)
    stored(theirs, "hired")
    at_rest(known, 3)
    assert next(turns(start(known.tenant, carol))).done == 3


def test_what_comes_meanwhile_is_not_part_of_it(
    known: Application, carol: User, handed_out: list[str]
) -> None:
    at_rest(known, AT_ONCE + 1)
    replay = start(known.tenant, carol)
    steps = turns(replay)
    next(steps)
    new = stored(known, "hired")
    work_off(WebhookEvent)
    assert list(steps)[-1].done == AT_ONCE + 1
    assert str(new.pk) not in handed_out
    assert fresh(new).attempts == 1


def test_what_fits_no_more_by_then_is_left_out(known: Application, carol: User) -> None:
    events = at_rest(known, 3)
    replay = start(known.tenant, carol, statuses=["dead"])
    replayable.replay(events[0], by=carol)
    work_off(WebhookEvent)
    assert (ended(replay).done, replay.total) == (2, 3)


def test_cancelled_in_the_middle_it_stops_there(
    known: Application, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = at_rest(known, 5)
    replay = start(known.tenant, carol)
    process = processing.process

    def cancel_at_the_third(pk: str) -> None:
        process(pk)
        if pk == str(events[2].pk):
            replays.cancel(fresh(replay), carol)

    monkeypatch.setattr(processing, "process", cancel_at_the_third)
    work_off(Replay)
    now = fresh(replay)
    assert (now.status, now.done, now.next_attempt_at) == ("cancelled", 3, None)
    assert statuses(*events) == ["processed"] * 3 + ["dead"] * 2
    assert fresh(events[3]).next_attempt_at is None
    make_due(Replay)
    work_off()
    assert numbers(replay) == ("cancelled", 3, 5)
    with across_tenants("a test looks"):
        entry = AuditEvent.objects.get(action="webhook.replay_cancelled")
    assert (entry.actor, entry.detail["done"]) == (carol, 3)
    with pytest.raises(ReplayError, match="not running any more"):
        replays.cancel(replay, carol)
    assert start(known.tenant, carol).total == 5


@pytest.mark.parametrize(
    "moment", ["before it is due", "before the note", "before the event", "after the event"]
)
def test_a_worker_that_dies_loses_nothing_and_doubles_nothing(
    known: Application, carol: User, monkeypatch: pytest.MonkeyPatch, handed_out: list[str], moment: str
) -> None:
    events = at_rest(known, 5)
    replay = start(known.tenant, carol)
    process, note, make_due = processing.process, replays._note, replayable.make_due

    def dies(pk: str) -> None:
        if moment == "after the event":
            process(pk)
        if pk == str(events[2].pk):
            raise Killed
        process(pk)

    def dies_making_due(pk: UUID) -> bool:
        if pk == events[2].pk:
            raise Killed
        return make_due(pk)

    def dies_noting(replay: Replay, event: WebhookEvent, done: int) -> None:
        if event.pk == events[2].pk:
            raise Killed
        note(replay, event, done)

    with monkeypatch.context() as patch:
        if moment == "before it is due":
            patch.setattr(replayable, "make_due", dies_making_due)
        elif moment == "before the note":
            patch.setattr(replays, "_note", dies_noting)
        else:
            patch.setattr(processing, "process", dies)
        with pytest.raises(Killed):
            replays.run(replay.pk)
    replays.run(replay.pk)
    assert fresh(replay).done < 5  # its lease still runs
    assert ended(replay).done == 5
    work_off(WebhookEvent)
    assert statuses(*events) == ["processed"] * 5
    assert len(handed_out) == len(set(handed_out))


def test_one_that_always_dies_is_given_up(
    known: Application, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(_: str) -> None:
        raise Killed

    at_rest(known, 10)
    replay = start(known.tenant, carol)
    with monkeypatch.context() as patch:
        patch.setattr(processing, "process", dies)
        for _ in range(work.MOST_UNFINISHED):
            make_due(Replay)
            with pytest.raises(Killed):
                replays.run(replay.pk)
    make_due(Replay)
    work_off()
    now = fresh(replay)
    assert (now.status, now.error_code, now.done) == ("failed", "work.crashes", work.MOST_UNFINISHED)


def test_trouble_at_lever_is_waited_for(
    known: Application, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each further event would only join those that try again by themselves."""

    def in_trouble(_: WebhookEvent) -> None:
        raise TransientError("lever.unavailable", "Lever does not answer.")

    events = at_rest(known, 3)
    replay = start(known.tenant, carol)
    with monkeypatch.context() as patch:
        patch.setattr(processing, "_read", in_trouble)
        work_off(Replay)
    assert numbers(replay) == ("running", 1, 3)
    assert fresh(replay).next_attempt_at > timezone.now() + timedelta(seconds=30)
    ended(replay)
    make_due(WebhookEvent)
    work_off(WebhookEvent)
    assert statuses(*events) == ["processed"] * 3


def test_a_paused_tenants_replay_waits(known: Application, carol: User) -> None:
    at_rest(known, 2)
    Tenant.objects.update(status="paused")
    replay = start(known.tenant, carol)
    work_off()
    assert numbers(replay) == ("running", 0, 2)
    Tenant.objects.update(status="live")
    assert ended(replay).outcomes == {"processed": 2}


def test_an_off_boarded_tenant_has_no_replay(known: Application, carol: User) -> None:
    at_rest(known)
    Tenant.objects.update(status="offboarded")
    with pytest.raises(ReplayError, match="off-boarded"):
        start(fresh_tenant(known), carol)


def fresh_tenant(application: Application) -> Tenant:
    return Tenant.objects.get(pk=application.tenant_id)


def test_a_tenant_has_one_replay_at_a_time(known: Application, southgate: Tenant, carol: User) -> None:
    at_rest(known, 2)
    at_rest(ApplicationFactory.create(tenant=southgate, opportunity_external_id=OPPORTUNITY))
    replay = start(known.tenant, carol)
    with pytest.raises(ReplayError, match="A replay is running"):
        start(known.tenant, carol)
    theirs = start(southgate, carol)
    assert [ended(it).done for it in (replay, theirs)] == [2, 1]


@pytest.mark.django_db(transaction=True)
def test_two_that_are_started_at_once_are_one(known: Application, carol: User) -> None:
    at_rest(known, 2)
    said: list[str] = []

    def press() -> None:
        try:
            start(known.tenant, carol)
            said.append("started")
        except ReplayError:
            said.append("refused")
        finally:
            connection.close()

    at_once(press, press)
    assert sorted(said) == ["refused", "started"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_replay_hand_nothing_out_twice(
    known: Application, carol: User, handed_out: list[str]
) -> None:
    at_rest(known, AT_ONCE + 2)
    replay = start(known.tenant, carol)

    def wake() -> None:
        replays.run(replay.pk)
        connection.close()

    at_once(wake, wake)
    assert fresh(replay).done == len(handed_out) == AT_ONCE
    assert ended(replay).done == len(set(handed_out)) == AT_ONCE + 2


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_being_processed_is_not_processed_twice(
    known: Application, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The replay comes while a worker still reads Lever's record of a live event."""
    event = stored(known, "hired", status="received")
    read = processing._read

    def slow(it: WebhookEvent) -> Any:
        monkeypatch.setattr(processing, "_read", read)
        replay = start(known.tenant, carol)
        assert ended(replay).outcomes == {"received": 1}
        return read(it)

    monkeypatch.setattr(processing, "_read", slow)
    processing.process(str(event.pk))
    work_off(WebhookEvent)
    assert (fresh(event).status, fresh(event).attempts) == ("processed", 1)
    assert told(known) == [("hired", "Hired", "")]


def test_it_is_handed_to_nobody_of_another_tenant(known: Application, southgate: Tenant, carol: User) -> None:
    at_rest(known)
    replay = start(known.tenant, carol)
    with tenant_scope(southgate.pk):
        assert not Replay.objects.filter(pk=replay.pk).exists()
        assert not Replay.objects.exclude(next_attempt_at__lte=Now()).exists()


def at_once(*runs: Any) -> None:
    threads = [threading.Thread(target=it) for it in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
