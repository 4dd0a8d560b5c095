"""Who did what last at each step, so that a colleague knows where to go on: read from the audit trail."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from tenants.models import AuditEvent, User

# An older act says nothing of where somebody stopped.
REACHES_BACK = 200
# Of which step an act is told, and how.
ACTS = {
    "connection.authorized": ("authorize", _("%(who)s authorized Lever")),
    "feed.confirmed": ("feed", _("%(who)s confirmed the feed's address")),
    "feed.kept": ("feed", _("%(who)s kept the feed of another job site")),
    "webhook.secret_set": ("webhooks", _("%(who)s pasted a signature token")),
    "webhook.secrets_swapped": ("webhooks", _("%(who)s swapped the two signature tokens")),
    "webhook.made": ("webhooks", _("%(who)s had the webhooks made in Lever")),
    "stages.recorded": ("stages", _("%(who)s recorded stages")),
    "stages.confirmed": ("stages", _("%(who)s confirmed the stages of a workflow")),
    "stages.remapped": ("stages", _("%(who)s took over the changes of a workflow's stages")),
    "archive_reasons.decided": ("stages", _("%(who)s said what archive reasons mean")),
    "stages.set_aside": ("stages", _("%(who)s chose to report nothing of a workflow")),
    "stages.removed": ("stages", _("%(who)s removed a workflow")),
    "policy.stated": ("policies", _("%(who)s said which links are needed")),
    "rehearsal.started": ("rehearsal", _("%(who)s started a rehearsal")),
    "live.requested": ("go-live", _("%(who)s asked to go live")),
    "live.withdrawn": ("go-live", _("%(who)s took the request to go live back")),
    "live.asked_back": ("go-live", _("%(who)s asked back")),
    "live.approved": ("go-live", _("%(who)s approved")),
}


# A helper's leaving is told at each of their steps.
LEFT = "membership.left"
IS_DONE, HANDED_BACK = _("%(who)s was done with it, and left"), _("%(who)s handed it back")


@dataclass(frozen=True, slots=True)
class Act:
    says: StrPromise
    by: User
    at: datetime

    @property
    def is_leaving(self) -> bool:
        return self.says is IS_DONE or self.is_handing_back

    @property
    def is_handing_back(self) -> bool:
        return self.says is HANDED_BACK

    def __str__(self) -> str:
        return str(self.says % {"who": self.by})


def last_acts() -> Mapping[str, Act]:
    """By step; in the tenant's scope. What no person did is not told."""
    recent = AuditEvent.objects.select_related("actor").exclude(actor=None)[:REACHES_BACK]
    return dict(told for event in reversed(recent) for told in _acts_of(event))


def _acts_of(event: AuditEvent) -> Iterator[tuple[str, Act]]:
    assert event.actor is not None
    if event.action == LEFT:
        for step in event.detail.get("steps", ()):
            is_done = step in event.detail.get("finished", ())
            yield step, Act(IS_DONE if is_done else HANDED_BACK, event.actor, event.at)
    elif event.action in ACTS:
        step, says = ACTS[event.action]
        yield step, Act(says, event.actor, event.at)
