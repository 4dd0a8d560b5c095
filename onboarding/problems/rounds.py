"""Whom to look at, each minute: wherever something happened since the last look, and some of the others in turn."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from integrations.services import bell
from tenants.models import Tenant
from tenants.scoping import across_tenants

from ..health import counting
from ..models import Problem
from .ledger import diagnose

# What no trace tells takes days, so they need not come soon: a small fleet every minute, ten thousand in half an hour.
OTHERS_AT_ONCE = 300
A_MINUTE = timedelta(minutes=1)


def ring_for_diagnoses() -> None:
    """Whoever was not looked at by the next minute is rung for again then, and not twice."""
    counting.recount()
    with across_tenants("whom to look at"):
        ids = [*_stirred(), *_others()]
    ring(ids)


def ring(tenant_ids: Sequence[int]) -> None:
    for tenant_id in tenant_ids:
        bell.send("onboarding.tasks.diagnose", tenant_id, within=A_MINUTE)


def diagnose_by_id(tenant_id: int) -> None:
    """Whoever is told by mail what was found is told after that."""
    diagnose(Tenant.objects.get(pk=tenant_id))
    bell.send("onboarding.tasks.notify", tenant_id)


def _stirred() -> list[int]:
    return list(_served().exclude(_is_quiet()).values_list("pk", flat=True))


def _others() -> list[int]:
    """Who was looked at longest ago comes first."""
    quiet = _served().filter(_is_quiet()).order_by("health__looked_at")
    return list(quiet.values_list("pk", flat=True)[:OTHERS_AT_ONCE])


def _served() -> QuerySet[Tenant]:
    """Who has left is looked at once more, where something was left open."""
    is_unfinished = Exists(Problem.objects.filter(tenant=OuterRef("pk"), resolved_at=None))
    return Tenant.objects.filter(~Q(status=Tenant.Status.OFFBOARDED) | is_unfinished)


def _is_quiet() -> Q:
    """Nothing happened since it was looked at, and nobody asked."""
    has_no_wish = Q(health__asked_at=None) | Q(health__looked_at__gte=F("health__asked_at"))
    return has_no_wish & Q(health__looked_at__gte=F("health__stirred_at"))
