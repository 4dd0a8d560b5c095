from datetime import datetime, timedelta

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from webhooks import storing
from webhooks.drift import Change, Drift
from webhooks.models import RejectedRequest, WebhookEvent
from webhooks.strays import Stray

from ..evidence import Evidence
from ..webhook_evidence import EndpointEvidence, title_of
from .types import Actor, Mismatch, State, Step, StepState, not_started

# Lever's pages are in English, whatever the reader's language.
WHERE = "Settings > Integrations and API > Webhooks"
# A webhook made by the API is off in Lever until its event is switched on there.
SWITCHED_ON_WITHIN = timedelta(minutes=1)
Reason = RejectedRequest.Reason


def tell(evidence: Evidence) -> StepState:
    needed = [it for it in evidence.endpoints if it.is_needed]
    wrong = next((it for it in needed if mismatch(it)), None)
    if wrong:
        return StepState(
            State.NEEDS_ATTENTION,
            _("What came for “%(event)s” is not right yet.") % {"event": wrong.title},
            actor=Actor.CUSTOMER,
            mismatch=mismatch(wrong),
        )
    if all(it.is_proved for it in needed):
        latest = max(it.proved_at for it in needed if it.proved_at)
        return StepState(State.DONE, _("Both webhooks deliver, correctly signed."), latest)
    without = [it for it in needed if not it.has_secret]
    if not without:
        return _waiting([it for it in needed if not it.is_proved])
    if len(without) < len(needed):
        says = _("The signature token of “%(event)s” is still missing.") % {"event": without[0].title}
        return StepState(State.IN_PROGRESS, says, actor=Actor.CUSTOMER)
    if evidence.ended_at:
        return _erased(needed, evidence.ended_at)
    return not_started(_("No webhook is set up yet."))


def _erased(needed: list[EndpointEvidence], ended_at: datetime) -> StepState:
    return StepState(
        State.NEEDS_ATTENTION,
        _("The signature tokens went when the connection was ended."),
        ended_at,
        Actor.CUSTOMER,
        Mismatch(
            expected=get_text_list([_signature_token(it) for it in needed], _("and")),
            received=_("none: without them, what Lever sends is refused"),
            who=_you(),
            path=_(
                "%(where)s: copy the signature token of each and paste it here, or press “Make the webhooks in "
                "Lever”, where it stands."
            )
            % {"where": WHERE},
        ),
    )


def _signature_token(it: EndpointEvidence) -> str:
    return _("the signature token of “%(event)s”") % {"event": it.title}


def _waiting(missing: list[EndpointEvidence]) -> StepState:
    switched_off = next((wrong for it in missing if (wrong := _not_switched_on(it))), None)
    if len(missing) == 1:
        says = _("Waiting for Lever's first delivery of “%(event)s”.") % {"event": missing[0].title}
    else:
        says = _("Waiting for Lever's first delivery of “%(event)s” and “%(other)s”.") % {
            "event": missing[0].title,
            "other": missing[1].title,
        }
    if not switched_off and all(it.tested_at for it in missing):
        return _tested(max(it.tested_at for it in missing if it.tested_at))
    since = max((it.waits_since for it in missing if it.waits_since), default=None)
    actor = Actor.CUSTOMER if switched_off else Actor.PROVIDER
    return StepState(State.WAITING, says, since, actor, switched_off)


def _tested(at: datetime) -> StepState:
    """Lever's “Verify connection” proves address and token, but no event."""
    says = _(
        "Set up: addresses and tokens are right. The rehearsal brings the first deliveries, and with them the proof."
    )
    return StepState(State.WAITING, says, at, proved_by="rehearsal")


def _not_switched_on(it: EndpointEvidence) -> Mismatch | None:
    if not (it.is_made_by_api and it.waits_since and timezone.now() - it.waits_since > SWITCHED_ON_WITHIN):
        return None
    return Mismatch(
        _("“%(event)s” switched on in Lever") % {"event": it.title},
        _("nothing since we made it %(when)s; Lever leaves such a webhook off until its event is switched on")
        % {"when": naturaltime(it.waits_since)},
        _admin(),
        _("%(where)s: toggle “%(event)s” to the on (blue) position. Is it on? Then the rehearsal proves it.")
        % {"where": WHERE, "event": it.title},
    )


def mismatch(it: EndpointEvidence) -> Mismatch | None:
    """What Lever's list says against it, or the latest request that proved nothing, unless a good one came after it."""
    if it.drift:
        return _of_drift(it, it.drift)
    good_at = max((at for at in (it.proved_at, it.tested_at) if at), default=None)
    rejected, put_aside = it.rejected, it.put_aside
    if rejected and put_aside and put_aside.received_at > rejected.received_at:
        rejected = None
    if rejected:
        is_over = good_at is not None and good_at > rejected.received_at
        return None if is_over else _of_rejected(it, rejected)
    if put_aside:
        is_over = good_at is not None and good_at > put_aside.received_at
        return None if is_over else _of_put_aside(it, put_aside)
    return None


