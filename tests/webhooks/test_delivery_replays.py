"""Deliveries that rest, sent again in bulk: those that were chosen and may be, each once, at Lever's pace."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Application, Delivery
from integrations.services import deliveries, pace
from integrations.services import turns as turns_of
from integrations.services.delivery_rows import Whole
from sandbox.server import Server
from sandbox.world.form_editor import set_state
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import ApplicationFactory, DeliveryFactory
from tests.integrations.services.customer import FORM, Customer
from tests.lever_world import connect, lift_limits, make_due
from webhooks import replays
from webhooks.models import Replay
from webhooks.replays import ReplayError, Wanted

from .happenings import fresh

pytestmark = pytest.mark.django_db
RESTS: dict[str, Any] = {"status": "held", "next_attempt_at": None, "error_code": "lever.scope_missing"}
MOST_TURNS = 20


class Killed(BaseException):
    """What kill -9 is to the database: nothing after it happens."""


@pytest.fixture
def customer(sandbox: Server, northwind: Tenant, alice: User) -> Customer:
    return Customer(sandbox, northwind, alice, connect(sandbox, northwind, alice))


def resting(customer: Customer, count: int = 1, **fields: Any) -> list[Delivery]:
    rows = []
    for _ in range(count):
        application = customer.submit(applicant={"email": f"a{timezone.now():%M%S%f}@mail.example"})
        delivery = customer.delivery(application)
        customer.change(delivery, **(RESTS | fields))
        rows.append(delivery)
    return rows


def start(customer: Customer, by: User, **wanted: Any) -> Replay:
    chosen = {"until": timezone.now(), "source": Replay.Source.DELIVERIES, **wanted}
    return replays.start(customer.tenant, Wanted(**chosen), by)


def turns(replay: Replay) -> Iterator[Replay]:
    for _ in range(MOST_TURNS):
        make_due(Replay, pk=replay.pk)
        replays.run(replay.pk)
        yield (now := fresh(replay))
        if now.status != "running":
            return
    raise AssertionError("It does not end.")


def ended(replay: Replay) -> Replay:
    return list(turns(replay))[-1]


def statuses(rows: list[Delivery]) -> list[str]:
    return [fresh(it).status for it in rows]


def audited(action: str) -> list[AuditEvent]:
    with across_tenants("a test looks"):
        return list(AuditEvent.objects.filter(action=action))


def test_all_are_sent_once_and_it_is_on_record(
    customer: Customer, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "AT_ONCE", 2)
    rows = resting(customer, 3)
    replay = start(customer, carol)
    assert [it.done for it in turns(replay)] == [2, 3, 3]
    assert (statuses(rows), customer.posts()) == (["delivered"] * 3, 3)
    now = fresh(replay)
    assert (now.status, now.total, now.outcomes) == ("done", 3, {"delivered": 3})
    assert [it.actor for it in audited("delivery.replay_started")] == [carol]
    assert [it.detail["done"] for it in audited("delivery.replay_ended")] == [3]
    assert [(it.actor, it.detail) for it in audited("delivery.sent_again")] == [
        (carol, {"replay": replay.pk})
    ] * 3


def test_pressed_twice_it_is_done_once(customer: Customer, carol: User) -> None:
    resting(customer)
    replay = start(customer, carol)
    with pytest.raises(ReplayError, match="A replay is running"):
        start(customer, carol)
    ended(replay)
    with pytest.raises(ReplayError, match="nothing to replay"):
        start(customer, carol)
    assert customer.posts() == 1


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, {"held", "rejected", "old"}),
        ({"kinds": ["lever.refused"]}, {"rejected"}),
        ({"statuses": ["held"]}, {"held", "old"}),
        ({"since": timedelta(days=1)}, {"held", "rejected"}),
        ({"until": timedelta(days=1)}, {"old"}),
    ],
)
def test_only_what_was_chosen_is_sent(
    customer: Customer, southgate: Tenant, carol: User, wanted: dict[str, Any], expected: set[str]
) -> None:
    theirs = DeliveryFactory.create(tenant=southgate, application__tenant=southgate, **RESTS)
    rows = {
        "held": resting(customer)[0],
        "rejected": resting(customer, status="rejected", error_code="lever.refused")[0],
        "old": resting(customer, created_at=timezone.now() - timedelta(days=4))[0],
        "under way": resting(customer, status="retry_wait")[0],
    }
    times = {name: timezone.now() - it for name, it in wanted.items() if isinstance(it, timedelta)}
    replay = start(customer, carol, **(wanted | times))
    assert ended(replay).done == replay.total == len(expected)
    assert {name for name, it in rows.items() if fresh(it).status == "delivered"} == expected
    assert fresh(theirs).status == "held"


def test_what_may_have_arrived_and_what_was_erased_is_never_sent_in_bulk(
    customer: Customer, carol: User
) -> None:
    doubtful = resting(customer, is_in_doubt=True)[0]
    erased = resting(customer, status="rejected", error_code="application.erased")[0]
    customer.change(Application(pk=erased.application_id), erased_at=timezone.now())
    with pytest.raises(ReplayError, match="nothing to replay"):
        start(customer, carol)
    sent = resting(customer)[0]
    assert ended(start(customer, carol)).total == 1
    assert statuses([doubtful, erased, sent]) == ["held", "rejected", "delivered"]
    assert customer.posts() == 1


def test_new_applications_go_first(customer: Customer, carol: User) -> None:
    """While any wait, one at a time is sent again: it goes on, and holds nobody up."""
    rows = resting(customer, 3)
    replay = start(customer, carol)
    new = customer.delivery(customer.submit())
    assert [it.done for it, _ in zip(turns(replay), range(2), strict=False)] == [1, 2]
    assert fresh(new).status == "ready"
    customer.take(new.pk)
    assert ended(replay).done == 3
    assert statuses(rows) == ["delivered"] * 3


def test_trouble_at_lever_is_waited_for(customer: Customer, carol: User) -> None:
    rows = resting(customer, 2)
    customer.order("503", **FORM, times_left=1)
    replay = start(customer, carol)
    now = next(turns(replay))
    assert (now.done, now.outcomes) == (1, {"retry_wait": 1})
    assert now.next_attempt_at
    assert now.next_attempt_at > timezone.now() + timedelta(seconds=50)
    assert statuses(rows) == ["retry_wait", "held"]


def test_what_fails_again_rests_again_and_is_not_sent_by_the_same_retry(
    customer: Customer, carol: User
) -> None:
    rows = resting(customer)
    set_state(customer.offered(), "closed")
    assert ended(start(customer, carol)).outcomes == {"rejected": 1}
    assert (statuses(rows), customer.tries()) == (["rejected"], [("rejected", "lever.refused")])


def test_cancelled_it_leaves_the_rest_as_it_was(
    customer: Customer, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "AT_ONCE", 1)
    rows = resting(customer, 3)
    replay = start(customer, carol)
    next(turns(replay))
    replays.cancel(fresh(replay), carol)
    make_due(Replay)
    replays.run(replay.pk)
    assert statuses(rows) == ["delivered", "held", "held"]
    assert [it.detail["done"] for it in audited("delivery.replay_cancelled")] == [1]


@pytest.mark.parametrize("moment", ["before it is sent", "after it is sent"])
def test_a_worker_that_dies_loses_nothing_and_doubles_nothing(
    customer: Customer, carol: User, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    rows = resting(customer, 2)
    replay = start(customer, carol)
    attempt = deliveries.attempt

    def dies(delivery: Delivery, whole: Whole) -> bool:
        if moment == "after it is sent":
            attempt(delivery, whole)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(deliveries, "attempt", dies)
        with pytest.raises(Killed):
            replays.run(replay.pk)
    assert ended(replay).done == 2
    customer.attempt()
    assert (statuses(rows), customer.posts()) == (["delivered"] * 2, 2)


def test_a_crowd_is_sent_at_levers_pace(customer: Customer, carol: User) -> None:
    """However many of its turns follow one another."""
    lift_limits(customer.server)
    resting(customer, 6)
    begun = timezone.now()
    assert ended(start(customer, carol)).outcomes == {"delivered": 6}
    assert timezone.now() - begun > 5 * timedelta(seconds=0.5)


def test_what_is_made_due_is_not_told_to_the_worker_too(customer: Customer, carol: User) -> None:
    """The replay does it itself, so that it knows what came of it."""
    (row,) = resting(customer)
    with tenant_scope(customer.tenant.pk):
        Delivery.objects.update(rung_at=None)
    ended(start(customer, carol))
    assert fresh(row).rung_at is None


def test_a_paused_tenants_retry_waits(customer: Customer, carol: User) -> None:
    rows = resting(customer)
    replay = start(customer, carol)
    Tenant.objects.filter(pk=customer.tenant.pk).update(status="paused")
    replays.run(replay.pk)
    assert (fresh(replay).done, statuses(rows)) == (0, ["held"])
    Tenant.objects.filter(pk=customer.tenant.pk).update(status="live")
    assert ended(replay).done == 1


def test_of_many_with_the_same_time_none_is_left_out(
    customer: Customer, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "AT_ONCE", 1)
    at = timezone.now() - timedelta(hours=1)
    rows = resting(customer, 3, created_at=at)
    assert ended(start(customer, carol)).done == 3
    assert statuses(rows) == ["delivered"] * 3


def test_another_tenants_deliveries_do_not_count(customer: Customer, southgate: Tenant, carol: User) -> None:
    application = ApplicationFactory.create(tenant=southgate)
    DeliveryFactory.create(tenant=southgate, application=application, **RESTS)
    with pytest.raises(ReplayError, match="nothing to replay"):
        start(customer, carol)


def test_while_lever_is_left_alone_none_is_made_due(customer: Customer, carol: User) -> None:
    rows, other_side = resting(customer, 2), f"deliveries:{customer.tenant.pk}"
    for _ in range(turns_of.FAILURES_IN_A_ROW):
        turns_of.note(other_side, is_well=False)
    replay = start(customer, carol)
    replays.run(replay.pk)
    now = fresh(replay)
    assert (now.status, now.done, statuses(rows)) == ("running", 0, ["held"] * 2)
    turns_of.forget_trouble(other_side)
    assert ended(replay).done == 2


def test_whose_turn_is_far_away_waits_in_line_like_all(customer: Customer, carol: User) -> None:
    rows = resting(customer, 2)
    pace.slow_down(customer.tenant.pk, timedelta(seconds=30))
    replay = start(customer, carol)
    replays.run(replay.pk)
    now = fresh(replay)
    assert (now.done, now.outcomes, statuses(rows)) == (1, {"ready": 1}, ["ready", "held"])
    assert customer.tries() == []
