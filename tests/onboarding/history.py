"""Some weeks of a feed."""

from datetime import timedelta

from django.utils import timezone

from integrations.models import Feed
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories

COUNTS = (12, 12, 13, 15, 15, 14, 14, 16, 18, 18, 17, 19, 22, 21)


def days_of_syncs(tenant: Tenant) -> None:
    with tenant_scope(tenant.pk):
        feed = Feed.objects.get()
    for number, found in enumerate(COUNTS):
        at = timezone.now() - timedelta(days=len(COUNTS) - 1 - number)
        factories.FeedSyncFactory.create(
            tenant=tenant, feed=feed, found=found, new=1, started_at=at, finished_at=at + timedelta(seconds=2)
        )
