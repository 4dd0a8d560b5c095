"""What there is to say to whom now, found from the same facts as the checklist."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from tenants.models import AuditEvent, Membership, Tenant
from tenants.phrases import Phrase

from .. import problems
from ..checklist import Checklist, checklist
from ..evidence import gather
from ..models import LiveRequest
from .plans import ASKED_BACK, DIGEST, NEWS_FOR, STALLED, WAITING_STEP, WENT_LIVE, Plan, plan_of

Key = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Cause:
    """`says` is a person's or a problem's own sentence; a quiet cause is known to somebody who wants no reminder."""

    code: str
    subject: str
    since: datetime
    plan: Plan
    step: str = ""
    says: str | Phrase = ""
    is_quiet: bool = False


def find(tenant: Tenant) -> dict[Key, Cause]:
    """By person, code and subject; in the tenant's scope."""
    members = list(Membership.objects.select_related("user").filter(user__is_active=True))
    facts = _facts(tenant)
    return {
        (member.user_id, cause.code, cause.subject): cause
        for member in members
        for cause in (*_of_member(member, facts), *_of_answer(member, members, facts))
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
        checklist=None if is_live else checklist(gather(tenant)),
        acted_at=None if is_live else _last_act_at(),
    )


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
        yield from _of_setup(member, facts) if facts.checklist else _of_live(facts.tenant)


def _of_own_steps(member: Membership, facts: Facts) -> Iterator[Cause]:
    for entry in facts.checklist.entries if facts.checklist else ():
        if entry.step.key in member.steps and entry.waits_for_customer:
            yield _waiting(WAITING_STEP, entry.step.key, member, facts)


def _of_setup(member: Membership, facts: Facts) -> Iterator[Cause]:
    """What was asked back is told by itself."""
    is_asked_back = facts.asked is not None and facts.asked.is_asked_back
    if facts.checklist and facts.checklist.next and not is_asked_back:
        yield _waiting(STALLED, facts.checklist.next.step.key, member, facts)


def _waiting(code: str, step: str, member: Membership, facts: Facts) -> Cause:
    since = max(facts.acted_at or member.joined_at, member.joined_at)
    subject = step if code == WAITING_STEP else ""
    return Cause(code, subject, since, plan_of(code, is_live=False), step)


def _of_live(tenant: Tenant) -> Iterator[Cause]:
    if tenant.live_at is None:
        return
    if timezone.now() - tenant.live_at < NEWS_FOR:
        subject = tenant.live_at.date().isoformat()
        yield Cause(WENT_LIVE, subject, tenant.live_at, plan_of(WENT_LIVE, is_live=True))
    yield Cause(DIGEST, "", tenant.live_at, plan_of(DIGEST, is_live=True))


def _of_answer(member: Membership, members: list[Membership], facts: Facts) -> Iterator[Cause]:
    """To whoever asked, or to the owners once that person has gone."""
    asked = facts.asked
    if facts.checklist is None or asked is None or not asked.is_asked_back or asked.answered_at is None:
        return
    if any(it.user_id == asked.asked_by_id for it in members):
        is_reader = member.user_id == asked.asked_by_id
    else:
        is_reader = member.is_owner
    if is_reader:
        plan = plan_of(ASKED_BACK, is_live=False)
        yield Cause(ASKED_BACK, str(asked.pk), asked.answered_at, plan, "go-live", asked.comment)
