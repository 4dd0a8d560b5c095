"""When what is mailed: ever more seldom while it lasts."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from onboarding import notices
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope

from .mailing import DAY, broken, go_live, long_live, mailed, mend, subjects

pytestmark = pytest.mark.django_db


def test_a_problem_is_told_with_growing_gaps_while_it_lasts(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = long_live(northwind, clock)
    broken(live, since=timezone.now())
    days = mailed(live, clock, 120, every=timedelta(hours=6))
    assert [round(day) for day in days] == [0, 1, 4, 11, 25, 55, 85, 115]
    assert set(subjects()) == {"Check the job feed in Lever (Northwind Logistics)"}


def test_lost_access_is_told_at_once_and_before_all_else(northwind: Tenant, alice: User, clock: Any) -> None:
    live = go_live(northwind)
    broken(live, since=timezone.now() - DAY)
    broken(live, "connection.stopped", since=timezone.now())
    notices.notify(live)
    assert subjects() == ["Authorize Lever again (Northwind Logistics)"]


def test_other_problems_have_two_hours_to_go_by_themselves(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = long_live(northwind, clock)
    broken(live, since=timezone.now())
    assert mailed(live, clock, 0.05) == []
    mend(live)
    assert mailed(live, clock, 2) == []


def test_a_setup_is_reminded_of_after_three_days_in_which_its_people_did_nothing(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    with tenant_scope(northwind.pk):
        Membership.objects.update(joined_at=timezone.now())
    days = mailed(northwind, clock, 20, every=timedelta(hours=6))
    assert [round(day) for day in days] == [3, 4, 7, 14]
    assert set(subjects()) == {"Go on with the set-up: Authorize Lever (Northwind Logistics)"}


def test_the_week_is_told_once_a_week_and_alone(northwind: Tenant, alice: User, clock: Any) -> None:
    live = go_live(northwind)
    days = mailed(live, clock, 29, every=timedelta(hours=6))
    assert [round(day) for day in days] == [0, 7, 14, 21, 28]
    assert set(subjects()) == {"Look at your week with Appcast (Northwind Logistics)"}
    assert "Arrived in Lever: 0" in mail.outbox[0].body
