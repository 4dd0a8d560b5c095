"""Rejected requests of a tenant, checked again after a token was mended: foreseen, in batches, each taken once."""

import threading
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import RejectedRequestFactory, SigningSecretFactory, WebhookEndpointFactory
from tests.lever_world import work_off
from webhooks import endpoints, rechecking, replays, storing
from webhooks.foresight import Recheck, recheck
from webhooks.models import RejectedRequest, SigningSecret, WebhookEndpoint, WebhookEvent
from webhooks.replays import AT_ONCE

from . import rows
from .happenings import fresh
from .lever import DAY_MS, OTHER_SECRET, delivery, now_ms
from .test_replays import Killed, ended, numbers, turns


def rejected(endpoint: WebhookEndpoint, *bodies: bytes) -> None:
    for body in bodies:
        RejectedRequestFactory.create(tenant=endpoint.tenant, endpoint=endpoint, body=body)


def signed(count: int, **how: Any) -> list[bytes]:
    return [delivery(secret=OTHER_SECRET, **how) for _ in range(count)]


def foreseen(tenant: Tenant) -> Recheck:
    with tenant_scope(tenant.pk):
        return recheck()


@pytest.fixture
def mended(endpoint: WebhookEndpoint, alice: User) -> WebhookEndpoint:
    """Northwind's address, whose token is the right one by now."""
    endpoints.set_secret(endpoint, OTHER_SECRET, alice)
    return endpoint


def test_what_would_be_proved_is_foreseen(mended: WebhookEndpoint) -> None:
    again, old = signed(1), signed(1, at=now_ms() - 16 * DAY_MS)
    rejected(mended, *signed(2), *again, *again, *old, delivery(secret="a" * 48), b"{}")
    before = [it.pk for it in rows.rejected()]
    assert foreseen(mended.tenant) == Recheck(looked_at=7, proved=5, events=4, out_of_time=1)
    assert [it.pk for it in rows.rejected()] == before
    assert not rows.events()


def test_those_that_are_proved_are_processed_and_the_others_stay(
    mended: WebhookEndpoint, southgate: Tenant, carol: User
) -> None:
    theirs = WebhookEndpointFactory.create(tenant=southgate, event_kind="stage_changed")
    SigningSecretFactory.create(tenant=southgate, endpoint=theirs, secret=OTHER_SECRET)
    rejected(theirs, *signed(1))
    again = signed(1)
    rejected(mended, *signed(2), *again, *again, delivery(secret="a" * 48), b"{}")
    replay = replays.check_rejected(mended.tenant, carol)
    now = ended(replay)
    assert (now.status, now.done, now.total) == ("done", 6, 6)
    assert now.outcomes == {"proved": 4, "rejected": 2}
    assert sorted(it.repeats for it in rows.events()) == [0, 0, 1]
    assert sorted(it.tenant_id == southgate.pk for it in rows.rejected()) == [False, False, True]
    work_off(WebhookEvent)
    assert {it.status for it in rows.events()} == {"parked"}
    with across_tenants("a test looks"):
        entry = AuditEvent.objects.get(action="webhook.replay_started")
    assert (entry.actor, entry.detail["source"], entry.detail["total"]) == (carol, "rejected", 6)


def test_very_many_are_checked_in_batches(mended: WebhookEndpoint, carol: User) -> None:
    rejected(mended, *[delivery(secret="a" * 48)] * (2 * AT_ONCE + 1))
    replay = replays.check_rejected(mended.tenant, carol)
    assert [it.done for it in turns(replay)] == [AT_ONCE, 2 * AT_ONCE, 2 * AT_ONCE + 1, 2 * AT_ONCE + 1]


def test_while_others_wait_one_at_a_time_is_checked(mended: WebhookEndpoint, carol: User) -> None:
    """What is proved waits itself then, as what Lever sends does."""
    rejected(mended, *signed(AT_ONCE + 2))
    replay = replays.check_rejected(mended.tenant, carol)
    steps = turns(replay)
    assert [next(steps).done, next(steps).done] == [AT_ONCE, AT_ONCE + 1]


def test_what_is_rejected_meanwhile_is_not_part_of_it(mended: WebhookEndpoint, carol: User) -> None:
    rejected(mended, b"{}")
    replay = replays.check_rejected(mended.tenant, carol)
    rejected(mended, *signed(1))
    assert ended(replay).outcomes == {"rejected": 1}


def test_a_batch_whose_worker_dies_is_checked_again(
    mended: WebhookEndpoint, carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object, **__: object) -> None:
        raise Killed

    rejected(mended, *signed(3))
    replay = replays.check_rejected(mended.tenant, carol)
    with monkeypatch.context() as patch:
        patch.setattr(replays, "_note", dies)
        with pytest.raises(Killed):
            replays.run(replay.pk)
    assert (len(rows.rejected()), rows.events()) == (3, [])
    assert ended(replay).outcomes == {"proved": 3}
    assert len(rows.events()) == 3


def test_cancelled_it_leaves_the_rest_as_it_is(mended: WebhookEndpoint, carol: User) -> None:
    rejected(mended, *signed(AT_ONCE + 1))
    replay = replays.check_rejected(mended.tenant, carol)
    next(turns(replay))
    replays.cancel(fresh(replay), carol)
    work_off()
    assert numbers(replay) == ("cancelled", AT_ONCE, AT_ONCE + 1)
    assert len(rows.rejected()) == 1


def test_with_nothing_rejected_there_is_nothing_to_check(mended: WebhookEndpoint, carol: User) -> None:
    with pytest.raises(replays.ReplayError, match="nothing to replay"):
        replays.check_rejected(mended.tenant, carol)


@pytest.mark.django_db(transaction=True)
def test_what_two_check_at_once_came_once(mended: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """The customer pastes the token while Customer Success looks again."""
    rejected(mended, *signed(1))
    store = storing.store

    def press() -> None:
        rechecking.check_again(mended)
        connection.close()

    other = threading.Thread(target=press)

    def slow(*given: Any) -> bool:
        monkeypatch.setattr(rechecking, "store", store)
        other.start()
        other.join(timeout=10)
        return store(*given)

    monkeypatch.setattr(rechecking, "store", slow)
    assert rechecking.check_again(mended) == 1
    assert (rows.event().repeats, rows.rejected()) == (0, [])


def test_a_token_that_is_withdrawn_meanwhile_takes_nothing_and_loses_nothing(
    mended: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejected(mended, *signed(1))
    live_secrets = endpoints.live_secrets

    def withdrawn_at_once(endpoint: WebhookEndpoint) -> list[SigningSecret]:
        live = live_secrets(endpoint)
        SigningSecret.objects.update(withdrawn_at=timezone.now())
        return live

    monkeypatch.setattr(endpoints, "live_secrets", withdrawn_at_once)
    assert rechecking.check_again(mended) == 0
    assert (rows.events(), len(rows.rejected())) == ([], 1)


def test_a_batch_is_a_transaction_of_its_own(
    mended: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecking, "CHECKED_AT_ONCE", 2)
    rejected(mended, *signed(3))
    sizes: list[int] = []
    check = rechecking.check

    def measured(ids: Sequence[UUID]) -> set[bytes]:
        sizes.append(len(ids))
        return check(ids)

    monkeypatch.setattr(rechecking, "check", measured)
    assert rechecking.check_again(mended) == 3
    assert sizes == [2, 1]
    with across_tenants("a test looks"):
        assert not RejectedRequest.objects.filter(received_at__lte=timezone.now()).exists()
