from integrations.types import Capability

from ..evidence import Evidence
from .types import Actor, State, Step, StepState, not_started


def tell(evidence: Evidence) -> StepState:
    forms = evidence.forms
    if Capability.READ_FORMS not in evidence.capabilities:
        return not_started("We can read your forms once Lever is authorized.")
    if not forms.total and evidence.feed and evidence.feed.synced_at:
        return not_started("There is no published job yet whose form we could read.")
    if not forms.total:
        return not_started("We can read your forms once the job feed is connected.")
    if forms.unsupported:
        jobs = "1 job has" if forms.unsupported == 1 else f"{forms.unsupported} jobs have"
        return StepState(
            State.NEEDS_ATTENTION,
            f"{jobs} a question that Appcast Apply cannot ask.",
            forms.checked_at,
            Actor.CUSTOMER,
        )
    if forms.unreadable:
        return StepState(
            State.NEEDS_ATTENTION,
            f"{forms.unreadable} of {forms.total} forms could not be read.",
            forms.checked_at,
            Actor.STAFF,
        )
    if forms.unread:
        read = forms.total - forms.unread
        return StepState(State.CHECKING, f"{read} of {forms.total} forms read.", forms.checked_at)
    return StepState(
        State.DONE, f"Appcast Apply can ask every question of {forms.total} forms.", forms.checked_at
    )


STEP = Step(
    key="forms",
    title="Check the application forms",
    hint="We read each published job's form and list questions that Appcast Apply cannot ask",
    minutes=1,
    tell=tell,
)
