"""What there is to say to whom now, found from the same facts as the checklist."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from tenants import members
from tenants.models import AuditEvent, Membership, Tenant
from tenants.phrases import Phrase

from .. import problems
from ..checklist import Checklist, Entry, checklist
from ..evidence import gather
from ..models import LiveRequest
from ..trail import Act, last_acts
from .plans import (
    ASKED_BACK,
    DIGEST,
    HANDED_BACK,
    NEWS_FOR,
    STALLED,
    STEP_DONE,
    WAITING_STEP,
    WENT_LIVE,
    Plan,
    plan_of,
)

Key = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Cause:
    """`says` is a person's or a problem's own sentence, or what a person did.

    A quiet cause is known to somebody who wants no reminder.
    """

    code: str
    subject: str
    since: datetime
    plan: Plan
    step: str = ""
    says: str | Phrase | Act = ""
    is_quiet: bool = False


def find(tenant: Tenant) -> dict[Key, Cause]:
    """By person, code and subject; in the tenant's scope."""
    people = list(Membership.objects.select_related("user").filter(user__is_active=True))
    facts = _facts(tenant)
    return {
        (member.user_id, cause.code, cause.subject): cause
        for member in people
        for cause in (*_of_member(member, facts), *_of_answer(member, people, facts))
    }


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one tenant, read once for all its people; a tenant that is live has no checklist to finish."""

    tenant: Tenant
    problems: list[Cause]
    asked: LiveRequest | None
    checklist: Checklist | None
    acted_at: datetime | None


def _facts(tenant: Tenant) -> Facts:
    is_live = tenant.status == Tenant.Status.LIVE
    return Facts(
        tenant=tenant,
        problems=[_of_problem(it, is_live=is_live) for it in problems.of_customer()],
        asked=LiveRequest.objects.first(),
        checklist=None if is_live else _checklist(tenant),
        acted_at=None if is_live else _last_act_at(),
    )


def _checklist(tenant: Tenant) -> Checklist:
    """As those who run the set-up read it."""
    return checklist(gather(tenant), acts=last_acts(), handed_over=members.handed_over())


def _last_act_at() -> datetime | None:
    """When one of the customer's people did something that is kept."""
    acts = AuditEvent.objects.filter(actor__isnull=False, actor__is_staff=False)
    return acts.values_list("at", flat=True).first()


def _of_problem(told: problems.Told, *, is_live: bool) -> Cause:
    problem, kind = told
    plan = plan_of(problem.code, is_live=is_live)
    return Cause(
        problem.code, problem.subject, problem.since, plan, kind.step, problem.detail, problem.is_quiet
    )


def _of_member(member: Membership, facts: Facts) -> Iterator[Cause]:
    """An owner is told of everything, a colleague of the step that they were asked for, a mere member of nothing."""
    if member.steps:
        yield from (it for it in facts.problems if it.step in member.steps)
        yield from _of_own_steps(member, facts)
    elif member.is_owner:
        yield from facts.problems
        yield from _of_setup(member, facts) if facts.checklist else _of_week(facts.tenant)


def _of_own_steps(member: Membership, facts: Facts) -> Iterator[Cause]:
    for entry in facts.checklist.entries if facts.checklist else ():
        step = entry.step.key
        if step in member.steps and entry.is_open_to_customer:
            since = max(entry.act.at, member.joined_at) if entry.act else member.joined_at
            yield Cause(WAITING_STEP, step, since, plan_of(WAITING_STEP, is_live=False), step)


def _of_setup(member: Membership, facts: Facts) -> Iterator[Cause]:
    """What was asked back is told by itself."""
    assert facts.checklist
    for entry in facts.checklist.entries:
        yield from _of_colleague(entry)
    is_asked_back = facts.asked is not None and facts.asked.is_asked_back
    if facts.checklist.next and not is_asked_back:
        since = max(facts.acted_at or member.joined_at, member.joined_at)
        plan = plan_of(STALLED, is_live=False)
        yield Cause(STALLED, "", since, plan, facts.checklist.next.step.key)


def _of_colleague(entry: Entry) -> Iterator[Cause]:
    """Of whom was asked for the step: that they gave it back, or that it is done by them. Each is told once."""
    act = entry.act
    if act is None or timezone.now() - act.at > NEWS_FOR:
        return
    step = entry.step.key
    is_colleagues = act.is_leaving or any(it.user == act.by for it in entry.asked)
    if act.is_handing_back and entry.waits_for_customer:
        subject, plan = f"{step} {act.at.isoformat()}", plan_of(HANDED_BACK, is_live=False)
        yield Cause(HANDED_BACK, subject, act.at, plan, step, act)
    elif is_colleagues and entry.told.is_finished:
        plan = plan_of(STEP_DONE, is_live=False)
        yield Cause(STEP_DONE, f"{step} {act.by.pk}", act.at, plan, step, act)


def _of_week(tenant: Tenant) -> Iterator[Cause]:
    if tenant.live_at is not None:
        yield Cause(DIGEST, "", tenant.live_at, plan_of(DIGEST, is_live=True))


def _of_answer(member: Membership, people: list[Membership], facts: Facts) -> Iterator[Cause]:
    """To whoever asked, or to the owners once that person has gone; the good one to the owners in any case."""
    asker = facts.asked.asked_by_id if facts.asked else None
    is_asker = member.user_id == asker
    has_asker_gone = all(it.user_id != asker for it in people)
    if facts.checklist is None and (is_asker or member.is_owner):
        yield from _of_approval(facts.tenant)
    elif facts.checklist and (is_asker or (member.is_owner and has_asker_gone)):
        yield from _of_question(facts.asked)


def _of_approval(tenant: Tenant) -> Iterator[Cause]:
    if tenant.live_at is not None and timezone.now() - tenant.live_at < NEWS_FOR:
        subject = tenant.live_at.date().isoformat()
        yield Cause(WENT_LIVE, subject, tenant.live_at, plan_of(WENT_LIVE, is_live=True))


def _of_question(asked: LiveRequest | None) -> Iterator[Cause]:
    if asked and asked.is_asked_back and asked.answered_at:
        plan = plan_of(ASKED_BACK, is_live=False)
        yield Cause(ASKED_BACK, str(asked.pk), asked.answered_at, plan, "go-live", asked.comment)
