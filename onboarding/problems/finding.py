"""What is wrong with a tenant at this moment, found from evidence."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from integrations.models import Conversion, Delivery, FeedSync
from integrations.types import Capability
from tenants.phrases import Phrase, counted
from webhooks import silence
from webhooks.drift import Change, Drift
from webhooks.models import RejectedRequest, WebhookEvent

from .. import drifting
from ..evidence import Evidence
from ..models import Departure
from ..steps import feed as feed_step
from ..steps import webhooks as webhooks_step
from ..steps.types import Actor, Mismatch

Reason = RejectedRequest.Reason
# Lever's own history reaches back two weeks: what is older cannot be mended there any more.
EVENTS_MATTER_FOR = timedelta(days=14)
DELIVERY_IS_STUCK_AFTER = timedelta(hours=1)
# Lever tries a delivery five times, for some hours [I].
LEVER_MAY_TELL_FOR, CONFIRMATIONS_OF = timedelta(days=1), timedelta(days=7)
LEAST_MISSING, SHARE_MISSING = 3, 0.1
FAILED_FEED = {
    Actor.CUSTOMER: "feed.failed",
    Actor.PROVIDER: "feed.unanswered",
    Actor.STAFF: "feed.unreadable",
}


@dataclass(frozen=True, slots=True)
class Found:
    code: str
    detail: Phrase
    subject: str = ""


def find(evidence: Evidence) -> Iterator[Found]:
    """In the tenant's scope."""
    yield from _of_connection(evidence)
    yield from _of_feed(evidence)
    yield from _of_webhooks(evidence)
    yield from _of_silence(evidence)
    yield from _of_confirmations(evidence)
    yield from _of_customer_side(evidence)
    yield from _of_work(evidence)
    for asked in Departure.objects.filter(status=Departure.Status.ASKED):
        yield Found("leaving.asked", Phrase("asked on %(date)s", date=f"{asked.created_at:%Y-%m-%d}"))


def _of_connection(evidence: Evidence) -> Iterator[Found]:
    connection = evidence.connection
    if connection and connection.status == connection.Status.NEEDS_AUTHORIZATION:
        is_ours = connection.error_code == "connection.refresh_interrupted"
        code = connection.error_code if is_ours else "connection.stopped"
        yield Found(code, connection.error_message)


def _of_feed(evidence: Evidence) -> Iterator[Found]:
    ended = evidence.ended_sync
    if ended and ended.status == FeedSync.Status.HELD:
        yield Found("feed.large_drop", ended.error_message)
    elif ended and ended.status == FeedSync.Status.FAILED:
        yield Found(FAILED_FEED[feed_step.mended_by(ended)], ended.error_message)
    if evidence.feed and evidence.is_feed_late:
        at = f"{evidence.feed.synced_at:%Y-%m-%d %H:%M}"
        yield Found("feed.late", Phrase("last good sync at %(at)s UTC", at=at))


def _of_webhooks(evidence: Evidence) -> Iterator[Found]:
    for it in evidence.endpoints:
        wrong = webhooks_step.mismatch(it)
        if it.drift:
            yield Found("webhooks.changed", _changed(it.title, it.drift), it.name)
        elif wrong:
            yield Found("webhook.rejected", _rejected(it.title, wrong), it.name)
    recent = WebhookEvent.objects.filter(received_at__gt=timezone.now() - EVENTS_MATTER_FOR)
    for status, code in (("quarantined", "webhook.quarantined"), ("dead", "webhook.given_up")):
        count = recent.filter(status=status).count()
        if count:
            yield Found(code, counted("%(count)s event", "%(count)s events", count))


def _rejected(event: str, wrong: Mismatch) -> Phrase:
    """What came, and what to press."""
    match wrong.cause:
        case Reason.UNSIGNED:
            return Phrase(
                "“%(event)s” comes unsigned: generate its signature token in Lever, then paste it on the step",
                event=event,
            )
        case Reason.OTHER_EVENTS_TOKEN:
            return Phrase(
                "“%(event)s” comes signed with the other event's token: press “Swap the two tokens” on the step",
                event=event,
            )
        case Reason.WRONG_SIGNATURE:
            return Phrase(
                "“%(event)s” comes signed with a token that we do not know: copy its signature token in Lever again "
                "and paste it on the step",
                event=event,
            )
        case Reason.NO_TOKEN_YET:
            return Phrase(
                "“%(event)s” comes signed, but its signature token is not here: copy it in Lever and paste it on "
                "the step",
                event=event,
            )
    return Phrase.of(wrong.received)


