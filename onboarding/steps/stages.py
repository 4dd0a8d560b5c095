from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.models import Pipeline
from integrations.services import stage_drift
from tenants.models import Tenant
from tenants.scoping import tenant_scope

from .. import drifting
from ..evidence import Evidence
from .types import Actor, Mismatch, State, Step, StepState, not_started

MOST_IDS = 5


def tell(evidence: Evidence) -> StepState:
    pipelines = evidence.pipelines
    if not pipelines:
        return not_started(_("No stage is recorded yet."))
    if evidence.drifts:
        says = str(drifting.in_numbers(evidence.drifts))
        return StepState(State.NEEDS_ATTENTION, says, actor=Actor.CUSTOMER)
    if evidence.unrecorded_stages:
        return _unrecorded(evidence.unrecorded_stages)
    if evidence.undecided_reasons:
        return _undecided(len(evidence.undecided_reasons))
    confirmed = [pipeline for pipeline in pipelines if pipeline.confirmed_at]
    if len(confirmed) < len(pipelines):
        says = _("%(done)d of %(total)d workflows confirmed.") % {
            "done": len(confirmed),
            "total": len(pipelines),
        }
        return StepState(State.IN_PROGRESS, says, actor=Actor.CUSTOMER)
    stages = sum(len(pipeline.stages.all()) for pipeline in pipelines)
    found_at = evidence.stages_found_at
    says = (
        _("%(stages)d stages in %(workflows)d workflows confirmed, each found in Lever.")
        if found_at
        else _("%(stages)d stages in %(workflows)d workflows confirmed.")
    )
    at = found_at or min(pipeline.confirmed_at for pipeline in pipelines if pipeline.confirmed_at)
    return StepState(State.DONE, says % {"stages": stages, "workflows": len(pipelines)}, at)


def _undecided(count: int) -> StepState:
    says = ngettext(
        "Candidates are archived for %(count)d reason that we do not know: say below what it means.",
        "Candidates are archived for %(count)d reasons that we do not know: say below what they mean.",
        count,
    )
    return StepState(State.NEEDS_ATTENTION, says % {"count": count}, actor=Actor.CUSTOMER)


def _unrecorded(ids: tuple[str, ...]) -> StepState:
    """All that tells of a new stage where we may not read them."""
    says = ngettext(
        "Candidates move to %(count)d stage that is not recorded here.",
        "Candidates move to %(count)d stages that are not recorded here.",
        len(ids),
    )
    mismatch = Mismatch(
        expected=_("Every stage that candidates move to, recorded here with its id"),
        received=", ".join(ids[:MOST_IDS]),
        who=_("You, here: find the stage by its id in Lever, paste its name and id below, then confirm"),
        path="Settings > Pipeline and archive reasons > Stages > REVEAL STAGE ID",
    )
    told = says % {"count": len(ids)}
    return StepState(State.NEEDS_ATTENTION, told, actor=Actor.CUSTOMER, mismatch=mismatch)


def _needs_admin(tenant: Tenant) -> bool:
    """Ids are read in Lever by one; what stages mean is said by anybody."""
    with tenant_scope(tenant.pk):
        pipelines = list(Pipeline.objects.all())
        return not pipelines or bool(stage_drift.unrecorded(pipelines))


STEP = Step(
    key="stages",
    title=gettext_lazy("Record the hiring stages"),
    hint=gettext_lazy("Say what each stage of your workflows means, so that Appcast can report progress"),
    minutes=4,
    tell=tell,
    needs_admin=_needs_admin,
)
