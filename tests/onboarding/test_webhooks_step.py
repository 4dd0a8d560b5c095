"""What the webhooks' step tells of what came: nothing, a test, the wrong token, the wrong address, something old."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override

from onboarding import problems
from onboarding.steps import STEPS
from onboarding.steps.types import StepState
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories
from webhooks.models import RejectedRequest, SigningSecret, WebhookEndpoint, WebhookEvent

from .rows import delivered, endpoint, listed, told

pytestmark = pytest.mark.django_db
ADMIN, YOU = "a Super Admin of your Lever account", "you, on this page"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def created(northwind: Tenant) -> WebhookEndpoint:
    """The address for new applications, its token pasted."""
    return endpoint(northwind, "application_created")


@pytest.fixture
def moved(northwind: Tenant) -> WebhookEndpoint:
    return endpoint(northwind, "stage_changed")


def step(to: WebhookEndpoint) -> StepState:
    return told(to.tenant, "webhooks")


def reject(to: WebhookEndpoint, reason: str, **fields: Any) -> None:
    """After everything else that came, unless `fields` say otherwise."""
    fields = {"event_name": "applicationCreated", **fields}
    at = fields.pop("received_at", timezone.now() + MINUTE)
    row = factories.RejectedRequestFactory.create(tenant=to.tenant, endpoint=to, reason=reason, **fields)
    with tenant_scope(to.tenant_id):
        RejectedRequest.objects.filter(pk=row.pk).update(received_at=at)


def came(to: WebhookEndpoint, at: datetime) -> None:
    event = delivered(to)
    with tenant_scope(to.tenant_id):
        WebhookEvent.objects.filter(pk=event.pk).update(received_at=at)


def test_with_one_token_pasted_the_other_webhook_is_still_to_be_set_up(created: WebhookEndpoint) -> None:
    state = step(created)
    assert (state.state, state.actor) == ("in_progress", "customer")


def test_with_both_tokens_pasted_lever_has_to_deliver(
    created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    state = step(created)
    assert (state.state, state.actor) == ("waiting", "provider")
    assert "“Application Created” and “Candidate Stage Change”" in state.says


def test_levers_own_test_proves_the_token_but_no_event(
    created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    delivered(created, kind="test")
    assert (step(created).actor, step(created).is_finished) == ("provider", False)
    latest = delivered(moved, kind="test")
    state = step(created)
    assert (state.state, state.actor, state.at) == ("waiting", "nobody", latest.received_at)
    assert (state.proved_by, state.is_finished, state.is_settled) == ("rehearsal", True, False)
    assert listed(created.tenant).minutes_left == sum(it.minutes for it in STEPS if it.key != "webhooks")


def test_one_correctly_signed_event_of_each_is_the_proof(
    created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    oldest = delivered(created)
    assert "“Candidate Stage Change”" in step(created).says
    delivered(moved)
    state = step(created)
    assert (state.state, state.at) == ("done", oldest.received_at)


def test_an_event_of_old_proves_nothing_of_a_token_that_has_signed_nothing(
    created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    for it in (created, moved):
        delivered(it)
    with tenant_scope(created.tenant_id):
        SigningSecret.objects.filter(endpoint=created).update(withdrawn_at=timezone.now())
    factories.SigningSecretFactory.create(tenant=created.tenant, endpoint=created, secret="e" * 48)
    state = step(created)
    assert (state.state, state.says) == (
        "waiting",
        "Waiting for Lever's first delivery of “Application Created”.",
    )


@pytest.mark.parametrize(
    ("reason", "received", "who", "path"),
    [
        ("unsigned", "without a signature", ADMIN, "generate the signature token"),
        ("wrong_signature", "signed with a token that we do not know", YOU, "copy the signature token again"),
        ("other_events_token", "signed with the other event's token", YOU, "Press “Swap the two tokens”."),
        ("not_a_webhook", "that is none (no triggeredAt)", ADMIN, "check the URL"),
    ],
)
def test_a_refused_request_says_what_came_and_who_changes_what(
    created: WebhookEndpoint, reason: str, received: str, who: str, path: str
) -> None:
    detail = {"detail": "no triggeredAt", "event_name": ""} if reason == "not_a_webhook" else {}
    reject(created, reason, **detail)
    state = step(created)
    assert (state.state, state.actor) == ("needs_attention", "customer")
    assert state.mismatch
    assert received in state.mismatch.received
    assert (state.mismatch.who, path in state.mismatch.path) == (who, True)


def test_a_token_that_was_not_pasted_yet_is_asked_for(northwind: Tenant) -> None:
    created = endpoint(northwind, "application_created", has_token=False)
    reject(created, "no_token_yet")
    mismatch = step(created).mismatch
    assert mismatch
    assert "its token was not pasted here yet" in mismatch.received
    assert "Application Created: copy the signature token" in mismatch.path


def test_a_good_delivery_after_the_refused_one_ends_the_matter(created: WebhookEndpoint) -> None:
    reject(created, "wrong_signature", received_at=timezone.now() - MINUTE)
    assert step(created).mismatch
    delivered(created)
    assert step(created).mismatch is None


def test_levers_test_after_the_refused_one_ends_it_too(created: WebhookEndpoint) -> None:
    reject(created, "wrong_signature", received_at=timezone.now() - MINUTE)
    delivered(created, kind="test")
    assert step(created).mismatch is None


def test_a_token_that_came_after_an_unsigned_request_may_have_mended_it(created: WebhookEndpoint) -> None:
    reject(created, "unsigned", received_at=timezone.now() - MINUTE)
    assert step(created).mismatch is None


def test_a_token_that_still_does_not_prove_an_earlier_request_is_another_one(
    created: WebhookEndpoint,
) -> None:
    reject(created, "no_token_yet", received_at=timezone.now() - MINUTE)
    mismatch = step(created).mismatch
    assert mismatch
    assert "signed with a token that we do not know" in mismatch.received


@pytest.mark.parametrize("reason", ["other_events_token", "wrong_signature"])
def test_a_url_that_was_entered_for_another_event_is_told_from_a_wrong_token(
    created: WebhookEndpoint, reason: str
) -> None:
    reject(created, reason, event_name="candidateStageChange")
    mismatch = step(created).mismatch
    assert mismatch
    assert "of “Candidate Stage Change”" in mismatch.received
    assert mismatch.path.endswith("Webhooks > Candidate Stage Change: enter its own URL from this page.")


def test_a_signed_event_at_the_wrong_address_is_no_proof(
    created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    for address in (created, moved):
        delivered(address, kind="hired", name="candidateHired", status="quarantined")
    state = step(created)
    assert state.state == "needs_attention"
    assert state.mismatch
    assert "of “Candidate Hired”" in state.mismatch.received


def test_a_signed_event_that_nobody_uses_is_no_proof_of_the_right_one(
    created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    for address in (created, moved):
        delivered(address, kind="other", name="interviewCreated", status="ignored")
    state = step(created)
    assert state.state == "needs_attention"
    assert state.mismatch
    assert "of “Interview Created”" in state.mismatch.received
    delivered(created, kind="test")
    delivered(moved, kind="test")
    assert step(created).state == "waiting"


def test_levers_test_at_the_wrong_address_proves_nothing_later_either(
    created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    """Once a newer request was mended by a newer token, nothing is wrong any more, and nothing is proved."""
    delivered(created, kind="test", name="candidateStageChange", status="quarantined")
    delivered(moved, kind="test")
    reject(created, "unsigned")
    with tenant_scope(created.tenant_id):
        SigningSecret.objects.filter(endpoint=created).update(created_at=timezone.now() + 2 * MINUTE)
    state = step(created)
    assert (state.state, state.mismatch, state.proved_by) == ("waiting", None, "")


def test_an_old_event_is_no_proof(created: WebhookEndpoint, moved: WebhookEndpoint) -> None:
    for address in (created, moved):
        month_ago = timezone.now() - timedelta(days=30)
        delivered(address, name="applicationCreated", status="quarantined", triggered_at=month_ago)
    state = step(created)
    assert state.state == "needs_attention"
    assert state.mismatch
    assert "too old to count" in state.mismatch.received


def test_an_event_that_has_stopped_is_not_green(created: WebhookEndpoint, moved: WebhookEndpoint) -> None:
    factories.PostingFactory.create(tenant=created.tenant)
    now = timezone.now()
    for days in range(14, 56):
        came(created, now - timedelta(days=days))
    delivered(moved)
    state = step(created)
    assert (state.state, state.actor) == ("needs_attention", "customer")
    assert state.says == "“Application Created” does not come any more as it used to."
    assert state.mismatch
    assert "the longest usual pause was 24 hours" in state.mismatch.expected
    assert state.mismatch.received.startswith("nothing since the last delivery 2")
    delivered(created)
    assert step(created).state == "done"


def test_applications_of_which_lever_does_not_tell_are_not_green(
    created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    for it in (created, moved):
        delivered(it)
    at = timezone.now() - timedelta(days=2)
    for number in range(3):
        factories.DeliveryFactory.create(
            tenant=created.tenant,
            application__external_id=f"lever-{number}",
            status="delivered",
            delivered_at=at,
            next_attempt_at=None,
        )
    state = step(created)
    assert (state.state, state.actor) == ("needs_attention", "customer")
    assert state.mismatch
    assert "of 3 delivered within a week, Lever has not told of 3 applications" in state.mismatch.received


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"event_name": "candidateStageChange"}, "„Candidate Stage Change“ kommt an der Adresse von"),
        (
            {"reason": "not_a_webhook", "event_name": "", "detail": "no triggeredAt"},
            "ist kein Webhook von Lever",
        ),
    ],
)
def test_a_problem_tells_a_wrong_address_in_the_readers_language(
    created: WebhookEndpoint, fields: dict[str, Any], said: str
) -> None:
    reject(created, **{"reason": "wrong_signature", **fields})
    (problem,) = problems.diagnose(created.tenant)
    assert problem.code == "webhook.misdirected"
    with override("de"):
        assert said in str(problem.detail)


def test_a_problem_tells_what_is_too_old_in_the_readers_language(created: WebhookEndpoint) -> None:
    delivered(created, status="quarantined", triggered_at=timezone.now() - timedelta(days=30))
    told_of = {it.code: it.detail for it in problems.diagnose(created.tenant)}
    with override("de"):
        assert "ist zu alt, um zu zählen" in str(told_of["webhook.misdirected"])


def test_an_optional_webhook_that_goes_wrong_does_not_hold_the_step(
    created: WebhookEndpoint, moved: WebhookEndpoint
) -> None:
    delivered(created)
    delivered(moved)
    reject(endpoint(created.tenant, "hired"), "wrong_signature", event_name="candidateHired")
    assert step(created).state == "done"
