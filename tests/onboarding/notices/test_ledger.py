"""Once a day and person at most, by one worker alone, and a word when it works again."""

import random
import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from onboarding import golive, notices
from onboarding.models import Problem
from onboarding.notices import ledger
from onboarding.notices.plans import ONE_LETTER_PER, URGENT
from onboarding.problems import KINDS
from onboarding.problems.kind import HIGH
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories

from ..rows import make_ready
from .mailing import BEGIN, DAY, broken, go_live, long_live, mailed, mend, subjects

pytestmark = pytest.mark.django_db
# Mails in 120 days about one thing that is broken all the time: on days 0, 1, 4, 11, 25, 55, 85 and 115.
OF_ONE_THAT_STAYS = 8


def test_it_works_again_is_told_once_to_whoever_was_told_that_it_did_not(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = long_live(northwind, clock)
    broken(live, since=timezone.now() - DAY)
    notices.notify(live)
    clock.shift(2 * DAY)
    mend(live)
    mailed(live, clock, 40, every=timedelta(hours=6))
    assert subjects()[1:] == ["It works again: nothing to do (Northwind Logistics)"]
    assert "solved: The job feed cannot be read" in mail.outbox[1].body


def test_what_comes_and_goes_every_day_is_told_no_more_often_than_what_stays(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = long_live(northwind, clock)
    for _ in range(60):
        broken(live, since=timezone.now())
        mailed(live, clock, 0.5, every=timedelta(hours=3))
        mend(live)
        mailed(live, clock, 0.5, every=timedelta(hours=3))
    bad = [it for it in subjects() if "Check" in it]
    assert len(bad) <= 6
    assert len(mail.outbox) - len(bad) <= len(bad)


def test_an_answer_comes_at_once_although_the_person_was_mailed_today(
    northwind: Tenant, alice: User, carol: User, clock: Any
) -> None:
    make_ready(northwind)
    broken(northwind, since=timezone.now() - 2 * DAY)
    notices.notify(northwind)
    golive.request(northwind, alice)
    clock.shift(timedelta(hours=1))
    golive.ask_back(northwind, "Which jobs shall we leave out?", carol)
    notices.notify(northwind)
    notices.notify(northwind)
    assert subjects()[1:] == ["Answer Customer Success to go live (Northwind Logistics)"]
    assert "Which jobs shall we leave out?" in mail.outbox[1].body
    mend(northwind)
    golive.request(northwind, alice)
    golive.approve(northwind, carol)
    northwind.refresh_from_db()
    notices.notify(northwind)
    assert subjects()[2] == "You are live: see how it goes (Northwind Logistics)"
    mailed(northwind, clock, 6, every=timedelta(hours=6))
    assert subjects()[3:] == ["It works again: nothing to do (Northwind Logistics)"]


def test_what_is_urgent_is_not_held_by_the_letter_of_that_day(
    northwind: Tenant, southgate: Tenant, alice: User, clock: Any
) -> None:
    """Once: what is urgent at another tenant that day waits for tomorrow, as do all reminders."""
    factories.MembershipFactory.create(tenant=southgate, user=alice)
    tenants = [go_live(northwind), go_live(southgate)]
    notices.notify(tenants[0])
    assert "your week" in subjects()[0]
    for tenant in tenants:
        clock.shift(timedelta(hours=1))
        broken(tenant, "connection.stopped", since=timezone.now())
        for it in tenants:
            notices.notify(it)
    assert subjects()[1:] == ["Authorize Lever again (Northwind Logistics)"]
    clock.shift(timedelta(hours=22))
    notices.notify(tenants[1])
    assert subjects()[2:] == []
    clock.shift(timedelta(hours=1))
    notices.notify(tenants[1])
    assert subjects()[2:] == ["Authorize Lever again (Southgate Retail)"]


def test_what_is_not_urgent_is_held_by_the_letter_of_that_day(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = go_live(northwind)
    notices.notify(live)
    broken(live, since=timezone.now() - DAY)
    notices.notify(live)
    assert len(mail.outbox) == 1


def test_what_is_urgent_weighs_high_and_waits_for_the_customer() -> None:
    high = {code for code, it in KINDS.items() if it.weight == HIGH and it.actor == Problem.Actor.CUSTOMER}
    assert high == URGENT


def test_a_person_of_two_tenants_gets_one_mail_a_day_and_is_told_of_both(
    northwind: Tenant, southgate: Tenant, alice: User, clock: Any
) -> None:
    factories.MembershipFactory.create(tenant=southgate, user=alice)
    tenants = [go_live(northwind), go_live(southgate)]
    for tenant in tenants:
        broken(tenant, since=timezone.now() - DAY)
    for _ in range(3):
        for tenant in tenants:
            notices.notify(tenant)
        clock.shift(timedelta(hours=25))
    assert len(mail.outbox) == 3
    assert {re.sub(r".*\((.*)\)", r"\1", it) for it in subjects()} == {northwind.name, southgate.name}


def test_of_two_workers_one_mails(northwind: Tenant, alice: User, clock: Any) -> None:
    live = go_live(northwind)
    broken(live, since=timezone.now() - DAY)
    found = ledger.bring_in_line(live)
    first, second = (ledger.claim(live, alice, found) for _ in range(2))
    assert first
    assert second is None


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_in_120_days_nobody_is_mailed_more_than_is_said_or_without_end(
    northwind: Tenant, alice: User, bob: User, clock: Any, seed: int
) -> None:
    """Problems come, go, are acknowledged and come back at random; the clock jumps by minutes and by days.

    Once a day, and once besides what is urgent.
    """
    chance = random.Random(seed)
    live = go_live(northwind)
    factories.MembershipFactory.create(tenant=live)
    codes = ["feed.failed", "connection.stopped", "policy.unreachable", "stages.changed"]
    at: dict[str, list[tuple[datetime, bool]]] = {}
    while timezone.now() < BEGIN + 120 * DAY:
        happen(live, chance, codes)
        before = len(mail.outbox)
        for _ in range(2):  # two workers, one after the other
            notices.notify(live)
        for letter in mail.outbox[before:]:
            at.setdefault(letter.to[0], []).append((timezone.now(), "Authorize" in letter.subject))
        clock.shift(timedelta(hours=chance.choice([1, 5, 20, 50])))
    for letters in at.values():
        times, urgent = [it for it, _ in letters], [it for it, is_urgent in letters if is_urgent]
        assert all(later - earlier >= ONE_LETTER_PER for earlier, later in pairwise(urgent))
        for earlier, later in pairwise(times):
            assert later - earlier >= ONE_LETTER_PER or later in urgent
    good = sum("works again" in it for it in subjects())
    weeks = sum("your week" in it for it in subjects())
    bad = len(mail.outbox) - good - weeks
    assert bad <= len(at) * len(codes) * OF_ONE_THAT_STAYS
    assert good <= bad
    assert weeks <= len(at) * 18


def happen(tenant: Tenant, chance: random.Random, codes: list[str]) -> None:
    code, now = chance.choice(codes), timezone.now()
    with tenant_scope(tenant.pk):
        row = Problem.objects.filter(code=code, resolved_at=None)
        match chance.randrange(4):
            case 0 | 1 if not row.exists():
                broken(tenant, code, since=now)
            case 2:
                row.update(status="resolved", resolved_at=now, gone_at=now)
            case 3:
                row.update(status=chance.choice(["acknowledged", "open"]))
