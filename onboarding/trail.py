"""Who did what last at each step, so that a colleague knows where to go on: read from the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tenants.models import AuditEvent

# An older act says nothing of where somebody stopped.
REACHES_BACK = 200
# Of which step an act is told, and how.
ACTS = {
    "connection.authorized": ("authorize", _("%(who)s authorized Lever")),
    "feed.confirmed": ("feed", _("%(who)s confirmed the feed's address")),
    "webhook.secret_set": ("webhooks", _("%(who)s pasted a signature token")),
    "webhook.secrets_swapped": ("webhooks", _("%(who)s swapped the two signature tokens")),
    "webhook.made": ("webhooks", _("%(who)s had the webhooks made in Lever")),
    "stages.recorded": ("stages", _("%(who)s recorded stages")),
    "stages.confirmed": ("stages", _("%(who)s confirmed the stages of a workflow")),
    "stages.remapped": ("stages", _("%(who)s took over the changes of a workflow's stages")),
    "policy.stated": ("policies", _("%(who)s said which links are needed")),
    "rehearsal.started": ("rehearsal", _("%(who)s started a rehearsal")),
    "live.requested": ("go-live", _("%(who)s asked to go live")),
    "live.asked_back": ("go-live", _("%(who)s asked back")),
    "live.approved": ("go-live", _("%(who)s approved")),
}


@dataclass(frozen=True, slots=True)
class Act:
    action: str
    who: str
    at: datetime

    def __str__(self) -> str:
        return str(ACTS[self.action][1] % {"who": self.who})


def last_acts() -> Mapping[str, Act]:
    """By step; in the tenant's scope. What no person did is not told."""
    recent = AuditEvent.objects.select_related("actor").exclude(actor=None)[:REACHES_BACK]
    told = [it for it in recent if it.action in ACTS]
    return {ACTS[it.action][0]: Act(it.action, str(it.actor), it.at) for it in reversed(told)}
