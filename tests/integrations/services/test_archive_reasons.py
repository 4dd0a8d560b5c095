"""Archive reasons are followed; what waits for one goes out once it is read, or a person said what it means."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations import tasks
from integrations.models import ArchiveReason, ArchiveReasonReading, Conversion
from integrations.services import archive_reasons
from integrations.types import ArchiveReasonRecord
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests.factories import ApplicationFactory, ConversionFactory
from tests.lever_world import make_due, work_off

from .customer import Customer

pytestmark = pytest.mark.django_db


def wait(tenant: Tenant, reason: str, **more: Any) -> Conversion:
    facts: dict[str, Any] = {
        "status": "held",
        "name": "",
        "archive_reason_external_id": reason,
        "received_at": timezone.now() - timedelta(hours=2),
        "next_attempt_at": None,
    }
    made: Conversion = ConversionFactory.create(tenant=tenant, **(facts | more))
    return made


def kept(tenant: Tenant) -> dict[str, str]:
    with tenant_scope(tenant.pk):
        return dict(ArchiveReason.objects.values_list("external_id", "conversion"))


def told(tenant: Tenant) -> list[tuple[str, str, str]]:
    with tenant_scope(tenant.pk):
        return sorted(Conversion.objects.values_list("name", "status", "key"))


def test_they_are_followed(northwind: Tenant) -> None:
    records = [ArchiveReasonRecord("r-1", "Hired", True), ArchiveReasonRecord("r-2", "Withdrew", False)]
    archive_reasons.keep(northwind.pk, records)
    archive_reasons.keep(northwind.pk, [ArchiveReasonRecord("r-2", "Offer declined", False)])
    assert kept(northwind) == {"r-1": "hired", "r-2": "declined"}


def test_what_waits_goes_out_with_the_next_reading(customer: Customer) -> None:
    reason = next(it for it in customer.account.pipeline.archive_reasons if it.type != "hired")
    wait(customer.tenant, reason.id, key="archived:r")
    tasks.schedule_readings()
    make_due(ArchiveReasonReading)
    work_off(ArchiveReasonReading)
    ((name, status, key),) = told(customer.tenant)
    assert (bool(name), status, key) == (True, "ready", "archived:r")


def test_a_person_says_what_it_means_and_no_reading_undoes_it(northwind: Tenant, alice: User) -> None:
    wait(northwind, "r-1", key="archived:r-1")
    wait(northwind, "r-2", key="archived:r-2")
    wait(northwind, "r-3", key="archived:r-3")
    archive_reasons.decide(northwind.pk, {"r-1": "withdrawn", "r-2": "", "r-3": "hired"}, alice)
    assert told(northwind) == [("hired", "ready", "hired"), ("withdrawn", "ready", "archived:r-1")]
    archive_reasons.keep(northwind.pk, [ArchiveReasonRecord("r-1", "Underqualified", False)])
    assert kept(northwind) == {"r-1": "withdrawn", "r-2": "", "r-3": "hired"}
    with tenant_scope(northwind.pk):
        assert AuditEvent.objects.get().detail["decided"]["r-1"] == "withdrawn"


def test_those_that_wait_are_counted_with_a_candidate_each(northwind: Tenant) -> None:
    application = ApplicationFactory.create(tenant=northwind, opportunity_external_id="candidacy")
    for _ in range(2):
        wait(northwind, "r-1", application=application)
    wait(northwind, "r-2", received_at=timezone.now())
    wait(northwind, "r-3", application=ApplicationFactory.create(tenant=northwind, is_test=True))
    with tenant_scope(northwind.pk):
        (found,) = archive_reasons.undecided()
    assert (found.external_id, found.opportunity_external_id, found.count) == ("r-1", "candidacy", 2)
