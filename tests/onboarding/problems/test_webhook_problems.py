"""What is wrong with a tenant's webhooks: found for each of them, with what to press."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from django.utils.translation import override

from integrations.models import Application, Posting
from onboarding import problems
from tenants.models import Tenant
from tenants.scoping import across_tenants, tenant_scope
from tests import factories
from webhooks import silence
from webhooks.models import Aside, RejectedRequest

from ..rows import codes, delivered, endpoint, open_problem
from .causes import came, delivers_again, rejected, removed, silent, unconfirmed

pytestmark = pytest.mark.django_db


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
