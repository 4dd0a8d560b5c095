"""The bells of this package."""

from celery import shared_task

from integrations.services import bell
from tenants.models import Tenant

from . import policies, problems


@shared_task
def ring_for_diagnoses() -> None:
    for tenant_id in Tenant.objects.exclude(status=Tenant.Status.OFFBOARDED).values_list("pk", flat=True):
        bell.send("onboarding.tasks.diagnose", tenant_id)


@shared_task
def diagnose(tenant_id: str) -> None:
    problems.diagnose(Tenant.objects.get(pk=tenant_id))


@shared_task
def ring_for_policy_links() -> None:
    for link_id in policies.due_for_check():
        bell.send("onboarding.tasks.check_policy_link", link_id)


@shared_task
def check_policy_link(link_id: str) -> None:
    policies.check_by_id(int(link_id))
