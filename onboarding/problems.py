"""What can be wrong with a tenant, found from evidence: one open row per problem, resolved when it is gone.

The catalogue says for each code who acts and what to press; the codes stand in the runbook.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.models import Conversion, Delivery, FeedSync
from integrations.services import bell, locks
from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from webhooks.models import WebhookEvent

from .evidence import Evidence, gather
from .models import Departure, Problem
from .steps import webhooks as webhooks_step

Actor = Problem.Actor
# Lever's own history reaches back two weeks: what is older cannot be mended there any more.
EVENTS_MATTER_FOR = timedelta(days=14)
DELIVERY_IS_STUCK_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Kind:
    """`remedy` tells staff what to press; `step` is the page of the checklist where it shows.

    `action` is what the customer is asked to do, in one breath; what staff mend has none.
    """

    title: Promise | str
    actor: Problem.Actor
    remedy: str
    step: str = ""
    action: Promise | str = ""


@dataclass(frozen=True, slots=True)
class Found:
    code: str
    detail: str
    subject: str = ""


class Told(NamedTuple):
    problem: Problem
    kind: Kind


KINDS = {
    "connection.stopped": Kind(
        _("Lever does not accept our access"),
        Actor.CUSTOMER,
        "A Super Admin of the customer authorizes Lever again on the step “Authorize Lever”.",
        "authorize",
        action=_("Authorize Lever again"),
    ),
    "connection.refresh_interrupted": Kind(
        _("Our access was lost while it was being renewed"),
        Actor.STAFF,
        "Tell the engineers, then ask the customer to authorize Lever again.",
        "authorize",
    ),
    "feed.failed": Kind(
        _("The job feed cannot be read"),
        Actor.CUSTOMER,
        "Check that “Job posting feed” is switched on in Lever, then press “Sync now”.",
        "feed",
        action=_("Check the job feed in Lever"),
    ),
    "feed.large_drop": Kind(
        _("The feed lost many jobs at once"),
        Actor.STAFF,
        "Compare with the customer's careers page, then “Accept the drop” or wait for the next sync.",
        "feed",
    ),
    "feed.late": Kind(
        _("The job feed is late"),
        Actor.STAFF,
        "Press “Sync now”; if it stays late, look at the worker.",
        "feed",
    ),
    "webhook.rejected": Kind(
        _("Webhooks come that are not correctly signed"),
        Actor.CUSTOMER,
        "The step “Switch on the webhooks” says what is wrong and where to change it.",
        "webhooks",
        action=_("Correct the webhooks in Lever"),
    ),
    "webhook.quarantined": Kind(
        _("Signed webhooks were put aside"), Actor.STAFF, "Look at them in the list of webhook events."
    ),
    "webhook.given_up": Kind(
        _("Signed webhooks could not be processed"),
        Actor.STAFF,
        "Look at their reason in the list of webhook events, then “Process once more”.",
    ),
    "forms.unsupported": Kind(
        _("Jobs have questions that Appcast Apply cannot ask"),
        Actor.CUSTOMER,
        "Remove these questions from the jobs' forms in Lever; the step “Check the application forms” lists them.",
        "forms",
        action=_("Change the forms of some jobs"),
    ),
    "forms.unreadable": Kind(
        _("Application forms cannot be read"),
        Actor.STAFF,
        "Open the form checks for Lever's answer; they are tried again every day.",
        "forms",
    ),
    "stages.unmapped": Kind(
        _("Stages without a decision"),
        Actor.CUSTOMER,
        "Decide on the step “Record the hiring stages” what they mean to Appcast.",
        "stages",
        action=_("Decide what your new stages mean"),
    ),
    "delivery.held": Kind(
        _("Applications need a person"),
        Actor.STAFF,
        "Open the deliveries: say whether each arrived, or send it again once its reason is mended.",
    ),
    "delivery.stuck": Kind(
        _("Applications wait for more than an hour"),
        Actor.STAFF,
        "Look at their last error and at the worker.",
    ),
    "conversions.held": Kind(
        _("Conversions wait for a stage's mapping"),
        Actor.CUSTOMER,
        "They go out by themselves once the stage is mapped.",
        "stages",
        action=_("Decide what your new stages mean"),
    ),
    "conversions.given_up": Kind(
        _("Conversions could not be delivered for 72 hours"),
        Actor.STAFF,
        "Ask Appcast's engineers about the receiver, then “Send again”.",
    ),
    "leaving.asked": Kind(
        "The customer wants to leave, and uses the StepStone product too",
        Actor.STAFF,
        "Talk with them: revoking the app in Lever stops both products. Then off-board, or acknowledge.",
    ),
    "policy.unreachable": Kind(
        _("A policy link does not open"),
        Actor.CUSTOMER,
        "Correct the link on the step.",
        "policies",
        action=_("Correct a link to your policies"),
    ),
}


def diagnose(tenant: Tenant) -> list[Problem]:
    """Look, and bring the rows in line; the problems that are open now."""
    now = timezone.now()
    with tenant_scope(tenant.pk):
        locks.take_until_commit(
            f"problems:{tenant.pk}"
        )  # one look after the other, so that none is found twice
        found = {(it.code, it.subject): it for it in find(gather(tenant))}
        open_rows = {(it.code, it.subject): it for it in Problem.objects.filter(resolved_at=None)}
        for key, row in open_rows.items():
            if key not in found:
                row.status, row.resolved_at = Problem.Status.RESOLVED, now
                row.save(update_fields=["status", "resolved_at"])
        for key, it in found.items():
            problem = open_rows.get(key) or Problem(
                tenant=tenant, code=it.code, subject=it.subject, actor=KINDS[it.code].actor, since=now
            )
            problem.detail, problem.last_seen_at = it.detail[:500], now
            if problem.is_over_its_snooze(now):
                problem.status, problem.snoozed_until = Problem.Status.OPEN, None
            problem.save()
        return list(Problem.objects.filter(resolved_at=None))


def ring_for_diagnoses() -> None:
    for tenant_id in Tenant.objects.exclude(status=Tenant.Status.OFFBOARDED).values_list("pk", flat=True):
        bell.send("onboarding.tasks.diagnose", tenant_id)


def diagnose_by_id(tenant_id: int) -> None:
    diagnose(Tenant.objects.get(pk=tenant_id))


def find(evidence: Evidence) -> Iterator[Found]:
    """In the tenant's scope."""
    yield from _of_connection(evidence)
    yield from _of_feed(evidence)
    yield from _of_webhooks(evidence)
    yield from _of_customer_side(evidence)
    yield from _of_work()
    for asked in Departure.objects.filter(status=Departure.Status.ASKED):
        yield Found("leaving.asked", f"asked on {asked.created_at:%-d %B %Y}")


