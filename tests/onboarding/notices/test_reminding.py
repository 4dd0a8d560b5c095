"""Staff ask for a reminder, and are told honestly to whom it goes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from onboarding import notices
from onboarding.models import Notice
from onboarding.notices import reminding
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope

from .mailing import DAY, broken, go_live, long_live, mend, subjects

pytestmark = pytest.mark.django_db
NOBODY = reminding.Reminded([], [], [])


def test_what_staff_ask_for_leaves_beside_a_digest_once_a_day(
    northwind: Tenant, alice: User, carol: User, clock: Any
) -> None:
    live = go_live(northwind)
    notices.notify(live)
    broken(live, since=timezone.now())
    notices.notify(live)
    assert reminding.remind(live, carol) == reminding.Reminded([alice.email], [], [])
    notices.notify(live)
    assert subjects()[1:] == ["Check the job feed in Lever (Northwind Logistics)"]
    clock.shift(timedelta(hours=2))
    assert reminding.remind(live, carol) == reminding.Reminded([], [alice.email], [])
    notices.notify(live)
    clock.shift(timedelta(hours=21))
    notices.notify(live)
    assert subjects()[2:] == []
    clock.shift(timedelta(hours=1))
    notices.notify(live)
    assert len(subjects()[2:]) == 1


def test_a_week_in_figures_is_nothing_to_remind_of(northwind: Tenant, alice: User, carol: User) -> None:
    live = go_live(northwind)
    notices.notify(live)
    assert reminding.remind(live, carol) == NOBODY
    assert not asked_for(live)


def test_of_news_that_is_told_once_nobody_is_reminded(
    northwind: Tenant, alice: User, carol: User, clock: Any
) -> None:
    live = live_since(northwind, timezone.now())
    notices.notify(live)
    clock.shift(2 * DAY)
    assert reminding.remind(live, carol) == NOBODY
    broken(live, since=timezone.now())
    notices.notify(live)
    reminding.remind(live, carol)
    assert asked_for(live) == ["feed.failed"]
    notices.notify(live)
    assert subjects() == [
        "You are live: see how it goes (Northwind Logistics)",
        "Check the job feed in Lever (Northwind Logistics)",
    ]


def test_a_reminder_does_not_wait_for_the_day_of_news(
    northwind: Tenant, alice: User, carol: User, clock: Any
) -> None:
    live = live_since(northwind, timezone.now())
    notices.notify(live)
    broken(live, since=timezone.now())
    notices.notify(live)
    assert reminding.remind(live, carol) == reminding.Reminded([alice.email], [], [])
    notices.notify(live)
    assert "Check the job feed in Lever (Northwind Logistics)" in subjects()


def test_a_reminder_does_not_wait_for_the_day_of_what_works_again(
    northwind: Tenant, alice: User, carol: User, clock: Any
) -> None:
    live = long_live(northwind, clock)
    broken(live, since=timezone.now() - DAY)
    notices.notify(live)
    mend(live)
    notices.notify(live)
    broken(live, "policy.unreachable", since=timezone.now())
    notices.notify(live)
    assert reminding.remind(live, carol) == reminding.Reminded([alice.email], [], [])
    notices.notify(live)
    assert len(subjects()) == 2


def live_since(tenant: Tenant, at: datetime) -> Tenant:
    Tenant.objects.filter(pk=tenant.pk).update(status="live", live_at=at)
    return Tenant.objects.get(pk=tenant.pk)


def test_nobody_of_a_tenant_that_is_paused_is_reminded_then_or_when_it_goes_on(
    northwind: Tenant, alice: User, carol: User
) -> None:
    live = go_live(northwind)
    broken(live, since=timezone.now())
    notices.notify(live)
    Tenant.objects.filter(pk=live.pk).update(status="paused")
    assert reminding.remind(live, carol) == NOBODY
    Tenant.objects.filter(pk=live.pk).update(status="live")
    assert not asked_for(live)


def asked_for(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return list(Notice.objects.exclude(asked_at=None).values_list("code", flat=True))
