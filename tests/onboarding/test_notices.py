"""Notices by mail: one action each, ever more seldom, once a day at most, and an end when the cause has one."""

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from onboarding import golive, leaving, notices, problems
from onboarding.models import Notice, Problem
from onboarding.notices import ledger
from onboarding.notices.plans import ONE_LETTER_PER
from tenants.models import AuditEvent, Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories

from .rows import make_ready

pytestmark = pytest.mark.django_db
BEGIN = datetime(2027, 3, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
# Mails in 120 days about one thing that is broken all the time: on days 0, 1, 4, 11, 25, 55, 85 and 115.
OF_ONE_THAT_STAYS = 8


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


def go_live(tenant: Tenant) -> Tenant:
    """Long enough ago that nothing but problems and the week is to be told."""
    Tenant.objects.filter(pk=tenant.pk).update(status="live", live_at=timezone.now() - 30 * DAY)
    return Tenant.objects.get(pk=tenant.pk)


def broken(tenant: Tenant, code: str = "feed.failed", **fields: Any) -> Problem:
    more = {"actor": "customer", "detail": "Lever answers 404.", **fields}
    problem: Problem = factories.ProblemFactory.create(tenant=tenant, code=code, **more)
    return problem


def mend(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        Problem.objects.filter(resolved_at=None).update(status="resolved", resolved_at=timezone.now())


def without_digest(tenant: Tenant) -> None:
    notices.notify(tenant)
    with tenant_scope(tenant.pk):
        for row in Notice.objects.filter(code="digest"):
            ledger.stop(row, "a test")
    mail.outbox.clear()


def mailed(tenant: Tenant, clock: Any, days: float, every: timedelta = timedelta(hours=1)) -> list[float]:
    """On which days, from now on, mails went out."""
    begin, found = timezone.now(), list[float]()
    while timezone.now() < begin + timedelta(days=days):
        before = len(mail.outbox)
        notices.notify(Tenant.objects.get(pk=tenant.pk))
        found += [(timezone.now() - begin) / DAY] * (len(mail.outbox) - before)
        clock.shift(every)
    return found


def subjects() -> list[str]:
    return [str(it.subject) for it in mail.outbox]


def test_a_problem_is_told_with_growing_gaps_while_it_lasts(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = go_live(northwind)
    without_digest(live)
    clock.shift(2 * DAY)
    broken(live, since=timezone.now())
    days = mailed(live, clock, 120, every=timedelta(hours=6))
    assert [round(day) for day in days] == [0, 1, 4, 11, 25, 55, 85, 115]
    assert set(subjects()) == {"Check the job feed in Lever (Northwind Logistics)"}


def test_a_mail_names_one_action_leads_to_it_and_says_how_to_end_it(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = go_live(northwind)
    broken(live, since=timezone.now() - DAY)
    broken(live, "policy.unreachable", since=timezone.now() - DAY, detail="<b>404</b>")
    notices.notify(live)
    (letter,) = mail.outbox
    assert letter.to == ["alice@northwind.example"]
    assert "/t/northwind/feed/" in letter.body
    assert "Also waiting for you:\n- Correct a link to your policies:" in letter.body
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert isinstance(letter, mail.EmailMultiAlternatives)
    html = str(letter.alternatives[0][0])
    assert "/t/northwind/feed/" in html
    assert "<b>404</b>" not in html


def test_lost_access_is_told_at_once_and_before_all_else(northwind: Tenant, alice: User, clock: Any) -> None:
    live = go_live(northwind)
    broken(live, since=timezone.now() - DAY)
    broken(live, "connection.stopped", since=timezone.now())
    notices.notify(live)
    assert subjects() == ["Authorize Lever again (Northwind Logistics)"]


def test_other_problems_have_two_hours_to_go_by_themselves(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = go_live(northwind)
    without_digest(live)
    clock.shift(2 * DAY)
    broken(live, since=timezone.now())
    assert mailed(live, clock, 0.05) == []
    mend(live)
    assert mailed(live, clock, 2) == []


def test_it_works_again_is_told_once_to_whoever_was_told_that_it_did_not(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = go_live(northwind)
    without_digest(live)
    clock.shift(2 * DAY)
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
    live = go_live(northwind)
    without_digest(live)
    clock.shift(2 * DAY)
    for _ in range(60):
        broken(live, since=timezone.now())
        mailed(live, clock, 0.5, every=timedelta(hours=3))
        mend(live)
        mailed(live, clock, 0.5, every=timedelta(hours=3))
    bad = [it for it in subjects() if "Check" in it]
    assert len(bad) <= 6
    assert len(mail.outbox) - len(bad) <= len(bad)


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


def test_a_setup_is_reminded_of_after_three_days_in_which_its_people_did_nothing(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    with tenant_scope(northwind.pk):
        Membership.objects.update(joined_at=timezone.now())
    days = mailed(northwind, clock, 20, every=timedelta(hours=6))
    assert [round(day) for day in days] == [3, 4, 7, 14]
    assert set(subjects()) == {"Go on with the set-up: Authorize Lever (Northwind Logistics)"}


def test_nobody_is_reminded_of_a_setup_that_waits_for_staff(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    make_ready(northwind)
    golive.request(northwind, alice)
    with tenant_scope(northwind.pk):
        Problem.objects.all().delete()
    assert mailed(northwind, clock, 20, every=DAY) == []


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
    assert subjects()[2] == "See how it goes: you are live (Northwind Logistics)"
    mailed(northwind, clock, 6, every=timedelta(hours=6))
    assert subjects()[3:] == ["It works again: nothing to do (Northwind Logistics)"]


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


def test_the_week_is_told_once_a_week_and_alone(northwind: Tenant, alice: User, clock: Any) -> None:
    live = go_live(northwind)
    days = mailed(live, clock, 29, every=timedelta(hours=6))
    assert [round(day) for day in days] == [0, 7, 14, 21, 28]
    assert set(subjects()) == {"Look at your week with Appcast (Northwind Logistics)"}
    assert "Arrived in Lever: 0" in mail.outbox[0].body


def test_a_mail_that_is_refused_counts_as_none_and_is_tried_again_in_a_while(
    northwind: Tenant, alice: User, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = go_live(northwind)
    without_digest(live)
    clock.shift(2 * DAY)
    broken(live, since=timezone.now() - DAY)

    def refuse(self: Any) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        notices.notify(live)
    notices.notify(live)
    assert mail.outbox == []
    clock.shift(timedelta(minutes=16))
    notices.notify(live)
    assert len(mail.outbox) == 1
    with tenant_scope(live.pk):
        assert Notice.objects.get(code="feed.failed").sent_count == 1


def test_of_two_workers_one_mails(northwind: Tenant, alice: User, clock: Any) -> None:
    live = go_live(northwind)
    broken(live, since=timezone.now() - DAY)
    found = ledger.bring_in_line(live)
    first, second = (ledger.claim(live, alice, found) for _ in range(2))
    assert first
    assert second is None


def test_the_link_in_a_mail_ends_it_with_one_button_and_a_look_ends_nothing(
    northwind: Tenant, alice: User, clock: Any
) -> None:
    live = go_live(northwind)
    notices.notify(live)
    link = re.search(r"/notices/[^/\s]+/", str(mail.outbox[0].body))
    assert link
    stranger = Client(enforce_csrf_checks=True)
    page = stranger.get(link[0])
    assert "No more e-mails about this" in page.content.decode()
    assert stopped(live) == []
    stranger.post(link[0], {"List-Unsubscribe": "One-Click"})
    assert stopped(live) == ["digest"]
    mail.outbox.clear()
    assert mailed(live, clock, 20, every=DAY) == []
    stranger.post(link[0], {"again": "yes"})
    notices.notify(live)
    assert len(mail.outbox) == 1
    with tenant_scope(live.pk):
        audited = AuditEvent.objects.order_by("pk").values_list("action", "actor")
        assert list(audited) == [("notice.stopped", alice.pk), ("notice.resumed", alice.pk)]


def test_a_forged_link_leads_nowhere(northwind: Tenant) -> None:
    assert Client().get("/notices/1:abc:def/").status_code == 404


def stopped(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return list(Notice.objects.exclude(stopped_at=None).values_list("code", flat=True))


def test_leaving_ends_what_was_to_be_told(northwind: Tenant, alice: User, carol: User) -> None:
    live = go_live(northwind)
    broken(live)
    notices.notify(live)
    leaving.end(live, carol)
    with tenant_scope(live.pk):
        assert not Notice.objects.filter(ended_at=None).exists()
        assert not Notice.objects.exclude(next_at=None).exists()


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_in_120_days_nobody_is_mailed_twice_a_day_or_without_end(
    northwind: Tenant, alice: User, bob: User, clock: Any, seed: int
) -> None:
    """Problems come, go, are acknowledged and come back at random; the clock jumps by minutes and by days."""
    chance = random.Random(seed)
    live = go_live(northwind)
    factories.MembershipFactory.create(tenant=live)
    codes = ["feed.failed", "connection.stopped", "policy.unreachable", "stages.unmapped"]
    at: dict[str, list[datetime]] = {}
    while timezone.now() < BEGIN + 120 * DAY:
        happen(live, chance, codes)
        before = len(mail.outbox)
        for _ in range(2):  # two workers, one after the other
            notices.notify(live)
        for letter in mail.outbox[before:]:
            at.setdefault(letter.to[0], []).append(timezone.now())
        clock.shift(timedelta(hours=chance.choice([1, 5, 20, 50])))
    for times in at.values():
        assert all(later - earlier >= ONE_LETTER_PER for earlier, later in pairwise(times))
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
                row.update(status="resolved", resolved_at=now)
            case 3:
                row.update(status=chance.choice(["acknowledged", "open"]))
