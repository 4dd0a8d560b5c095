from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from integrations.types import Capability

from ..evidence import Evidence
from .types import Actor, State, Step, StepState, not_started


def tell(evidence: Evidence) -> StepState:
    forms = evidence.forms
    if Capability.READ_FORMS not in evidence.capabilities:
        return not_started(_("We can read your forms once Lever is authorized."))
    if not forms.total and evidence.feed and evidence.feed.synced_at:
        return not_started(_("There is no published job yet whose form we could read."))
    if not forms.total:
        return not_started(_("We can read your forms once the job feed is connected."))
    if forms.unsupported:
        says = ngettext(
            "%(count)d job has a question that Appcast Apply cannot ask.",
            "%(count)d jobs have a question that Appcast Apply cannot ask.",
            forms.unsupported,
        )
        says %= {"count": forms.unsupported}
        return StepState(State.NEEDS_ATTENTION, says, forms.checked_at, Actor.CUSTOMER)
    if forms.unreadable:
        says = _("%(count)d of %(total)d forms could not be read.")
        says %= {"count": forms.unreadable, "total": forms.total}
        return StepState(State.NEEDS_ATTENTION, says, forms.checked_at, Actor.STAFF)
    if forms.unread:
        says = _("%(count)d of %(total)d forms read.")
        says %= {"count": forms.total - forms.unread, "total": forms.total}
        return StepState(State.CHECKING, says, forms.checked_at)
    says = ngettext(
        "Appcast Apply can ask every question of %(count)d form.",
        "Appcast Apply can ask every question of %(count)d forms.",
        forms.total,
    )
    return StepState(State.DONE, says % {"count": forms.total}, forms.checked_at)


STEP = Step(
    key="forms",
    title=gettext_lazy("Check the application forms"),
    hint=gettext_lazy("We read each published job's form and list questions that Appcast Apply cannot ask"),
    minutes=1,
    tell=tell,
)
