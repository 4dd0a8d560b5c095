"""While Lever cannot be read, an event is kept and tried again; what it says is never lost to an outage."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.errors import RateLimitedError
from integrations.models import Application, Connection
from integrations.services import pace
from sandbox.server import Server
from sandbox.world.account import Account
from sandbox.world.faults import Fault
from tenants.models import User
from tenants.scoping import across_tenants
from tests.lever_world import connect, make_due, work_off
from webhooks import processing, replayable
from webhooks.models import WebhookEvent

from .happenings import fresh, stored

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(sandbox: Server, application: Application, alice: User) -> Account:
    return connect(sandbox, application.tenant, alice, key="meridian")


@pytest.fixture
def event(account: Account, application: Application) -> WebhookEvent:
    opportunity = next(iter(account.opportunities.values()))
    opportunity.application.id = application.external_id
    return stored(application, "application_created", opportunity_external_id=opportunity.id)


def order(server: Server, kind: str, **how: Any) -> None:
    server.world.faults.order(Fault(kind, path_prefix="/v1/opportunities", **how))


@pytest.mark.parametrize(
    ("kind", "code"),
    [("429", "lever.rate_limited"), ("500", "lever.unavailable"), ("503", "lever.unavailable")],
)
def test_it_is_kept_with_the_reason_and_done_later(
    sandbox: Server, application: Application, event: WebhookEvent, kind: str, code: str
) -> None:
    order(sandbox, kind, times_left=1)
    work_off(WebhookEvent)
    now = fresh(event)
    assert (now.status, now.error_code) == ("received", code)
    assert now.next_attempt_at > timezone.now() - timedelta(seconds=5)
    assert fresh(application).confirmed_at is None
    let_the_pace_pass()
    make_due(WebhookEvent)
    work_off(WebhookEvent)
    assert (fresh(event).status, fresh(event).error_code) == ("processed", "")


def let_the_pace_pass() -> None:
    with across_tenants("a test moves the time"):
        Connection.objects.update(next_read_at=None)


def test_who_is_refused_for_haste_slows_the_account_and_loses_no_patience(
    sandbox: Server, application: Application, event: WebhookEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Applications of the same account share Lever's calls; what waits for its turn asks nothing."""
    monkeypatch.setattr(processing, "MOST_ATTEMPTS_OF_LOOKING", 2)
    order(sandbox, "429", retry_after=1800)
    for _ in range(4):
        work_off(WebhookEvent)
        make_due(WebhookEvent)
    now = fresh(event)
    assert (now.status, now.error_code, now.attempts) == ("received", "pace.queue", 0)
    assert sum(it.path.startswith("/v1/opportunities") for it in sandbox.world.log) == 1
    with pytest.raises(RateLimitedError):
        pace.wait_for_turn(application.tenant_id)
    let_the_pace_pass()
    sandbox.world.faults.cancel("429", None)
    work_off(WebhookEvent)
    assert fresh(event).status == "processed"


def test_lever_says_itself_when_to_come_back(
    sandbox: Server, application: Application, event: WebhookEvent
) -> None:
    order(sandbox, "429", times_left=1, retry_after=1800)
    work_off(WebhookEvent)
    assert fresh(event).next_attempt_at > timezone.now() + timedelta(minutes=29)


def test_a_grant_that_was_revoked_stops_at_the_word_of_the_webhook(
    sandbox: Server, account: Account, application: Application, event: WebhookEvent
) -> None:
    """Kept at first; from then on this is a tenant whose records we may not read."""
    order(sandbox, "401")
    work_off(WebhookEvent)
    assert (fresh(event).status, fresh(event).error_code) == ("received", "lever.token_refused")
    with across_tenants("a test looks"):
        assert Connection.objects.get().status == "needs_authorization"
    make_due(WebhookEvent)
    work_off(WebhookEvent)
    assert fresh(event).status == "processed"


def test_after_more_than_a_day_it_is_given_up_until_somebody_replays_it(
    sandbox: Server,
    application: Application,
    event: WebhookEvent,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processing, "MOST_ATTEMPTS_OF_LOOKING", 3)
    order(sandbox, "500")
    for _ in range(3):
        work_off(WebhookEvent)
        make_due(WebhookEvent)
    now = fresh(event)
    assert (now.status, now.next_attempt_at, now.attempts) == ("dead", None, 3)
    assert now.outcome == "not verified: Lever does not answer properly at the moment."
    sandbox.world.faults.cancel("500", None)
    replayable.replay(event, by=alice)
    work_off(WebhookEvent)
    assert fresh(event).status == "processed"


def test_days_of_waiting_for_its_application_cost_no_patience(
    sandbox: Server, application: Application, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was looked for often is not given up at the first trouble."""
    monkeypatch.setattr(processing, "MOST_ATTEMPTS_OF_LOOKING", 3)
    opportunity = next(iter(account.opportunities.values()))
    event = stored(application, "stage_changed", opportunity_external_id=opportunity.id)
    for _ in range(5):
        work_off(WebhookEvent)
        make_due(WebhookEvent)
    application.external_id = opportunity.application.id
    with across_tenants("a test delivers"):
        application.save()
    order(sandbox, "500")
    work_off(WebhookEvent)
    assert fresh(event).status == "parked"
    assert fresh(event).error_code == "lever.unavailable"
