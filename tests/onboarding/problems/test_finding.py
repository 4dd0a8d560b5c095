"""Problems are found in real rows, and in nothing that has a name already."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import StageReading
from onboarding import problems
from onboarding.evidence import gather
from onboarding.problems import finding
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories

from ..rows import codes
from .causes import archived_for_who_knows_what, attributed, late, of_another_source, stuck

pytestmark = pytest.mark.django_db


def test_some_that_were_in_lever_before_keep_their_source(northwind: Tenant) -> None:
    of_another_source(northwind)
    for number in range(finding.FEWEST_OF_OTHERS):
        attributed(northwind, is_ours=True, number=number)
    assert codes(northwind) == []


def test_a_feed_whose_trouble_has_a_name_is_not_late_too(northwind: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=northwind, synced_at=timezone.now() - timedelta(hours=3))
    failed = {"status": "failed", "error_code": "lever.unavailable", "error_message": "503"}
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, **failed)
    assert codes(northwind) == ["feed.unanswered"]


def test_no_job_is_named_whose_form_was_read_before_the_connection_ended(northwind: Tenant) -> None:
    ended_at = timezone.now() - timedelta(hours=1)
    factories.DepartureFactory.create(tenant=northwind, ended_at=ended_at)
    for title, checked_at in (("Baker", ended_at - timedelta(days=1)), ("Driver", timezone.now())):
        factories.FormCheckFactory.create(
            tenant=northwind, status="unsupported", posting__title=title, checked_at=checked_at
        )
    (problem,) = problems.diagnose(northwind)
    assert str(problem.detail) == "1 job: Driver"


def test_a_sync_under_way_does_not_resolve_what_the_last_one_found(northwind: Tenant) -> None:
    feed = factories.FeedFactory.create(tenant=northwind)
    failed = {"status": "failed", "error_code": "lever.feed_not_found", "error_message": "404"}
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, **failed)
    codes(northwind)
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, status="running", finished_at=None)
    assert codes(northwind) == ["feed.failed"]


@pytest.mark.parametrize("cause", [late, stuck])
def test_what_rests_with_its_tenant_is_neither_late_nor_stuck(
    northwind: Tenant, cause: Callable[[Tenant], None]
) -> None:
    cause(northwind)
    northwind.status = Tenant.Status.PAUSED
    northwind.save()
    assert codes(northwind) == []


def test_what_lever_lets_us_read_no_more_is_told_in_the_customers_words(northwind: Tenant) -> None:
    connection = factories.ConnectionFactory.create(tenant=northwind)
    refused = {"tenant": northwind, "connection": connection, "error_code": "lever.scope_missing"}
    with tenant_scope(northwind.pk):
        StageReading.objects.create(**refused)
    factories.CatchUpFactory.create(**refused)
    (problem,) = problems.diagnose(northwind)
    assert problem.detail.english == "Lever lets us read no more: stages, candidates and where they stand"


def test_stages_of_a_customer_who_has_not_confirmed_any_are_no_problem(northwind: Tenant) -> None:
    factories.StageFactory.create(tenant=northwind)
    assert codes(northwind) == []


def test_what_is_mended_is_told_no_more_although_nobody_has_looked_again(northwind: Tenant) -> None:
    check = factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    problems.diagnose(northwind)

    def codes_told() -> list[str]:
        with tenant_scope(northwind.pk):
            return [told.problem.code for told in problems.of_customer(gather(northwind))]

    assert codes_told() == ["forms.unsupported"]
    with tenant_scope(northwind.pk):
        type(check).objects.update(status="supported")
    assert codes_told() == []
    with tenant_scope(northwind.pk):
        assert len(problems.of_customer()) == 1


def test_a_reading_is_given_time_to_tell_what_an_archive_reason_means(northwind: Tenant) -> None:
    archived_for_who_knows_what(northwind, age=timedelta(minutes=50))
    assert codes(northwind) == []


def test_jobs_with_questions_that_cannot_be_asked_are_named(northwind: Tenant) -> None:
    for title in ("Nurse", "Driver", "Baker", "Cook"):
        factories.FormCheckFactory.create(tenant=northwind, status="unsupported", posting__title=title)
    (problem,) = problems.diagnose(northwind)
    assert str(problem.detail) == "4 jobs: Baker, Cook, Driver, …"


def test_a_feed_that_is_gone_from_where_the_account_has_another_is_one_problem(northwind: Tenant) -> None:
    """A job site that was renamed: the account's own feed is proposed, and nothing is to be looked for in Lever."""
    factories.ConnectionFactory.create(tenant=northwind, site="acme-group")
    feed = factories.FeedFactory.create(tenant=northwind, site="acme", synced_at=timezone.now())
    gone = {"status": "failed", "error_code": "lever.feed_not_found"}
    factories.FeedSyncFactory.create(tenant=northwind, feed=feed, **gone)
    assert codes(northwind) == ["feed.other_site"]
