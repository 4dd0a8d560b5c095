"""The signature does not cover the body: of two bodies under one signature only the first is ever acted on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import Application
from tenants.models import User
from tenants.scoping import across_tenants
from tests.lever_world import work_off
from webhooks import processing, replayable
from webhooks.models import WebhookEvent

from .happenings import fresh, stored

KEY = "a" * 64


@pytest.fixture
def pair(known: Application) -> tuple[WebhookEvent, WebhookEvent]:
    """The first, and a second with another stage, a second later."""
    first = stored(known, "stage_changed", stage_external_id="talk", key=KEY)
    second = stored(known, "stage_changed", stage_external_id="offer", key=KEY)
    came(second, timezone.now() + timedelta(seconds=1))
    return first, second


def came(event: WebhookEvent, at: object) -> None:
    with across_tenants("a test moves the time"):
        WebhookEvent.objects.filter(pk=event.pk).update(received_at=at)


def ends(*events: WebhookEvent) -> list[str]:
    return [fresh(it).status for it in events]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_whichever_is_worked_on_first_the_first_stays(
    known: Application, pair: tuple[WebhookEvent, WebhookEvent], order: tuple[int, int]
) -> None:
    for index in order:
        processing.process(str(pair[index].pk))
    assert ends(*pair) == ["processed", "quarantined"]
    assert fresh(known).stage_external_id == "talk"


def test_two_of_the_same_moment_are_not_both_first(
    known: Application, pair: tuple[WebhookEvent, WebhookEvent]
) -> None:
    for event in pair:
        came(event, timezone.now())
    now = timezone.now()
    for event in pair:
        came(event, now)
    work_off(WebhookEvent)
    assert sorted(ends(*pair)) == ["processed", "quarantined"]


def test_a_first_that_is_seen_late_changes_nothing_any_more(
    known: Application, pair: tuple[WebhookEvent, WebhookEvent]
) -> None:
    """Clocks of two machines differ: what was acted on already cannot be unsaid."""
    first, second = pair
    came(first, timezone.now() + timedelta(hours=1))
    processing.process(str(second.pk))
    came(first, timezone.now() - timedelta(hours=1))
    processing.process(str(first.pk))
    assert ends(first, second) == ["quarantined", "processed"]
    assert fresh(known).stage_external_id == "offer"


def test_a_test_whose_signature_is_used_again_opens_nothing(known: Application) -> None:
    test = stored(known, "test", key=KEY, status="ignored", next_attempt_at=None)
    forged = stored(known, "deleted", key=KEY)
    work_off(WebhookEvent)
    assert ends(test, forged) == ["ignored", "quarantined"]
    assert fresh(known).erased_at is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_replay_of_both_acts_on_no_other_than_before(
    known: Application, pair: tuple[WebhookEvent, WebhookEvent], alice: User, order: tuple[int, int]
) -> None:
    """The second was acted on before the first was seen; which of them is worked on first changes nothing."""
    first, second = pair
    came(first, timezone.now() + timedelta(hours=1))
    processing.process(str(second.pk))
    came(first, timezone.now() - timedelta(hours=1))
    processing.process(str(first.pk))
    for event in pair:
        assert replayable.replay(event, by=alice)
    for index in order:
        processing.process(str(pair[index].pk))
    assert ends(first, second) == ["quarantined", "processed"]
    assert fresh(known).stage_external_id == "offer"
