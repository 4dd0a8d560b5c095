"""A customer's job board: what is read of its feed, and what is stored then."""

from typing import Any

from integrations.models import Feed, FeedSync, Posting
from integrations.services import feeds
from tenants.scoping import tenant_scope
from tests.lever_world import work_off

from .customer import Customer

JOBS = 21


def address(customer: Customer, mode: str = "json", site: str = "northwind") -> str:
    return f"{customer.server.url}/v0/postings/{site}?mode={mode}"


def confirmed(customer: Customer, **where: Any) -> FeedSync:
    feeds.confirm(customer.tenant, feeds.understand(address(customer, **where)), customer.user)
    work_off(FeedSync)
    return last(customer)


def synced(customer: Customer) -> FeedSync:
    feeds.start_sync(feed(customer), FeedSync.Trigger.CUSTOMER)
    work_off(FeedSync)
    return last(customer)


def feed(customer: Customer) -> Feed:
    with tenant_scope(customer.tenant.pk):
        return Feed.objects.get()


def last(customer: Customer) -> FeedSync:
    with tenant_scope(customer.tenant.pk):
        return FeedSync.objects.latest("id")


def postings(customer: Customer) -> dict[str, Posting]:
    with tenant_scope(customer.tenant.pk):
        return {it.external_id: it for it in Posting.objects.all()}


def still_open(customer: Customer) -> int:
    return sum(it.is_open for it in postings(customer).values())
