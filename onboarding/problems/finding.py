"""What is wrong with a tenant at this moment, found from evidence."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import reduce

from django.db.models import Q
from django.utils import timezone

from integrations.models import (
    Application,
    ArchiveReasonReading,
    Conversion,
    Delivery,
    FeedSync,
    StageReading,
    WebhookReading,
    Work,
)
from integrations.services import work
from tenants.models import Tenant
from tenants.phrases import Phrase, counted
from webhooks.models import CatchUp, WebhookEvent

from .. import drifting
from ..evidence import Evidence, unsupported_forms
from ..models import Departure, Notice
from ..steps import feed as feed_step
from ..steps import webhook_mismatches
from ..steps.types import Actor, Found
from . import put_aside

# Lever's own history reaches back two weeks: what is older cannot be mended there any more.
EVENTS_MATTER_FOR = timedelta(days=14)
DELIVERY_IS_STUCK_AFTER = timedelta(hours=1)
CONVERSION_IS_LATE_AFTER = timedelta(hours=1)
LATELY, FEWEST_OF_OTHERS = 20, 3
NAMED = 3
# What each of these reads, in the words of the customer, who gets a letter about it.
READINGS: Mapping[type[Work], Phrase] = {
    StageReading: Phrase("stages"),
    ArchiveReasonReading: Phrase("archive reasons"),
    WebhookReading: Phrase("webhooks"),
    CatchUp: Phrase("candidates and where they stand"),
}
FAILED_FEED = {
    Actor.CUSTOMER: "feed.failed",
    Actor.PROVIDER: "feed.unanswered",
    Actor.STAFF: "feed.unreadable",
}


def find(evidence: Evidence) -> Iterator[Found]:
    """In the tenant's scope. Of a tenant that has left nothing is wrong any more."""
    if evidence.tenant.has_ended:
        return
    yield from _of_connection(evidence)
    yield from _of_feed(evidence)
    yield from _of_webhooks(evidence)
    yield from _of_customer_side(evidence)
    yield from _of_work(evidence)
    yield from _of_mail()
    for asked in Departure.objects.filter(status=Departure.Status.ASKED):
        yield Found("leaving.asked", Phrase("asked on %(date)s", date=f"{asked.created_at:%Y-%m-%d}"))


def _of_connection(evidence: Evidence) -> Iterator[Found]:
    connection = evidence.connection
    if connection and connection.status == connection.Status.NEEDS_AUTHORIZATION:
        is_ours = connection.error_code == "connection.refresh_interrupted"
        code = connection.error_code if is_ours else "connection.stopped"
        yield Found(code, connection.error_message)
    elif evidence.is_connected:
        yield from _of_scopes()


def _of_scopes() -> Iterator[Found]:
    """What was given, and is refused by now: it shows where it is used regularly."""
    refused = [
        what
        for model, what in READINGS.items()
        if model._default_manager.filter(error_code="lever.scope_missing").exists()
    ]
    if refused:
        listed = reduce(lambda one, other: Phrase("%(one)s, %(other)s", one=one, other=other), refused)
        yield Found("connection.scopes_refused", Phrase("Lever lets us read no more: %(what)s", what=listed))


def _of_feed(evidence: Evidence) -> Iterator[Found]:
    """What cannot be read since it is not the account's own any more has one name."""
    ended = evidence.ended_sync
    code = FAILED_FEED[feed_step.mended_by(ended)] if ended and ended.status == FeedSync.Status.FAILED else ""
    is_known = code == "feed.failed" and evidence.is_feed_of_another
    if ended and ended.waits_for_decision:
        yield Found("feed.large_drop", ended.error_message)
    elif ended and code and not is_known:
        yield Found(code, ended.error_message)
    if evidence.feed and evidence.connection and evidence.is_feed_of_another:
        says = Phrase(
            "We read the feed of the job site “%(feed)s”; that of the connected account is “%(account)s”.",
            feed=evidence.feed.site,
            account=evidence.connection.site,
        )
        yield Found("feed.other_site", says)
    has_a_name = ended is not None and ended.status in {FeedSync.Status.HELD, FeedSync.Status.FAILED}
    if evidence.feed and evidence.is_feed_late and not has_a_name:
        at = f"{evidence.feed.synced_at:%Y-%m-%d %H:%M}"
        yield Found("feed.late", Phrase("last good sync at %(at)s UTC", at=at))


