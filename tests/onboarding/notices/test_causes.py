"""What there is to say to whom."""

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from onboarding import golive, leaving, notices, problems
from onboarding.models import Notice, Problem
from onboarding.steps import STEPS
from tenants import audit, members
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories

from ..rows import make_ready
from .mailing import DAY, broken, go_live, mailed, subjects, without_digest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["acknowledged", "snoozed"])
def test_what_somebody_is_on_is_not_told_of(northwind: Tenant, alice: User, clock: Any, status: str) -> None:
    live = go_live(northwind)
    without_digest(live)
    broken(live, since=timezone.now() - DAY, status=status)
    assert mailed(live, clock, 20, every=DAY) == []


def test_a_snooze_ends(northwind: Tenant, carol: User, clock: Any) -> None:
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    (problem,) = problems.diagnose(northwind)
    problems.snooze(problem, timezone.now() + 3 * DAY, "They are at it", carol)
    clock.shift(2 * DAY)
    assert problems.diagnose(northwind)[0].is_quiet
    clock.shift(2 * DAY)
    assert not problems.diagnose(northwind)[0].is_quiet


def test_nobody_is_reminded_of_a_setup_that_waits_for_staff(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    make_ready(northwind)
    golive.request(northwind, alice)
    with tenant_scope(northwind.pk):
        Problem.objects.all().delete()
    assert mailed(northwind, clock, 20, every=DAY) == []


def test_a_colleague_is_told_of_their_step_and_a_mere_member_of_nothing(
    northwind: Tenant, bob: User, clock: Any
) -> None:
    live = go_live(northwind)
    for code in ("feed.failed", "policy.unreachable"):
        broken(live, code, since=timezone.now() - DAY)
    notices.notify(live)
    assert mail.outbox == []
    with tenant_scope(live.pk):
        Membership.objects.filter(user=bob).update(steps=["policies"])
    notices.notify(live)
    (letter,) = mail.outbox
    assert letter.subject == "Correct a link to your policies (Northwind Logistics)"
    assert "feed" not in letter.body


def test_whoever_asked_to_go_live_is_told_of_the_approval_and_so_are_the_owners(
    northwind: Tenant, alice: User, bob: User, carol: User
) -> None:
    factories.MembershipFactory.create(tenant=northwind, role="member")
    make_ready(northwind)
    golive.request(northwind, bob)
    golive.approve(northwind, carol)
    notices.notify(northwind)
    assert sorted(it.to[0] for it in mail.outbox) == [alice.email, bob.email]
    assert set(subjects()) == {"You are live: see how it goes (Northwind Logistics)"}
    letter = mail.outbox[0]
    assert isinstance(letter, mail.EmailMultiAlternatives)
    for body in (letter.body, str(letter.alternatives[0][0])):
        assert body.count("/t/northwind/") == 1, "the page that it leads to is no second action"


def test_a_step_that_a_colleague_has_is_reminded_of_with_them_and_not_with_the_owner(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    steps = [step.key for step in STEPS]
    kim = factories.MembershipFactory.create(tenant=northwind, role="member", steps=steps)
    assert mailed(northwind, clock, 5, every=DAY) != []
    assert {it.to[0] for it in mail.outbox} == {kim.user.email}


def test_a_colleague_is_reminded_though_others_are_busy_elsewhere(
    northwind: Tenant, alice: User, bob: User, clock: Any
) -> None:
    as_helper(northwind, bob, "feed")
    for _ in range(4):
        with tenant_scope(northwind.pk):
            audit.record("policy.stated", "policy", tenant_id=northwind.pk, actor=alice)
        notices.notify(northwind)
        clock.shift(DAY)
    assert [it.to[0] for it in mail.outbox] == [bob.email]
    assert subjects() == ["Do the step that you were asked for: Connect the job feed (Northwind Logistics)"]


def test_what_a_colleague_hands_back_is_told_once_and_names_the_step(
    northwind: Tenant, alice: User, bob: User, clock: Any
) -> None:
    as_helper(northwind, bob, "feed")
    with tenant_scope(northwind.pk):
        members.remove(Membership.objects.get(user=bob), bob)
    for _ in range(2):
        notices.notify(northwind)
        clock.shift(DAY)
    [letter] = mail.outbox
    assert letter.to == [alice.email]
    assert letter.subject == ("See to the step that came back: Connect the job feed (Northwind Logistics)")
    assert "bob@northwind.example handed it back" in letter.body
    assert "/t/northwind/feed/" in letter.body


def test_what_a_colleague_is_done_with_is_told_once_though_they_leave_later(
    northwind: Tenant, alice: User, bob: User, clock: Any
) -> None:
    as_helper(northwind, bob, "authorize")
    factories.ConnectionFactory.create(tenant=northwind)
    with tenant_scope(northwind.pk):
        audit.record("connection.authorized", "connection", tenant_id=northwind.pk, actor=bob)
    notices.notify(northwind)
    clock.shift(DAY)
    with tenant_scope(northwind.pk):
        members.remove(Membership.objects.get(user=bob), bob, finished=["authorize"])
    notices.notify(northwind)
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (
        [alice.email],
        "See what a colleague did: Authorize Lever (Northwind Logistics)",
    )
    assert "bob@northwind.example authorized Lever" in letter.body


def as_helper(tenant: Tenant, user: User, *steps: str) -> None:
    with tenant_scope(tenant.pk):
        Membership.objects.filter(user=user).update(steps=list(steps), joined_at=timezone.now())


def test_the_week_leaves_out_what_somebody_is_on(northwind: Tenant, alice: User, clock: Any) -> None:
    live = go_live(northwind)
    broken(live, status="snoozed", snoozed_until=timezone.now() + DAY)
    notices.notify(live)
    assert subjects() == ["Look at your week with Appcast (Northwind Logistics)"]
    assert "feed/" not in mail.outbox[0].body


@pytest.mark.parametrize("status", ["paused", "offboarded"])
def test_paused_and_off_boarded_tenants_get_none(
    northwind: Tenant, alice: User, clock: Any, status: str
) -> None:
    broken(go_live(northwind), since=timezone.now() - DAY)
    Tenant.objects.filter(pk=northwind.pk).update(status=status)
    assert mailed(northwind, clock, 40, every=DAY) == []


def test_leaving_ends_what_was_to_be_told(northwind: Tenant, alice: User, carol: User) -> None:
    live = go_live(northwind)
    broken(live)
    notices.notify(live)
    leaving.end(live, carol)
    with tenant_scope(live.pk):
        assert not Notice.objects.filter(ended_at=None).exists()
        assert not Notice.objects.exclude(next_at=None).exists()