def _changed(event: str, drift: Drift) -> Phrase:
    match drift.change:
        case Change.REMOVED:
            return Phrase("“%(event)s” is not among the webhooks in Lever any more", event=event)
        case Change.MOVED:
            return Phrase("“%(event)s” leads to %(host)s now", event=event, host=drift.host)
        case Change.NARROWED:
            return Phrase("“%(event)s” leaves out candidates who applied", event=event)


def _of_silence(evidence: Evidence) -> Iterator[Found]:
    """Without an open job nothing is expected; an address whose trouble has a name needs no second one."""
    now = timezone.now()
    for it in evidence.endpoints if evidence.open_postings else ():
        if it.proved_at is None or webhooks_step.mismatch(it):
            continue
        silent = silence.of_endpoint(it.endpoint, it.proved_at, now)
        if silent:
            yield Found("webhooks.silent", _silent(it.title, silent), it.name)


def _silent(event: str, silent: silence.Silence) -> Phrase:
    return Phrase(
        "“%(event)s”: nothing since %(at)s UTC; so far the longest usual pause was %(pause)s",
        event=event,
        at=f"{silent.since:%Y-%m-%d %H:%M}",
        pause=counted("%(count)s hour", "%(count)s hours", silent.usual_hours),
    )


def _of_confirmations(evidence: Evidence) -> Iterator[Found]:
    """Where we may read candidacies, the catch-up finds what was not told; elsewhere it can only be counted."""
    if Capability.READ_OPPORTUNITIES in evidence.capabilities:
        return
    latest = timezone.now() - LEVER_MAY_TELL_FOR
    delivered = Delivery.objects.filter(
        status=Delivery.Status.DELIVERED, delivered_at__range=(latest - CONFIRMATIONS_OF, latest)
    )
    counts = delivered.aggregate(
        total=Count("pk"), missing=Count("pk", filter=Q(application__confirmed_at=None))
    )
    missing, total = counts["missing"], counts["total"]
    if missing >= LEAST_MISSING and missing >= SHARE_MISSING * total:
        yield Found(
            "webhooks.unconfirmed",
            counted(
                "of %(total)s delivered within a week, Lever has not told of %(count)s application",
                "of %(total)s delivered within a week, Lever has not told of %(count)s applications",
                missing,
                total=total,
            ),
        )


def _of_customer_side(evidence: Evidence) -> Iterator[Found]:
    if evidence.forms.unsupported:
        yield Found(
            "forms.unsupported", counted("%(count)s job", "%(count)s jobs", evidence.forms.unsupported)
        )
    if evidence.forms.unreadable:
        yield Found(
            "forms.unreadable", counted("%(count)s form", "%(count)s forms", evidence.forms.unreadable)
        )
    if evidence.drifts:
        yield Found("stages.changed", drifting.by_workflow(evidence.drifts))
    if evidence.unrecorded_stages:
        yield Found("stages.unrecorded", Phrase.of(", ".join(evidence.unrecorded_stages)))
    if evidence.undecided_reasons:
        waiting = sum(it.count for it in evidence.undecided_reasons)
        yield Found("reasons.undecided", counted("%(count)s conversion", "%(count)s conversions", waiting))
    for link in evidence.links:
        if link.checked_at and not link.is_reachable:
            yield Found(
                "policy.unreachable",
                Phrase("%(address)s: %(error)s", address=link.url, error=link.error_message),
                link.url[:200],
            )


def _of_work(evidence: Evidence) -> Iterator[Found]:
    held = Delivery.objects.filter(status=Delivery.Status.HELD).count()
    if held:
        yield Found("delivery.held", counted("%(count)s application", "%(count)s applications", held))
    if not evidence.rests:
        yield from _stuck()
    # Those of stages that are not recorded, and of archive reasons, have problems of their own.
    undecided = Conversion.objects.filter(
        status=Conversion.Status.HELD, archive_reason_external_id=""
    ).exclude(raw_stage_id__in=evidence.unrecorded_stages)
    dead = Conversion.objects.filter(status=Conversion.Status.DEAD)
    for count, code in ((undecided.count(), "conversions.held"), (dead.count(), "conversions.given_up")):
        if count:
            yield Found(code, counted("%(count)s conversion", "%(count)s conversions", count))


def _stuck() -> Iterator[Found]:
    waiting = [Delivery.Status.READY, Delivery.Status.RETRY_WAIT, Delivery.Status.UNKNOWN]
    stuck = Delivery.objects.filter(
        status__in=waiting, created_at__lt=timezone.now() - DELIVERY_IS_STUCK_AFTER
    ).count()
    if stuck:
        yield Found("delivery.stuck", counted("%(count)s application", "%(count)s applications", stuck))
