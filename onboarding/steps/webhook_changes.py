"""A webhook that was right once: changed in Lever's list, silent, or not telling all."""

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils.translation import gettext as _

from tenants.phrases import Phrase, counted
from webhooks.drift import Change, Drift
from webhooks.silence import Silence
from webhooks.unconfirmed import Unconfirmed

from ..webhook_evidence import WHERE, EndpointEvidence
from .types import Found, Mismatch, admin, you


def of_drift(it: EndpointEvidence, drift: Drift) -> Mismatch:
    """What the API made can be changed by the API alone."""
    when = {"when": naturaltime(drift.seen_at)}
    place = {"where": WHERE, "event": it.title}
    received, by_hand = {
        Change.REMOVED: (
            _("no such webhook in Lever's list %(when)s: somebody removed it") % when,
            _("%(where)s > %(event)s: enter the URL from this page, then paste the signature token.") % place,
        ),
        Change.MOVED: (
            _("another URL in Lever's list %(when)s: it leads to %(host)s") % {**when, "host": drift.host},
            _("%(where)s > %(event)s: enter the URL from this page, then paste the signature token.") % place,
        ),
        Change.NARROWED: (
            _("one in Lever's list %(when)s that leaves out candidates who applied") % when,
            _(
                "%(where)s > %(event)s: include candidates of the origin “Applied”, then press “Look again in Lever”."
            )
            % place,
        ),
    }[drift.change]
    return Mismatch(
        _("a webhook in Lever that tells us “%(event)s” of every candidate who applied")
        % {"event": it.title},
        received,
        you() if it.is_made_by_api else admin(),
        _("Press “Make the webhooks in Lever”.") if it.is_made_by_api else by_hand,
        Found("webhooks.changed", _changed(it.title, drift), it.name),
    )


def _changed(event: str, drift: Drift) -> Phrase:
    match drift.change:
        case Change.REMOVED:
            return Phrase("“%(event)s” is not among the webhooks in Lever any more", event=event)
        case Change.MOVED:
            return Phrase("“%(event)s” leads to %(host)s now", event=event, host=drift.host)
        case Change.NARROWED:
            return Phrase("“%(event)s” leaves out candidates who applied", event=event)


def of_silence(it: EndpointEvidence, silence: Silence) -> Mismatch:
    place = {"where": WHERE, "event": it.title}
    detail = Phrase(
        "“%(event)s”: nothing since %(at)s UTC; so far the longest usual pause was %(pause)s",
        event=it.title,
        at=f"{silence.since:%Y-%m-%d %H:%M}",
        pause=_pause(silence),
    )
    return Mismatch(
        _("“%(event)s” as before: so far the longest usual pause was %(pause)s")
        % {"event": it.title, "pause": _pause(silence)},
        _("nothing since the last delivery %(when)s") % {"when": naturaltime(silence.since)},
        admin(),
        _(
            "%(where)s: is “%(event)s” on (blue), and what does its history say? Then move a candidate in Lever."
        )
        % place,
        Found("webhooks.silent", detail, it.name),
    )


def _pause(silence: Silence) -> Phrase:
    return counted("%(count)s hour", "%(count)s hours", silence.usual_hours)


def of_unconfirmed(it: EndpointEvidence, unconfirmed: Unconfirmed) -> Mismatch:
    detail = counted(
        "of %(total)s delivered within a week, Lever has not told of %(count)s application",
        "of %(total)s delivered within a week, Lever has not told of %(count)s applications",
        unconfirmed.missing,
        total=unconfirmed.total,
    )
    return Mismatch(
        _("“%(event)s” of every application that was delivered") % {"event": it.title},
        str(detail),
        admin(),
        _(
            "%(where)s > %(event)s: does it include candidates of the origin “Applied”, and did deliveries fail in its "
            "history? Rerun those; they are taken for 15 days."
        )
        % {"where": WHERE, "event": it.title},
        Found("webhooks.unconfirmed", detail),
    )
