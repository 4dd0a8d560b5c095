"""All tenants are counted in one pass, whose statements do not grow with them; each look notes who acts next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Application, Delivery
from onboarding import problems
from onboarding.health import counting
from onboarding.models import FleetDay, Health
from tenants.models import Tenant
from tenants.scoping import across_tenants, tenant_scope
from tests import factories

from .queries import counted
from .rows import delivered, endpoint, make_ready

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 30


def health(tenant: Tenant) -> Health:
    with tenant_scope(tenant.pk):
        return Health.objects.get()


def test_every_tenant_gets_its_own_counts(northwind: Tenant, southgate: Tenant) -> None:
    for status in ("delivered", "held", "held", "ready", "rejected"):
        factories.DeliveryFactory.create(tenant=northwind, status=status)
    for status in ("sent", "ready", "dead"):
        factories.ConversionFactory.create(tenant=northwind, status=status)
    event = delivered(endpoint(northwind, "stage_changed"))
    delivered(endpoint(northwind, "hired"), kind="test")
    counting.recount()
    counts = health(northwind)
    assert (counts.delivered, counts.held, counts.under_way, counts.rejected) == (1, 2, 1, 1)
    assert (counts.conversions_sent, counts.conversions_waiting) == (1, 2)
    assert counts.last_event_at == event.received_at
    assert (health(southgate).delivered, health(southgate).last_event_at) == (0, None)


def test_counts_follow_what_becomes_of_the_rows(northwind: Tenant) -> None:
    delivery = factories.DeliveryFactory.create(tenant=northwind, status="held")
    counting.recount()
    assert health(northwind).held == 1
    with tenant_scope(northwind.pk):
        Delivery.objects.filter(pk=delivery.pk).update(status="delivered")
    counting.recount()
    assert (health(northwind).held, health(northwind).delivered) == (0, 1)


def test_what_stayed_as_it_was_is_not_written_again(northwind: Tenant) -> None:
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    counting.recount()
    with across_tenants("a test marks a row"):
        Health.objects.update(counted_at=None)
    counting.recount()
    first = health(northwind).counted_at
    counting.recount()
    assert health(northwind).counted_at == first


def test_the_pass_takes_few_statements_whatever_the_number_of_tenants(db: None) -> None:
    numbers = []
    for more in (2, 20):
        for tenant in factories.TenantFactory.create_batch(more):
            factories.DeliveryFactory.create(tenant=tenant)
        with counted() as statements:
            counting.recount()
        numbers.append(len(statements))
    assert numbers[1] <= numbers[0] <= MOST_STATEMENTS


def test_whoever_was_off_boarded_waits_on_nobody(northwind: Tenant, southgate: Tenant) -> None:
    for tenant in (northwind, southgate):
        problems.diagnose(tenant)
    Tenant.objects.filter(pk=northwind.pk).update(status="offboarded")
    counting.recount()
    assert (health(northwind).waits_on, health(northwind).waits_since) == ("", None)
    assert health(southgate).waits_on == "customer"


def test_of_whoever_was_off_boarded_nothing_is_kept_anew(northwind: Tenant, southgate: Tenant) -> None:
    Tenant.objects.filter(pk=northwind.pk).update(status="offboarded")
    counting.recount()
    with across_tenants("a test looks"):
        assert list(Health.objects.values_list("tenant__slug", flat=True)) == ["southgate"]


def applied(tenant: Tenant, at: datetime, **fields: Any) -> None:
    application = factories.ApplicationFactory.create(tenant=tenant, **fields)
    with tenant_scope(tenant.pk):
        Application.objects.filter(pk=application.pk).update(accepted_at=at)


def test_the_days_of_the_fleet_are_kept(northwind: Tenant, southgate: Tenant) -> None:
    now = datetime.now(UTC)
    for tenant in (northwind, southgate):
        applied(tenant, now)
        applied(tenant, now - timedelta(days=5))
        applied(tenant, now, is_test=True)
        applied(tenant, now - timedelta(days=40))
    counting.recount()
    told = dict(FleetDay.objects.values_list("date", "accepted"))
    assert told == {now.date() - timedelta(days=5): 2, now.date(): 2}


def test_of_days_long_past_nothing_is_counted_again(northwind: Tenant) -> None:
    counting.recount()
    FleetDay.objects.create(date=timezone.now().date(), accepted=0)
    applied(northwind, timezone.now() - timedelta(days=5))
    applied(northwind, timezone.now() - timedelta(days=1))
    counting.recount()
    assert FleetDay.objects.filter(accepted=1).count() == 1


def test_a_tenant_that_is_set_up_waits_on_whoever_has_the_next_step(northwind: Tenant) -> None:
    problems.diagnose(northwind)
    assert health(northwind).waits_on == "customer"
    assert len(health(northwind).steps) == 8
    make_ready(northwind)
    problems.diagnose(northwind)
    assert (health(northwind).settled, health(northwind).waits_on) == (7, "customer")
    factories.LiveRequestFactory.create(tenant=northwind)
    problems.diagnose(northwind)
    assert health(northwind).waits_on == "staff"


def test_a_tenant_that_runs_waits_on_whoever_mends_its_worst_problem(northwind: Tenant) -> None:
    make_ready(northwind)
    northwind.status, northwind.live_at = Tenant.Status.LIVE, timezone.now()
    northwind.save()
    problems.diagnose(northwind)
    assert health(northwind).waits_on == ""
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    problems.diagnose(northwind)
    assert health(northwind).waits_on == "customer"
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    problems.diagnose(northwind)
    assert health(northwind).waits_on == "staff"


def test_the_first_look_tells_since_when_it_waits_though_it_was_counted_before(northwind: Tenant) -> None:
    northwind.status, northwind.live_at = Tenant.Status.LIVE, timezone.now()
    northwind.save()
    long_ago = timezone.now() - timedelta(days=9)
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    factories.ProblemFactory.create(
        tenant=northwind, code="forms.unsupported", actor="customer", since=long_ago
    )
    counting.recount()
    problems.diagnose(northwind)
    assert (health(northwind).waits_on, health(northwind).waits_since) == ("customer", long_ago)


def test_what_a_rehearsal_delivered_and_reported_is_no_result(northwind: Tenant) -> None:
    for is_test in (True, False, True):
        application = factories.ApplicationFactory.create(tenant=northwind, is_test=is_test)
        mine = {"tenant": northwind, "application": application}
        factories.DeliveryFactory.create(**mine, status="delivered", delivered_at=timezone.now())
        factories.ConversionFactory.create(**mine, status="sent", sent_at=timezone.now())
    counting.recount()
    assert (health(northwind).delivered, health(northwind).conversions_sent) == (1, 1)
    assert FleetDay.objects.values_list("delivered", "conversions").get() == (1, 1)


def test_since_when_it_waits_is_kept_until_the_turn_changes(northwind: Tenant) -> None:
    problems.diagnose(northwind)
    long_ago = timezone.now() - timedelta(days=9)
    with tenant_scope(northwind.pk):
        Health.objects.update(waits_since=long_ago)
    problems.diagnose(northwind)
    assert health(northwind).waits_since == long_ago
    make_ready(northwind)
    factories.LiveRequestFactory.create(tenant=northwind)
    problems.diagnose(northwind)
    since = health(northwind).waits_since
    assert since
    assert since > long_ago
