"""Whoever changes how a tenant stands comes one after the other: going live, pausing, ending, taking back."""

from collections.abc import Iterator
from contextlib import contextmanager

from tenants.models import Tenant
from tenants.scoping import tenant_scope


@contextmanager
def changing(tenant: Tenant) -> Iterator[None]:
    """In its scope, until the commit, on the tenant as it is now and not as it was when its page was opened."""
    with tenant_scope(tenant.pk):
        locked = Tenant.objects.select_for_update(no_key=True)
        tenant.refresh_from_db(fields=["status", "live_at"], from_queryset=locked)
        yield
