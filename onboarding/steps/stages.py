from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..evidence import Evidence
from .types import Actor, State, Step, StepState, not_started


def tell(evidence: Evidence) -> StepState:
    pipelines = evidence.pipelines
    if not pipelines:
        return not_started(_("No stage is recorded yet."))
    confirmed = [pipeline for pipeline in pipelines if pipeline.confirmed_at]
    if len(confirmed) < len(pipelines):
        says = _("%(done)d of %(total)d workflows confirmed.") % {
            "done": len(confirmed),
            "total": len(pipelines),
        }
        return StepState(State.IN_PROGRESS, says, actor=Actor.CUSTOMER)
    if evidence.unmapped_stages:
        says = ngettext(
            "%(count)d new stage has no decision yet.",
            "%(count)d new stages have no decision yet.",
            evidence.unmapped_stages,
        )
        says %= {"count": evidence.unmapped_stages}
        return StepState(State.NEEDS_ATTENTION, says, actor=Actor.CUSTOMER)
    stages = sum(len(pipeline.stages.all()) for pipeline in pipelines)
    at = max(pipeline.confirmed_at for pipeline in pipelines if pipeline.confirmed_at)
    says = (
        _("%(stages)d stages in %(workflows)d workflows confirmed.")
        if evidence.unknown_stages
        else _("%(stages)d stages in %(workflows)d workflows confirmed, each found in Lever.")
    )
    return StepState(State.DONE, says % {"stages": stages, "workflows": len(pipelines)}, at)


STEP = Step(
    key="stages",
    title=gettext_lazy("Record the hiring stages"),
    hint=gettext_lazy("Say what each stage of your workflows means, so that Appcast can report progress"),
    minutes=4,
    tell=tell,
)