def _of_webhooks(evidence: Evidence) -> Iterator[Found]:
    for it in evidence.endpoints:
        wrong = webhook_mismatches.trouble(it)
        if wrong and wrong.found:
            yield wrong.found
    recent = WebhookEvent.objects.filter(received_at__gt=timezone.now() - EVENTS_MATTER_FOR)
    yield from put_aside.find(recent)
    given_up = recent.filter(status=WebhookEvent.Status.DEAD).count()
    if given_up:
        yield Found("webhook.given_up", counted("%(count)s event", "%(count)s events", given_up))


def _of_customer_side(evidence: Evidence) -> Iterator[Found]:
    if evidence.forms.unsupported:
        yield Found("forms.unsupported", _unsupported(evidence))
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


def _unsupported(evidence: Evidence) -> Phrase:
    """The first jobs by name: whoever gets the letter may know at once."""
    checks, count = unsupported_forms(evidence.ended_at), evidence.forms.unsupported
    names = list(checks.order_by("posting__title").values_list("posting__title", flat=True)[:NAMED])
    listed = ", ".join(names) + (", …" if count > NAMED else "")
    return counted("%(count)s job: %(names)s", "%(count)s jobs: %(names)s", count, names=listed)


def _of_work(evidence: Evidence) -> Iterator[Found]:
    held = Delivery.objects.filter(status=Delivery.Status.HELD).count()
    if held:
        yield Found("delivery.held", counted("%(count)s application", "%(count)s applications", held))
    if not evidence.rests:
        yield from _stuck()
    yield from _attributed_to_others(evidence.tenant)
    # Those of stages that are not recorded, and of archive reasons, have problems of their own.
    undecided = Conversion.objects.filter(
        status=Conversion.Status.HELD, archive_reason_external_id=""
    ).exclude(raw_stage_id__in=evidence.unrecorded_stages)
    dead = Conversion.objects.filter(status=Conversion.Status.DEAD)
    crashed = Q(error_code=work.WORN_OUT["error_code"])
    late = Conversion.objects.filter(
        status=Conversion.Status.READY, received_at__lt=timezone.now() - CONVERSION_IS_LATE_AFTER
    ).exclude(error_code="")
    for rows, code in (
        (undecided, "conversions.held"),
        (late, "conversions.late"),
        (dead.exclude(crashed), "conversions.given_up"),
        (dead.filter(crashed), "conversions.crashed"),
    ):
        if count := rows.count():
            yield Found(code, counted("%(count)s conversion", "%(count)s conversions", count))


def _attributed_to_others(tenant: Tenant) -> Iterator[Found]:
    """Whose candidate was in Lever already may keep an earlier source: most of the last have to be wrong."""
    known = Application.objects.filter(
        is_test=False, accepted_at__gt=timezone.now() - EVENTS_MATTER_FOR, is_attributed__isnull=False
    )
    lately = list(known.order_by("-accepted_at").values_list("is_attributed", flat=True)[:LATELY])
    others = lately.count(False)
    if others >= FEWEST_OF_OTHERS and others * 2 > len(lately):
        says = Phrase(
            "%(number)s of the last %(all)s are not “%(label)s”",
            label=tenant.source_label,
            number=others,
            all=len(lately),
        )
        yield Found("delivery.other_source", says)


def _of_mail() -> Iterator[Found]:
    refused = Notice.objects.filter(stopped_at=None).exclude(failed_at=None).exclude(next_at=None)
    if count := refused.values("user").distinct().count():
        yield Found("notices.refused", counted("to %(count)s person", "to %(count)s people", count))


def _stuck() -> Iterator[Found]:
    waiting = [Delivery.Status.READY, Delivery.Status.RETRY_WAIT, Delivery.Status.UNKNOWN]
    stuck = Delivery.objects.filter(
        status__in=waiting, created_at__lt=timezone.now() - DELIVERY_IS_STUCK_AFTER
    ).count()
    if stuck:
        yield Found("delivery.stuck", counted("%(count)s application", "%(count)s applications", stuck))