def _of_drift(it: EndpointEvidence, drift: Drift) -> Mismatch:
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
        _you() if it.is_made_by_api else _admin(),
        _("Press “Make the webhooks in Lever”.") if it.is_made_by_api else by_hand,
    )


def is_swapped(it: EndpointEvidence) -> bool:
    wrong = mismatch(it)
    return wrong is not None and wrong.path == _swap()


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


def _of_rejected(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch | None:
    has_newer_token = it.secret_set_at is not None and it.secret_set_at > rejected.received_at
    if rejected.reason == Reason.NOT_A_WEBHOOK:
        return _not_a_webhook(rejected)
    if rejected.event_name not in {"", it.name}:
        return _wrong_url(it, rejected.event_name, naturaltime(rejected.received_at))
    if rejected.reason == Reason.UNSIGNED:
        return None if has_newer_token else _unsigned(it, rejected)
    if rejected.reason == Reason.OTHER_EVENTS_TOKEN and not has_newer_token:
        return _swapped(it, rejected)
    return _wrong_token(it, rejected) if it.has_secret else _no_token(it, rejected)


def _not_a_webhook(rejected: RejectedRequest) -> Mismatch:
    return Mismatch(
        _("a webhook of Lever"),
        _("a request %(when)s that is none (%(detail)s)")
        % {"when": naturaltime(rejected.received_at), "detail": rejected.detail},
        _admin(),
        _("%(where)s: check the URL.") % {"where": WHERE},
    )


def _unsigned(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch:
    return Mismatch(
        _signed(it),
        _("a request %(when)s without a signature: no signature token was generated in Lever")
        % {"when": naturaltime(rejected.received_at)},
        _admin(),
        _("%(where)s > %(event)s: generate the signature token, then paste it here.")
        % {"where": WHERE, "event": it.title},
        cause=Reason.UNSIGNED,
    )


def _swapped(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch:
    return Mismatch(
        _signed(it),
        _("a request %(when)s signed with the other event's token: the two tokens are swapped")
        % {"when": naturaltime(rejected.received_at)},
        _you(),
        _swap(),
        cause=Reason.OTHER_EVENTS_TOKEN,
    )


def _no_token(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch:
    return Mismatch(
        _signed(it),
        _("a signed request %(when)s, but its token was not pasted here yet")
        % {"when": naturaltime(rejected.received_at)},
        _you(),
        _(
            "%(where)s > %(event)s: copy the signature token and paste it here; what came is then checked again."
        )
        % {"where": WHERE, "event": it.title},
        cause=Reason.NO_TOKEN_YET,
    )


def _wrong_token(it: EndpointEvidence, rejected: RejectedRequest) -> Mismatch:
    return Mismatch(
        _signed(it),
        _("a request %(when)s signed with a token that we do not know")
        % {"when": naturaltime(rejected.received_at)},
        _you(),
        _(
            "%(where)s > %(event)s: copy the signature token again and paste it here; what came is then checked again."
        )
        % {"where": WHERE, "event": it.title},
        cause=Reason.WRONG_SIGNATURE,
    )


def _of_put_aside(it: EndpointEvidence, event: WebhookEvent) -> Mismatch | None:
    if event.kind != it.endpoint.event_kind:
        return _wrong_url(it, event.name, naturaltime(event.received_at))
    if event.received_at - event.triggered_at > storing.OLDEST:
        return Mismatch(
            _("a new delivery of “%(event)s”") % {"event": it.title},
            _("a delivery %(when)s of something that happened %(then)s: too old to count")
            % {"when": naturaltime(event.received_at), "then": naturaltime(event.triggered_at)},
            _admin(),
            _("Move a candidate in Lever, or start the rehearsal."),
        )
    return None


def _wrong_url(it: EndpointEvidence, event_name: str, when: str) -> Mismatch:
    other = title_of(event_name)
    return Mismatch(
        _("“%(event)s” at this address") % {"event": it.title},
        _("a request %(when)s of “%(other)s”: the URL of “%(event)s” was entered there")
        % {"other": other, "when": when, "event": it.title},
        _admin(),
        _("%(where)s > %(other)s: enter its own URL from this page.") % {"where": WHERE, "other": other},
    )


def _signed(it: EndpointEvidence) -> str:
    return _("a delivery signed with the token of “%(event)s”") % {"event": it.title}


def _admin() -> str:
    return _("a Super Admin of your Lever account")


def _you() -> str:
    return _("you, on this page")


def _swap() -> str:
    return _("Press “Swap the two tokens”.")


STEP = Step(
    key="webhooks",
    title=gettext_lazy("Switch on the webhooks"),
    hint=gettext_lazy("Lever tells Appcast when an application arrives and when a candidate moves"),
    minutes=4,
    tell=tell,
    needs_admin=True,
)
