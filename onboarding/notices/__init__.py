"""Notices by mail: each names one action and leads to it, comes back ever more seldom, and ends with its cause.

`plans` is the table of when; `causes` finds what there is to say to whom; `ledger` keeps a row for each person and
cause, and gives what is due to one worker alone; `reminding` is for staff, who cannot wait; `letters` are what is sent.
"""

from django.utils import timezone

from integrations.services import bell
from tenants.models import Tenant
from tenants.scoping import across_tenants

from ..models import Notice
from . import ledger, letters
from .plans import TOLD_IN


def notify(tenant: Tenant) -> None:
    """Mail what is due to each of the tenant's people: one letter, at most one a day."""
    if tenant.status not in TOLD_IN:
        return
    for letter in ledger.due_letters(tenant):
        if not letters.send(letter):
            ledger.give_back(letter)


def notify_by_id(tenant_id: int) -> None:
    notify(Tenant.objects.get(pk=tenant_id))


def ring_for_notices() -> None:
    """Where a letter is due. What is new to tell is found after each look, which rings too."""
    with across_tenants("where a letter is due"):
        due = Notice.objects.filter(next_at__lte=timezone.now(), stopped_at=None, tenant__status__in=TOLD_IN)
        ids = list(due.order_by().values_list("tenant", flat=True).distinct())
    for tenant_id in ids:
        bell.send("onboarding.tasks.notify", tenant_id)
