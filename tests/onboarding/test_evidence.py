"""The facts of one tenant alone, also where a page sees all of them, as the desk's."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onboarding import problems
from onboarding.evidence import gather
from onboarding.models import Problem
from sandbox.world.webhooks import EVENTS
from tenants.models import Tenant
from tenants.scoping import across_tenants, tenant_scope
from tests import factories
from tests.tenants.belongings import canary, furnish
from webhooks.endpoints import title_of
from webhooks.models import RejectedRequest

from .rows import codes, delivered, endpoint, make_ready, told

pytestmark = pytest.mark.django_db
STEPS_OF_TWO = ("authorize", "feed", "webhooks", "stages", "policies", "forms", "rehearsal")


@pytest.fixture
def both(northwind: Tenant, southgate: Tenant) -> tuple[Tenant, Tenant]:
    """Each owns one row of every kind."""
    furnish(northwind)
    furnish(southgate)
    return northwind, southgate


def test_inside_a_view_of_all_tenants_the_facts_are_those_of_its_own_scope(
    both: tuple[Tenant, Tenant],
) -> None:
    for tenant in both:
        with tenant_scope(tenant.pk):
            alone = gather(tenant)
        with across_tenants("the desk"):
            assert gather(tenant) == alone


def test_nothing_of_another_tenant_is_among_them(both: tuple[Tenant, Tenant]) -> None:
    northwind, southgate = both
    with across_tenants("the desk"):
        facts = gather(northwind)
        shown = str([*facts.pipelines, *facts.links, facts.statements, facts.overrides, facts.rehearsal])
        owners = {
            it.tenant_id
            for it in (
                *(facts.connection, facts.discovery, facts.feed, facts.sync, facts.rehearsal),
                *facts.pipelines,
                *facts.links,
                *facts.statements.values(),
                *facts.overrides.values(),
                *(it.endpoint for it in facts.endpoints),
                *(stage for pipeline in facts.pipelines for stage in pipeline.stages.all()),
            )
            if it
        }
    assert owners == {northwind.pk}
    assert canary(southgate) not in shown
    assert (facts.open_postings, facts.forms.total, len(facts.pipelines)) == (1, 1, 1)


def test_the_desk_tells_the_same_steps_as_the_customers_page(both: tuple[Tenant, Tenant]) -> None:
    northwind, _ = both
    alone = {step: told(northwind, step).state for step in STEPS_OF_TWO}
    with across_tenants("the desk"):
        assert {step: told(northwind, step).state for step in STEPS_OF_TWO} == alone


def test_a_tenant_without_anything_learns_nothing_from_one_that_is_ready(
    northwind: Tenant, southgate: Tenant
) -> None:
    make_ready(northwind)
    with across_tenants("the desk"):
        assert {told(southgate, step).state for step in STEPS_OF_TWO} == {"not_started"}


def test_diagnosing_one_tenant_among_all_finds_and_resolves_its_own_alone(
    northwind: Tenant, southgate: Tenant
) -> None:
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    factories.DeliveryFactory.create(tenant=southgate, status="held")
    assert codes(southgate) == ["delivery.held"]
    with across_tenants("the desk"):
        assert [it.code for it in problems.diagnose(northwind)] == ["forms.unsupported"]
        assert Problem.objects.filter(tenant=southgate, resolved_at=None).count() == 1


def test_the_newest_override_that_has_not_expired_counts(northwind: Tenant) -> None:
    past = timezone.now() - timedelta(days=1)
    for reason, expires_at in (("first", None), ("second", None), ("over", past)):
        fields = {"expires_at": expires_at} if expires_at else {}
        factories.StepOverrideFactory.create(tenant=northwind, reason=reason, **fields)
    assert gather(northwind).overrides["forms"].reason == "second"


def test_forms_of_closed_jobs_do_not_count(northwind: Tenant) -> None:
    factories.FormCheckFactory.create(
        tenant=northwind, status="unsupported", posting__closed_at=timezone.now()
    )
    assert gather(northwind).forms.total == 0


def test_a_stage_of_two_workflows_is_one_decision(northwind: Tenant) -> None:
    for _ in range(2):
        pipeline = factories.PipelineFactory.create(tenant=northwind, confirmed_at=timezone.now())
        factories.StageFactory.create(tenant=northwind, pipeline=pipeline, external_id="offer")
    assert len(gather(northwind).drifts) == 2
    assert told(northwind, "stages").says == "1 new stage has no decision yet."


def test_every_event_is_called_as_levers_page_calls_it() -> None:
    assert {name: title_of(name) for name in EVENTS} == EVENTS


def test_what_came_to_all_webhook_addresses_is_read_at_once(northwind: Tenant) -> None:
    make_ready(northwind)
    with CaptureQueriesContext(connection) as queries:
        gather(northwind)
    of_table = Counter(re.findall(r'FROM "(webhooks_\w+)"', " ".join(it["sql"] for it in queries)))
    assert (of_table["webhooks_signingsecret"], of_table["webhooks_rejectedrequest"]) == (1, 2)
    assert not any('"webhooks_signingsecret"."secret"' in it["sql"] for it in queries)


def test_of_what_came_to_an_address_the_latest_is_kept(northwind: Tenant) -> None:
    created, moved = (endpoint(northwind, kind) for kind in ("application_created", "stage_changed"))
    now = timezone.now()
    for to, minutes in ((created, 5), (created, 1), (moved, 3)):
        at = now - timedelta(minutes=minutes)
        row = factories.RejectedRequestFactory.create(tenant=northwind, endpoint=to, reason="no_token_yet")
        with tenant_scope(northwind.pk):
            RejectedRequest.objects.filter(pk=row.pk).update(received_at=at)
        delivered(to, kind="application_created", received_at=at)
    seen = {it.endpoint.pk: it for it in gather(northwind).endpoints}
    assert [seen[it.pk].waiting_for_token for it in (created, moved)] == [2, 1]
    kept = [seen[it.pk].rejected for it in (created, moved)]
    assert [it and it.received_at for it in kept] == [now - timedelta(minutes=it) for it in (1, 3)]
    aside = seen[moved.pk].put_aside
    assert (seen[created.pk].put_aside, aside and aside.endpoint_id) == (None, moved.pk)
