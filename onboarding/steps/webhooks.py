from datetime import datetime, timedelta

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..evidence import Evidence
from ..webhook_evidence import WHERE, EndpointEvidence
from .types import Actor, Mismatch, State, Step, StepState, admin, always, not_started, you
from .webhook_mismatches import mismatch, stopped

# A webhook made by the API is off in Lever until its event is switched on there.
SWITCHED_ON_WITHIN = timedelta(minutes=1)


def tell(evidence: Evidence) -> StepState:
    needed = [it for it in evidence.endpoints if it.is_needed]
    without = [it for it in needed if not it.has_secret]
    for it in needed:
        if wrong := mismatch(it):
            says = _("What came for “%(event)s” is not right yet.")
            return _needs_attention(says % {"event": it.title}, wrong)
    if without:
        return _without_token(without, needed, evidence.ended_at)
    for it in needed:
        if wrong := stopped(it):
            says = _("“%(event)s” does not come any more as it used to.")
            return _needs_attention(says % {"event": it.title}, wrong)
    unproved = [it for it in needed if not it.is_proved]
    if unproved:
        return _waiting(unproved)
    oldest = min(it.proved_at for it in needed if it.proved_at)
    return StepState(State.DONE, _("Both webhooks deliver, correctly signed."), oldest)


def _needs_attention(says: str, wrong: Mismatch) -> StepState:
    return StepState(State.NEEDS_ATTENTION, says, actor=Actor.CUSTOMER, mismatch=wrong)


def _without_token(
    without: list[EndpointEvidence], needed: list[EndpointEvidence], ended_at: datetime | None
) -> StepState:
    if len(without) < len(needed):
        says = _("The signature token of “%(event)s” is still missing.") % {"event": without[0].title}
        return StepState(State.IN_PROGRESS, says, actor=Actor.CUSTOMER)
    return _erased(needed, ended_at) if ended_at else not_started(_("No webhook is set up yet."))


def _erased(needed: list[EndpointEvidence], ended_at: datetime) -> StepState:
    return StepState(
        State.NEEDS_ATTENTION,
        _("The signature tokens went when the connection was ended."),
        ended_at,
        Actor.CUSTOMER,
        Mismatch(
            expected=get_text_list([_signature_token(it) for it in needed], _("and")),
            received=_("none: without them, what Lever sends is refused"),
            who=you(),
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
        admin(),
        _("%(where)s: toggle “%(event)s” to the on (blue) position. Is it on? Then the rehearsal proves it.")
        % {"where": WHERE, "event": it.title},
    )


STEP = Step(
    key="webhooks",
    title=gettext_lazy("Switch on the webhooks"),
    hint=gettext_lazy("Lever tells Appcast when an application arrives and when a candidate moves"),
    minutes=4,
    tell=tell,
    needs_admin=always,
)
