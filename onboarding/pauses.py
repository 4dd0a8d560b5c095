"""Who paused a connection, and since when: told from the audit trail."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tenants.models import AuditEvent, Tenant, User

from . import clock


@dataclass(frozen=True, slots=True)
class Pause:
    """`is_ours` when the customer's own people paused, and so may resume."""

    since: datetime
    by: str
    actor: User | None
    is_ours: bool

    @property
    def at(self) -> str:
        return clock.told(self.since)

    def __str__(self) -> str:
        return _("%(who)s paused the connection at %(time)s.") % {"who": self.by, "time": self.at}


def pause_of(tenant: Tenant) -> Pause | None:
    """In the tenant's scope."""
    if tenant.status != Tenant.Status.PAUSED:
        return None
    event = AuditEvent.objects.select_related("actor").filter(tenant=tenant, action="tenant.paused").first()
    if event is None:
        return None
    is_ours = event.actor is not None and not event.actor.is_staff
    by = event.actor_label if is_ours else _("Appcast Customer Success")
    return Pause(event.at, by, event.actor, is_ours)
