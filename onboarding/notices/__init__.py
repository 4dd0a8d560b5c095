"""Notices by mail: each names one action and leads to it, comes back ever more seldom, and ends with its cause.

`plans` is the table of when; `causes` finds what there is to say to whom; `ledger` keeps a row for each person and
cause, and gives what is due to one worker alone; `letters` are what is sent.
"""

from integrations.services import bell
from tenants.models import Tenant

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
    for tenant_id in Tenant.objects.filter(status__in=TOLD_IN).values_list("pk", flat=True):
        bell.send("onboarding.tasks.notify", tenant_id)
