"""The stages of an account are read again daily, and at once when an event names one that nobody knows."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations import tasks
from integrations.models import Connection, Stage, StageReading
from integrations.services import stage_readings
from tenants.scoping import tenant_scope
from tests.factories import FEW_SCOPES
from tests.lever_world import make_due

from .customer import Customer

pytestmark = pytest.mark.django_db
STAGES = {"path_prefix": "/v1/disposition_stages"}


def reading(customer: Customer) -> StageReading:
    with tenant_scope(customer.tenant.pk):
        return StageReading.objects.get()


def read(customer: Customer) -> StageReading:
    tasks.schedule_readings()
    make_due(StageReading)
    tasks.read_stages(str(reading(customer).pk))
    return reading(customer)


def waits(row: StageReading) -> timedelta:
    assert row.next_attempt_at
    return row.next_attempt_at - timezone.now()


def asked(customer: Customer) -> int:
    return len(customer.server.world.log)


def names(customer: Customer) -> set[str]:
    with tenant_scope(customer.tenant.pk):
        return set(Stage.objects.filter(missing_at=None).values_list("name", flat=True))


def remove_first_workflow(customer: Customer) -> set[str]:
    """The names of what is left."""
    pipeline = customer.account.pipeline
    customer.account.pipeline = replace(pipeline, workflows=pipeline.workflows[1:])
    return {it.text for it in customer.account.pipeline.stages}


def test_each_connection_gets_one_row_that_is_due(customer: Customer) -> None:
    for _ in range(2):
        tasks.schedule_readings()
    assert waits(reading(customer)) <= timedelta()


def test_a_reading_follows_lever_and_comes_again_tomorrow(customer: Customer) -> None:
    before = read(customer)
    assert names(customer) == {it.text for it in customer.account.pipeline.stages}
    left = remove_first_workflow(customer)
    after = read(customer)
    assert names(customer) == left
    assert before.read_at
    assert after.read_at
    assert before.read_at < after.read_at
    assert timedelta(hours=23) < waits(after) <= timedelta(days=1)


def test_without_the_permission_nothing_is_asked(settings: Settings, request: pytest.FixtureRequest) -> None:
    settings.LEVER_SCOPES = FEW_SCOPES
    customer: Customer = request.getfixturevalue("customer")
    before = asked(customer)
    row = read(customer)
    assert (asked(customer), row.read_at, row.error_code) == (before, None, "")
    assert waits(row) > timedelta(hours=23)


def test_a_connection_that_is_stopped_is_not_asked(customer: Customer) -> None:
    read(customer)
    customer.change(customer.connection(), status=Connection.Status.NEEDS_AUTHORIZATION)
    before = asked(customer)
    assert waits(read(customer)) > timedelta(hours=23)
    assert asked(customer) == before


def test_a_moments_trouble_is_tried_again_soon_and_leaves_what_is_known(customer: Customer) -> None:
    read(customer)
    before = names(customer)
    customer.order("503", **STAGES)
    row = read(customer)
    assert names(customer) == before
    assert row.error_code
    assert waits(row) < timedelta(minutes=1)


def test_a_reading_that_broke_its_worker_waits_for_tomorrow(customer: Customer) -> None:
    tasks.schedule_readings()
    customer.change(reading(customer), unfinished=9)
    row = read(customer)
    assert (row.error_code, waits(row) > timedelta(hours=23)) == ("work.crashes", True)


def test_an_unknown_stage_hastens_the_reading_but_not_every_time(customer: Customer) -> None:
    row = read(customer)
    with tenant_scope(customer.tenant.pk):
        stage_readings.hasten()
    assert waits(reading(customer)) > timedelta(hours=23)
    customer.change(row, tried_at=timezone.now() - timedelta(minutes=11))
    with tenant_scope(customer.tenant.pk):
        stage_readings.hasten()
    assert waits(reading(customer)) <= timedelta()


@pytest.mark.parametrize(
    ("kind", "hastened"), [("503", [False, False]), ("reduced_scopes", [False, True])], ids=str
)
def test_what_failed_is_not_hastened_into_the_same_trouble(
    customer: Customer, kind: str, hastened: list[bool]
) -> None:
    """What Lever has trouble with comes back in its own time; what it refused may be allowed after a while."""
    customer.order(kind, path_prefix="/v1/")
    for minutes, expected in zip((1, 11), hastened, strict=True):
        row = read(customer)
        customer.change(
            row,
            tried_at=timezone.now() - timedelta(minutes=minutes),
            next_attempt_at=timezone.now() + timedelta(minutes=30),
        )
        with tenant_scope(customer.tenant.pk):
            stage_readings.hasten()
        assert (waits(reading(customer)) <= timedelta()) is expected
