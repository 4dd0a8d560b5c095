"""What came to a webhook's address and is not right: by whose hand, and where to change it."""

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils.translation import gettext as _

from tenants.phrases import Phrase
from webhooks import storing
from webhooks.endpoints import title_of
from webhooks.models import RejectedRequest, WebhookEvent
from webhooks.strays import Stray

from ..webhook_evidence import WHERE, EndpointEvidence
from .types import Found, Mismatch, admin, you

Reason = RejectedRequest.Reason


def of_stray(stray: Stray) -> Mismatch:
    """For somebody who runs both companies: whose delivery came to whose address."""
    title = title_of(stray.event_name)
    return Mismatch(
        _("deliveries of %(company)s at its own address") % {"company": stray.owner},
        _(
            "one of “%(event)s” %(when)s at the address of %(other)s: its URL was entered in Lever's account of "
            "%(company)s"
        )
        % {
            "event": title,
            "when": naturaltime(stray.received_at),
            "other": stray.addressee,
            "company": stray.owner,
        },
        _("a Super Admin of %(company)s's Lever account") % {"company": stray.owner},
        _("%(where)s > %(event)s: enter the URL from the page of %(company)s.")
        % {"where": WHERE, "event": title, "company": stray.owner},
    )


def of_rejected(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch | None:
    has_newer_token = it.secret_set_at is not None and it.secret_set_at > rejected.received_at
    if rejected.reason == Reason.NOT_A_WEBHOOK:
        return _not_a_webhook(it, rejected)
    if rejected.event_name not in {"", it.name}:
        return _wrong_url(it, rejected.event_name, naturaltime(rejected.received_at))
    if rejected.reason == Reason.UNSIGNED:
        return None if has_newer_token else _unsigned(it, rejected)
    if rejected.reason == Reason.OTHER_EVENTS_TOKEN and not has_newer_token:
        return _swapped(it, rejected)
    return _wrong_token(it, rejected) if it.has_secret else _no_token(it, rejected)


def _not_a_webhook(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch:
    return Mismatch(
        _("a webhook of Lever"),
        _("a request %(when)s that is none (%(detail)s)")
        % {"when": naturaltime(rejected.received_at), "detail": rejected.detail},
        admin(),
        _("%(where)s: check the URL.") % {"where": WHERE},
        _misdirected(
            it,
            Phrase(
                "What came to the address of “%(event)s” is no webhook of Lever: check its URL in Lever",
                event=it.title,
            ),
        ),
    )


def _unsigned(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch:
    return Mismatch(
        _signed(it),
        _("a request %(when)s without a signature: no signature token was generated in Lever")
        % {"when": naturaltime(rejected.received_at)},
        admin(),
        _("%(where)s > %(event)s: generate the signature token, then paste it here.")
        % {"where": WHERE, "event": it.title},
        _rejected(
            it,
            Phrase(
                "“%(event)s” comes unsigned: generate its signature token in Lever, then paste it on the step",
                event=it.title,
            ),
        ),
    )


def _swapped(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch:
    return Mismatch(
        _signed(it),
        _("a request %(when)s signed with the other event's token: the two tokens are swapped")
        % {"when": naturaltime(rejected.received_at)},
        you(),
        swap(),
        _rejected(
            it,
            Phrase(
                "“%(event)s” comes signed with the other event's token: press “Swap the two tokens” on the step",
                event=it.title,
            ),
        ),
    )


def _no_token(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch:
    return Mismatch(
        _signed(it),
        _("a signed request %(when)s, but its token was not pasted here yet")
        % {"when": naturaltime(rejected.received_at)},
        you(),
        _(
            "%(where)s > %(event)s: copy the signature token and paste it here; what came is then checked again."
        )
        % {"where": WHERE, "event": it.title},
        _rejected(
            it,
            Phrase(
                "“%(event)s” comes signed, but its signature token is not here: copy it in Lever and paste it on "
                "the step",
                event=it.title,
            ),
        ),
    )


def _wrong_token(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch:
    return Mismatch(
        _signed(it),
        _("a request %(when)s signed with a token that we do not know")
        % {"when": naturaltime(rejected.received_at)},
        you(),
        _(
            "%(where)s > %(event)s: copy the signature token again and paste it here; what came is then checked again."
        )
        % {"where": WHERE, "event": it.title},
        _rejected(
            it,
            Phrase(
                "“%(event)s” comes signed with a token that we do not know: copy its signature token in Lever again "
                "and paste it on the step",
                event=it.title,
            ),
        ),
    )


def of_put_aside(it: EndpointEvidence, event: WebhookEvent) -> Mismatch | None:
    if event.kind != it.endpoint.event_kind:
        return _wrong_url(it, event.name, naturaltime(event.received_at))
    if event.received_at - event.triggered_at > storing.OLDEST:
        return Mismatch(
            _("a new delivery of “%(event)s”") % {"event": it.title},
            _("a delivery %(when)s of something that happened %(then)s: too old to count")
            % {"when": naturaltime(event.received_at), "then": naturaltime(event.triggered_at)},
            admin(),
            _("Move a candidate in Lever, or start the rehearsal."),
            _misdirected(
                it,
                Phrase(
                    "What came last of “%(event)s” is too old to count: move a candidate in Lever",
                    event=it.title,
                ),
            ),
        )
    return None


def _wrong_url(it: EndpointEvidence, event_name: str, when: str) -> Mismatch:
    other = title_of(event_name)
    return Mismatch(
        _("“%(event)s” at this address") % {"event": it.title},
        _("a request %(when)s of “%(other)s”: the URL of “%(event)s” was entered there")
        % {"other": other, "when": when, "event": it.title},
        admin(),
        _("%(where)s > %(other)s: enter its own URL from this page.") % {"where": WHERE, "other": other},
        _misdirected(
            it,
            Phrase(
                "“%(other)s” comes to the address of “%(event)s”: enter its own URL in Lever",
                other=other,
                event=it.title,
            ),
        ),
    )


def _rejected(it: EndpointEvidence, detail: Phrase) -> Found:
    return Found("webhook.rejected", detail, it.name)


def _misdirected(it: EndpointEvidence, detail: Phrase) -> Found:
    return Found("webhook.misdirected", detail, it.name)


def _signed(it: EndpointEvidence) -> str:
    return _("a delivery signed with the token of “%(event)s”") % {"event": it.title}


def swap() -> str:
    return _("Press “Swap the two tokens”.")
