from typing import TypeVar

from django.db import models

from ..scoping import current_scope

M = TypeVar("M", bound=models.Model)


class ScopedManager(models.Manager[M]):
    """Sees the rows of the tenant in scope, and raises where there is none."""

    def get_queryset(self) -> models.QuerySet[M]:
        scope = current_scope()
        rows = super().get_queryset()
        return rows if scope.tenant_id is None else rows.filter(tenant_id=scope.tenant_id)


class TenantOwned(models.Model):
    """A row that belongs to one tenant. Its table needs `IsolateTenants` in the migration that creates it."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")

    class Meta:
        abstract = True
