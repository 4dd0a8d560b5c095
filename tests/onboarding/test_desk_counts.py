"""A number at the desk leads to a list of just so many rows."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from onboarding import problems
from onboarding.desk.incidents import FEWEST_TENANTS
from onboarding.health import counting
from tenants.models import Tenant
from tests import factories

from .pages import text
from .rows import delivered, endpoint

pytestmark = pytest.mark.django_db
COUNTED = re.compile(r'<a href="(/admin/[^"]+)"[^>]*>\s*<strong>([\d,]+)</strong>')


def counted_links(desk: Client, path: str) -> dict[str, int]:
    found = COUNTED.findall(text(desk.get(path)))
    return {unescape(address): int(number.replace(",", "")) for address, number in found}


def listed(desk: Client, address: str) -> int:
    count: int = desk.get(address).context["cl"].result_count
    return count


def furnish(tenant: Tenant) -> None:
    """Other numbers of each, and of each a rehearsal's, which is no result."""
    statuses = {
        factories.DeliveryFactory: [
            *("delivered", "held", "held", "rejected"),
            *("ready", "sending", "retry_wait", "unknown"),
        ],
        factories.ConversionFactory: ["sent", "sent", "sent", "held", "ready", "dead", "dead"],
    }
    for factory, those in statuses.items():
        for status in those:
            factory.create(tenant=tenant, status=status)
            test = factories.ApplicationFactory.create(tenant=tenant, is_test=True)
            factory.create(tenant=tenant, status=status, application=test)
    moved, hired = endpoint(tenant, "stage_changed"), endpoint(tenant, "hired")
    for to, kind in ((moved, "stage_changed"), (moved, "hired"), (moved, "test"), (hired, "hired")):
        delivered(to, kind=kind)
    old = delivered(hired)
    type(old)._base_manager.filter(pk=old.pk).update(received_at=timezone.now() - timedelta(days=20))
    factories.FormCheckFactory.create(tenant=tenant, status="unsupported")


@pytest.fixture
def fleet(northwind: Tenant, southgate: Tenant) -> Tenant:
    furnish(northwind)
    for tenant in (northwind, southgate, *factories.TenantFactory.create_batch(FEWEST_TENANTS)):
        factories.DeliveryFactory.create(tenant=tenant, status="held")
        problems.diagnose(tenant)
    Tenant.objects.filter(pk=southgate.pk).update(status="live", live_at=timezone.now())
    problems.diagnose(Tenant.objects.get(pk=southgate.pk))
    counting.recount()
    return northwind


def test_the_numbers_of_the_first_page_are_those_of_the_lists(desk: Client, fleet: Tenant) -> None:
    told = counted_links(desk, "/admin/")
    assert {it: listed(desk, it) for it in told} == told
    assert {it.partition("?")[2].partition("=")[0] for it in told} == {
        *("", "status__exact", "waits_on", "problem", "code__exact")
    }


def test_the_numbers_of_a_tenants_page_are_those_of_the_lists(desk: Client, fleet: Tenant) -> None:
    told = counted_links(desk, f"/admin/tenants/tenant/{fleet.pk}/change/")
    assert {it: listed(desk, it) for it in told} == told
    assert {0, 1, 2, 3, 4} <= set(told.values())
    assert len(told) == 12
