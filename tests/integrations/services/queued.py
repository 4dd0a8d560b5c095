"""Deliveries that wait for their turn."""

from dataclasses import replace
from datetime import timedelta

from integrations.models import Connection, Delivery
from integrations.services import (
    pace,
    work,
)
from tenants.models import Tenant
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import DeliveryFactory

AT_ONCE = replace(pace.STARTS, pitch=timedelta())


def end(delivery: Delivery) -> None:
    with tenant_scope(delivery.tenant_id):
        work.record(delivery, status=Delivery.Status.DELIVERED, next_attempt_at=None)


def waiting(tenant: Tenant, count: int) -> list[Delivery]:
    return [DeliveryFactory.create(tenant=tenant) for _ in range(count)]


def account(tenant: Tenant) -> Connection:
    with tenant_scope(tenant.pk):
        return Connection.objects.get()


def fresh(row: Delivery) -> Delivery:
    with across_tenants("a test looks"):
        return Delivery.objects.get(pk=row.pk)
