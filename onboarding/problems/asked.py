"""Looks that staff ask for, at many tenants at once: how far they are, and how to call off what is left.

Who was asked for stands on the tenant's own row until a look has come, so nothing has to keep count.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Now
from django.utils import timezone

from integrations.services import locks
from tenants import audit
from tenants.models import Tenant, User

from ..health.counting import HEALTH
from ..models import Health
from . import rounds

TOLD_FOR, SHOWN = timedelta(hours=1), 5


@dataclass(frozen=True, slots=True)
class Asking:
    """What one person asked for at one moment."""

    at: datetime
    by: str
    total: int
    left: int

    @property
    def done(self) -> int:
        return self.total - self.left


def ask(tenants: Collection[Tenant], by: User) -> None:
    """Across tenants. They are rung for as soon as that is committed, and each minute until a look has come."""
    locks.take_until_commit(HEALTH)
    for tenant in tenants:
        audit.record("tenant.checked", tenant, tenant_id=tenant.pk, actor=by)
    Health.objects.bulk_create([Health(tenant=it) for it in tenants], ignore_conflicts=True)
    asked = [it.pk for it in tenants]
    Health.objects.filter(tenant__in=asked).update(asked_at=Now(), asked_by=by)
    transaction.on_commit(lambda: rounds.ring(asked))


def latest() -> Sequence[Asking]:
    """Across tenants."""
    lately = Health.objects.filter(asked_at__gt=timezone.now() - TOLD_FOR).order_by("-asked_at")
    told = lately.values_list("asked_at", "asked_by__email")
    counted = told.annotate(total=Count("pk"), left=Count("pk", filter=_is_left()))
    return [Asking(at, by or "", total, left) for at, by, total, left in counted[:SHOWN]]


def call_off(at: datetime, by: User) -> int:
    """Across tenants. How many were left; a look that has begun is not stopped."""
    locks.take_until_commit(HEALTH)
    count = Health.objects.filter(_is_left(), asked_at=at).update(asked_at=None, asked_by=None)
    if count:
        audit.record("tenant.check_called_off", "tenants", tenant_id=None, actor=by, count=count)
    return count


def _is_left() -> Q:
    return Q(looked_at=None) | Q(looked_at__lt=F("asked_at"))