def acknowledge(problem: Problem, note: str, by: User) -> None:
    with tenant_scope(problem.tenant_id):
        is_open = Problem.objects.filter(pk=problem.pk, resolved_at=None)
        if is_open.update(status=Problem.Status.ACKNOWLEDGED, note=note):
            audit.record(
                "problem.acknowledged", problem, tenant_id=problem.tenant_id, actor=by, code=problem.code
            )


def snooze(problem: Problem, until: datetime, note: str, by: User) -> None:
    """Nobody is reminded of it until then; it opens again by itself, unless it has gone."""
    with tenant_scope(problem.tenant_id):
        is_open = Problem.objects.filter(pk=problem.pk, resolved_at=None)
        if is_open.update(status=Problem.Status.SNOOZED, snoozed_until=until, note=note):
            audit.record(
                "problem.snoozed",
                problem,
                tenant_id=problem.tenant_id,
                actor=by,
                code=problem.code,
                until=until.isoformat(),
            )


def open_problems(tenant: Tenant) -> Sequence[Problem]:
    with tenant_scope(tenant.pk):
        return list(Problem.objects.filter(resolved_at=None))


def of_customer() -> Sequence[Told]:
    """In the tenant's scope: what the customer is asked to mend."""
    return _told(Problem.objects.filter(resolved_at=None, actor=Actor.CUSTOMER))


