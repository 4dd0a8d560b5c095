"""Going live, pausing and leaving: the customer asks, Customer Success decides, and each leads on from one place."""

from typing import Any

import pytest
from django.core.mail import EmailMessage

from onboarding import golive
from onboarding.models import LiveRequest, StepOverride
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories

from .rows import make_ready, told

pytestmark = pytest.mark.django_db
Status = Tenant.Status


def audited(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def stored(tenant: Tenant) -> Tenant:
    return Tenant.objects.get(pk=tenant.pk)


def test_asking_is_refused_while_steps_are_open_and_names_them(northwind: Tenant, alice: User) -> None:
    make_ready(northwind)
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    with pytest.raises(golive.NotReadyError, match=r"still open: Check the application forms\.$"):
        golive.request(northwind, alice)
    with tenant_scope(northwind.pk):
        assert not LiveRequest.objects.exists()
    assert audited(northwind) == []


def test_approving_is_refused_too(northwind: Tenant, carol: User) -> None:
    with pytest.raises(golive.NotReadyError, match=r"still open: Authorize Lever, .*Rehearse with a test"):
        golive.approve(northwind, carol)
    assert stored(northwind).status == Status.ONBOARDING


def test_the_way_to_live(northwind: Tenant, alice: User, carol: User) -> None:
    make_ready(northwind)
    golive.request(northwind, alice)
    assert told(northwind, "go-live").state == "checking"
    golive.approve(northwind, carol)
    live = stored(northwind)
    assert (live.status, live.live_at is not None) == (Status.LIVE, True)
    assert audited(northwind) == ["live.requested", "live.approved"]


@pytest.mark.parametrize(("has_owner", "readers"), [(True, ["carol@appcast.example"]), (False, [])])
def test_the_owner_at_appcast_hears_once_that_somebody_waits(
    northwind: Tenant,
    alice: User,
    carol: User,
    mailoutbox: list[EmailMessage],
    django_capture_on_commit_callbacks: Any,
    has_owner: bool,
    readers: list[str],
) -> None:
    make_ready(northwind)
    northwind.owner = carol if has_owner else None
    northwind.save()
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            golive.request(northwind, alice, "Our <b>first</b> jobs.")
    assert [it.to[0] for it in mailoutbox] == readers
    for letter in mailoutbox:
        assert letter.subject == "Approve or ask back: Northwind Logistics asks to go live"
        assert f"/admin/tenants/tenant/{northwind.pk}/change/" in letter.body
        assert "Our <b>first</b> jobs." in letter.body


def test_asking_twice_asks_once(northwind: Tenant, alice: User) -> None:
    make_ready(northwind)
    golive.request(northwind, alice, "We are keen.")
    golive.request(northwind, alice)
    with tenant_scope(northwind.pk):
        asked = LiveRequest.objects.get()
    assert (asked.asked_by, asked.note, asked.is_open) == (alice, "We are keen.", True)
    assert audited(northwind) == ["live.requested"]


def test_a_request_is_taken_back_until_it_is_answered(northwind: Tenant, alice: User, carol: User) -> None:
    make_ready(northwind)
    golive.request(northwind, alice)
    golive.withdraw(northwind, alice)
    assert told(northwind, "go-live").state == "not_started"
    assert audited(northwind) == ["live.requested", "live.withdrawn"]
    golive.request(northwind, alice)
    golive.ask_back(northwind, "Which jobs?", carol)
    with pytest.raises(golive.NotReadyError, match="answered already"):
        golive.withdraw(northwind, alice)


def test_asking_back_gives_the_next_move_to_the_customer_who_answers_by_asking_again(
    northwind: Tenant, alice: User, carol: User
) -> None:
    make_ready(northwind)
    golive.request(northwind, alice)
    golive.ask_back(northwind, "Which jobs shall we leave out?", carol)
    back = told(northwind, "go-live")
    assert (back.actor, back.says) == ("customer", "Customer Success asks: Which jobs shall we leave out?")
    golive.request(northwind, alice, "None.")
    assert told(northwind, "go-live").actor == "staff"
    golive.approve(northwind, carol)
    with tenant_scope(northwind.pk):
        answers = list(LiveRequest.objects.order_by("pk").values_list("answer", "answered_by"))
    assert answers == [("asked_back", carol.pk), ("approved", carol.pk)]
    assert audited(northwind) == ["live.requested", "live.asked_back", "live.requested", "live.approved"]


def test_nobody_is_asked_back_who_has_not_asked(northwind: Tenant, carol: User) -> None:
    with pytest.raises(golive.NotReadyError, match="has not asked"):
        golive.ask_back(northwind, "Why?", carol)
    assert audited(northwind) == []


def test_a_withdrawn_override_lets_nothing_pass_any_more(northwind: Tenant, carol: User) -> None:
    override = golive.override(northwind, "forms", "Not advertised.", days=14, by=carol)
    assert told(northwind, "forms").state == "overridden"
    for _ in range(2):
        golive.withdraw_override(override, carol)
    assert told(northwind, "forms").state == "not_started"
    assert audited(northwind) == ["step.overridden", "step.override_withdrawn"]


def test_an_override_lets_a_step_pass(northwind: Tenant, alice: User, carol: User) -> None:
    make_ready(northwind)
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    golive.override(northwind, "forms", "That job is not advertised.", days=14, by=carol)
    golive.request(northwind, alice)
    golive.approve(northwind, carol)
    assert stored(northwind).status == Status.LIVE
    with tenant_scope(northwind.pk):
        override = StepOverride.objects.get()
    lasts = override.expires_at - override.created_at
    assert (override.author, round(lasts.total_seconds() / 86_400)) == (carol, 14)
    assert audited(northwind)[0] == "step.overridden"


@pytest.mark.parametrize(("was_live", "status"), [(True, Status.LIVE), (False, Status.ONBOARDING)])
def test_resuming_leads_back_to_where_it_was(
    northwind: Tenant, alice: User, carol: User, was_live: bool, status: str
) -> None:
    make_ready(northwind)
    if was_live:
        golive.approve(northwind, carol)
    golive.pause(northwind, carol)
    assert stored(northwind).status == Status.PAUSED
    golive.resume(northwind, carol)
    assert stored(northwind).status == status
    assert audited(northwind)[-2:] == ["tenant.paused", "tenant.resumed"]


@pytest.mark.parametrize("status", [Status.LIVE, Status.PAUSED, Status.OFFBOARDED])
def test_only_a_tenant_that_is_being_set_up_asks_or_is_approved(
    northwind: Tenant, alice: User, status: Tenant.Status
) -> None:
    make_ready(northwind)
    northwind.status = status
    northwind.save()
    for act in (golive.request, golive.approve):
        with pytest.raises(golive.NotReadyError, match="Expected a company that is being set up"):
            act(northwind, alice)
    assert stored(northwind).status == status
