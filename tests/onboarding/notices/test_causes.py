"""What there is to say to whom."""

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from onboarding import golive, leaving, notices, problems
from onboarding.models import Notice, Problem
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories

from ..rows import make_ready
from .mailing import DAY, broken, go_live, mailed, without_digest

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
