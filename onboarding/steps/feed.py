from collections.abc import Callable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.models import FeedSync

from .. import clock
from ..evidence import Evidence
from .types import Actor, Mismatch, State, Step, StepState, admin, always, not_started, you

# Lever's pages are in English, whatever the reader's language.
WHERE = "Settings > Integrations and API > Job boards > Job posting feed"
# Who can mend what a sync failed with; the rest is ours.
MENDED_BY = {
    **dict.fromkeys(
        (
            "lever.feed_not_found",
            "lever.feed_refused",
            "lever.feed_empty",
            "lever.feed_is_a_page",
            "http.bad_url",
            "http.forbidden_address",
        ),
        Actor.CUSTOMER,
    ),
    **dict.fromkeys(
        ("lever.unavailable", "lever.rate_limited", "http.not_sent", "http.no_answer"), Actor.PROVIDER
    ),
}


def tell(evidence: Evidence) -> StepState:
    """By the last sync that ended; the first of an address is told while it goes on."""
    feed, sync, ended = evidence.feed, evidence.sync, evidence.ended_sync
    if feed is None or sync is None:
        return not_started(_("We do not have the address of your job feed yet."))
    if evidence.is_feed_of_another:
        return _of_another(evidence)
    is_new = feed.synced_at is None or (ended is not None and _ended_at(ended) < feed.confirmed_at)
    if is_new and (sync.finished_at is None or ended is None):
        return _first(evidence, sync)
    if ended and ended.status == FeedSync.Status.HELD:
        return HELD[ended.decision](ended)
    if ended and ended.status == FeedSync.Status.FAILED:
        return FAILED[mended_by(ended)](evidence, ended)
    if feed.synced_at and not evidence.is_present(feed.synced_at):
        return _read_again(evidence)
    if feed.synced_at and evidence.is_feed_late:
        says = _("Last read at %(time)s, which is longer ago than it should be.")
        told = says % {"time": clock.told(feed.synced_at)}
        return StepState(State.NEEDS_ATTENTION, told, actor=Actor.STAFF)
    read = ngettext(
        "%(count)d published job read from the feed.",
        "%(count)d published jobs read from the feed.",
        evidence.open_postings,
    )
    return StepState(State.DONE, read % {"count": evidence.open_postings}, feed.synced_at)


def may_be_kept(evidence: Evidence) -> bool:
    """Of another account than the one that was authorized, but not one that cannot be read as it is."""
    ended = evidence.ended_sync
    is_wrong = ended and ended.status == FeedSync.Status.FAILED and mended_by(ended) is Actor.CUSTOMER
    return evidence.is_feed_of_another and not is_wrong


def mended_by(failed: FeedSync) -> Actor:
    return MENDED_BY.get(failed.error_code, Actor.STAFF)


def _ended_at(sync: FeedSync) -> datetime:
    return sync.finished_at or sync.created_at


def _undecided(held: FeedSync) -> StepState:
    return StepState(State.NEEDS_ATTENTION, str(held.error_message), held.finished_at, Actor.STAFF)


def _accepted(held: FeedSync) -> StepState:
    return StepState(State.CHECKING, _("Fetching the feed and reading its jobs."), held.decided_at)


def _rejected(held: FeedSync) -> StepState:
    says = ngettext(
        "The feed lacks %(count)d job that is said to be open. It stays open, and we read the feed again hourly.",
        "The feed lacks %(count)d jobs that are said to be open. They stay open, and we read the feed again hourly.",
        held.closed,
    )
    return StepState(State.WAITING, says % {"count": held.closed}, held.decided_at, Actor.PROVIDER)


def _first(evidence: Evidence, sync: FeedSync) -> StepState:
    if sync.retries_at is None:
        return StepState(State.CHECKING, _("Fetching the feed and reading its jobs."), sync.created_at)
    return StepState(
        State.WAITING, _told(sync, _again(evidence, sync.retries_at)), sync.created_at, Actor.PROVIDER
    )


def _of_another(evidence: Evidence) -> StepState:
    assert evidence.feed
    assert evidence.connection
    return StepState(
        State.NEEDS_ATTENTION,
        _("The feed is not that of the Lever account that was authorized."),
        evidence.feed.confirmed_at,
        Actor.CUSTOMER,
        Mismatch(
            expected=_("the feed of the job site “%(site)s”") % {"site": evidence.connection.site},
            received=_("the feed of “%(site)s”") % {"site": evidence.feed.site},
            who=you(),
            path=_("Press “Yes, this is our feed” for your account's own, or “Keep this one” if it is right.")
            if may_be_kept(evidence)
            else _("Press “Yes, this is our feed” for your account's own: this one cannot be read."),
        ),
    )


def _read_again(evidence: Evidence) -> StepState:
    """After an end that was taken back."""
    if not evidence.is_connected:
        return not_started(_("Your feed is read again once Lever is authorized again."))
    return StepState(State.CHECKING, _("Fetching the feed and reading its jobs."), evidence.ended_at)


def _address_is_wrong(evidence: Evidence, failed: FeedSync) -> StepState:
    return StepState(
        State.NEEDS_ATTENTION,
        _("The feed could not be read."),
        failed.finished_at,
        Actor.CUSTOMER,
        Mismatch(
            expected=_("Lever's list of your published jobs at %(address)s")
            % {"address": evidence.feed and evidence.feed.url},
            received=str(failed.error_message),
            who=admin(),
            path=_("%(where)s: switch it on, press COPY and paste the address here.") % {"where": WHERE},
        ),
    )


def _lever_does_not_answer(evidence: Evidence, failed: FeedSync) -> StepState:
    again = _again(evidence, evidence.feed.next_sync_at if evidence.feed else None)
    says = _told(failed, again, _("There is nothing for you to do."))
    return StepState(State.WAITING, says, failed.finished_at, Actor.PROVIDER)


def _ours(evidence: Evidence, failed: FeedSync) -> StepState:
    says = _told(failed, _("Appcast Customer Success looks into it; there is nothing for you to do."))
    return StepState(State.NEEDS_ATTENTION, says, failed.finished_at, Actor.STAFF)


def _again(evidence: Evidence, at: datetime | None) -> str:
    if evidence.rests:
        return _("We try again once the connection is resumed.")
    if at is None or at <= timezone.now():
        return _("We try again now.")
    return _("We try again at %(time)s.") % {"time": clock.told(at)}


def _told(sync: FeedSync, *sentences: str) -> str:
    return " ".join([str(sync.error_message), *sentences])


HELD: dict[str, Callable[[FeedSync], StepState]] = {
    "": _undecided,
    FeedSync.Decision.ACCEPTED: _accepted,
    FeedSync.Decision.REJECTED: _rejected,
}
FAILED: dict[Actor, Callable[[Evidence, FeedSync], StepState]] = {
    Actor.CUSTOMER: _address_is_wrong,
    Actor.PROVIDER: _lever_does_not_answer,
    Actor.STAFF: _ours,
}

STEP = Step(
    key="feed",
    title=gettext_lazy("Connect the job feed"),
    hint=gettext_lazy("Switch on the job posting feed in Lever and confirm its address"),
    minutes=2,
    tell=tell,
    needs_admin=always,
)
