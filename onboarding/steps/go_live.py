from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.models import Tenant

from ..evidence import Evidence
from .types import Actor, State, Step, StepState, not_started

Status = Tenant.Status


def tell(evidence: Evidence) -> StepState:
    tenant, asked = evidence.tenant, evidence.live_request
    if tenant.status == Status.LIVE:
        return StepState(State.DONE, _("Appcast is live with your jobs."), tenant.live_at)
    if tenant.status == Status.PAUSED:
        return _paused(evidence)
    if tenant.status == Status.OFFBOARDED:
        return StepState(State.NEEDS_ATTENTION, _("Your company is off-boarded."), actor=Actor.STAFF)
    if asked and asked.is_open:
        return StepState(
            State.CHECKING, _("Customer Success is having a last look."), asked.asked_at, Actor.STAFF
        )
    if asked and asked.is_asked_back:
        says = _("Customer Success asks: %(comment)s") % {"comment": asked.comment}
        return StepState(State.NEEDS_ATTENTION, says, asked.answered_at, Actor.CUSTOMER)
    return not_started(_("You have not asked to go live yet."))


def _paused(evidence: Evidence) -> StepState:
    """Whoever paused resumes."""
    pause = evidence.pause
    if pause is None:
        return StepState(State.NEEDS_ATTENTION, _("The connection is paused."), actor=Actor.STAFF)
    actor = Actor.CUSTOMER if pause.is_ours else Actor.STAFF
    return StepState(State.NEEDS_ATTENTION, str(pause), actor=actor)


STEP = Step(
    key="go-live",
    title=gettext_lazy("Go live"),
    hint=gettext_lazy("Appcast Customer Success approves, and your jobs go out"),
    minutes=1,
    tell=tell,
)
