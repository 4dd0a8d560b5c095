from ..evidence import Evidence
from .types import Actor, State, Step, StepState, not_started


def tell(evidence: Evidence) -> StepState:
    pipelines = evidence.pipelines
    if not pipelines:
        return not_started("No stage is recorded yet.")
    confirmed = [pipeline for pipeline in pipelines if pipeline.confirmed_at]
    if len(confirmed) < len(pipelines):
        return StepState(
            State.IN_PROGRESS,
            f"{len(confirmed)} of {len(pipelines)} workflows confirmed.",
            actor=Actor.CUSTOMER,
        )
    if evidence.unmapped_stages:
        new = (
            "1 new stage has"
            if evidence.unmapped_stages == 1
            else f"{evidence.unmapped_stages} new stages have"
        )
        return StepState(
            State.NEEDS_ATTENTION,
            f"{new} no decision yet.",
            actor=Actor.CUSTOMER,
        )
    stages = sum(len(pipeline.stages.all()) for pipeline in pipelines)
    at = max(pipeline.confirmed_at for pipeline in pipelines if pipeline.confirmed_at)
    found = "" if evidence.unknown_stages else ", each found in Lever"
    return StepState(State.DONE, f"{stages} stages in {len(pipelines)} workflows confirmed{found}.", at)


STEP = Step(
    key="stages",
    title="Record the hiring stages",
    hint="Say what each stage of your workflows means, so that Appcast can report progress",
    minutes=4,
    tell=tell,
)