def of_others() -> Sequence[Told]:
    """In the tenant's scope: what others are at."""
    return _told(Problem.objects.filter(resolved_at=None).exclude(actor=Actor.CUSTOMER))


def _told(rows: QuerySet[Problem]) -> Sequence[Told]:
    return [Told(row, KINDS[row.code]) for row in rows]


def _of_connection(evidence: Evidence) -> Iterator[Found]:
    connection = evidence.connection
    if connection and connection.status == connection.Status.NEEDS_AUTHORIZATION:
        is_ours = connection.error_code == "connection.refresh_interrupted"
        code = connection.error_code if is_ours else "connection.stopped"
        yield Found(code, str(connection.error_message))


def _of_feed(evidence: Evidence) -> Iterator[Found]:
    """By the last sync that ended: one under way neither mends nor breaks anything yet, one given up says nothing."""
    feed = evidence.feed
    if feed is None:
        return
    ended = (
        FeedSync.objects.filter(feed=feed)
        .exclude(finished_at=None)
        .exclude(status="failed", error_code="")
        .first()
    )
    if ended and ended.status == FeedSync.Status.HELD:
        yield Found("feed.large_drop", str(ended.error_message))
    elif ended and ended.status == FeedSync.Status.FAILED:
        yield Found("feed.failed", str(ended.error_message))
    if feed.is_late:
        yield Found("feed.late", f"last good sync at {feed.synced_at:%Y-%m-%d %H:%M} UTC")


def _of_webhooks(evidence: Evidence) -> Iterator[Found]:
    for it in evidence.endpoints:
        wrong = webhooks_step.mismatch(it)
        if wrong:
            yield Found("webhook.rejected", wrong.received, it.name)
    recent = WebhookEvent.objects.filter(received_at__gt=timezone.now() - EVENTS_MATTER_FOR)
    for status, code in (("quarantined", "webhook.quarantined"), ("dead", "webhook.given_up")):
        count = recent.filter(status=status).count()
        if count:
            yield Found(code, _count(count, "event"))


def _of_customer_side(evidence: Evidence) -> Iterator[Found]:
    if evidence.forms.unsupported:
        yield Found("forms.unsupported", _count(evidence.forms.unsupported, "job"))
    if evidence.forms.unreadable:
        yield Found("forms.unreadable", _count(evidence.forms.unreadable, "form"))
    if evidence.unmapped_stages and any(pipeline.confirmed_at for pipeline in evidence.pipelines):
        yield Found("stages.unmapped", _count(evidence.unmapped_stages, "stage"))
    for link in evidence.links:
        if link.checked_at and not link.is_reachable:
            yield Found("policy.unreachable", f"{link.url}: {link.error_message}", link.url[:200])


def _of_work() -> Iterator[Found]:
    held = Delivery.objects.filter(status=Delivery.Status.HELD).count()
    if held:
        yield Found("delivery.held", _count(held, "application"))
    waiting = [Delivery.Status.READY, Delivery.Status.RETRY_WAIT, Delivery.Status.UNKNOWN]
    stuck = Delivery.objects.filter(
        status__in=waiting, created_at__lt=timezone.now() - DELIVERY_IS_STUCK_AFTER
    ).count()
    if stuck:
        yield Found("delivery.stuck", _count(stuck, "application"))
    for status, code in (("held", "conversions.held"), ("dead", "conversions.given_up")):
        count = Conversion.objects.filter(status=status).count()
        if count:
            yield Found(code, _count(count, "conversion"))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
