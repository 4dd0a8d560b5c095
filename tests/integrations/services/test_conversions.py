"""Happenings become conversions: once each, in sequence, held while nobody said what a stage means."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.models import Application, Conversion
from integrations.services import conversions
from integrations.services.conversions import Happening
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories import ApplicationFactory, ConversionFactory, StageFactory, StageMappingFactory

from .threads import at_once

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def application(northwind: Tenant) -> Application:
    row: Application = ApplicationFactory.create(tenant=northwind)
    return row


def tell(application: Application, key: str = "k", at: datetime = NOON, **what: Any) -> None:
    happening = Happening(key=key, occurred_at=at, received_at=NOON, is_verified=True, **what)
    with tenant_scope(application.tenant_id):
        locked = Application.objects.select_for_update().get(pk=application.pk)
        conversions.report(locked, happening)


def told(application: Application) -> list[Conversion]:
    with tenant_scope(application.tenant_id):
        return list(Conversion.objects.order_by("sequence"))


def test_a_mapped_stage_is_reported_as_what_it_means(application: Application) -> None:
    StageMappingFactory.create(tenant=application.tenant, stage_external_id="s-1", conversion="interview")
    StageFactory.create(tenant=application.tenant, external_id="s-1", name="Phone screen")
    tell(application, stage_external_id="s-1")
    (conversion,) = told(application)
    assert (conversion.name, conversion.status, conversion.sequence) == ("interview", "ready", 1)
    assert (conversion.raw_status, conversion.raw_stage_id) == ("Phone screen", "s-1")
    assert (conversion.occurred_at, conversion.is_verified) == (NOON, True)
    assert conversion.next_attempt_at


def test_an_unmapped_stage_is_held_and_not_guessed(application: Application) -> None:
    StageFactory.create(tenant=application.tenant, external_id="s-1", name="Offer")
    tell(application, stage_external_id="s-1")
    (conversion,) = told(application)
    assert (conversion.name, conversion.status, conversion.next_attempt_at) == ("", "held", None)


def test_a_stage_that_is_not_reported_makes_nothing(application: Application) -> None:
    StageMappingFactory.create(tenant=application.tenant, stage_external_id="s-1", conversion="")
    tell(application, stage_external_id="s-1")
    assert told(application) == []


def test_a_name_that_is_final_needs_no_mapping(application: Application) -> None:
    tell(application, name="hired", raw_status="Hired")
    assert [(it.name, it.raw_status, it.status) for it in told(application)] == [("hired", "Hired", "ready")]


def test_a_happening_is_one_conversion_however_often_it_is_told(application: Application) -> None:
    for _ in range(3):
        tell(application, "hired", name="hired")
    tell(application, "archived:r-1", name="rejected")
    assert [(it.sequence, it.key) for it in told(application)] == [(1, "hired"), (2, "archived:r-1")]


@pytest.mark.parametrize("minutes", [(1, 2), (2, 1)])
def test_what_is_told_twice_occurred_at_the_earlier_time(
    application: Application, minutes: tuple[int, ...]
) -> None:
    for minute in minutes:
        tell(application, "hired", NOON + timedelta(minutes=minute), name="hired")
    assert [it.occurred_at for it in told(application)] == [NOON + timedelta(minutes=1)]


def test_what_is_on_its_way_is_not_changed_any_more(application: Application) -> None:
    tell(application, "hired", name="hired")
    with tenant_scope(application.tenant_id):
        Conversion.objects.update(attempts=1)
    tell(application, "hired", NOON - timedelta(minutes=1), name="hired")
    assert [it.occurred_at for it in told(application)] == [NOON]


@pytest.mark.django_db(transaction=True)
def test_many_happenings_at_once_are_numbered_without_gaps(application: Application) -> None:
    keys = [f"stage:{number // 2}" for number in range(8)]
    at_once(8, lambda: tell(application, keys.pop(), name="interview"))
    assert [it.sequence for it in told(application)] == [1, 2, 3, 4]


def test_another_tenants_mapping_says_nothing(application: Application) -> None:
    StageMappingFactory.create(stage_external_id="s-1", conversion="offer")
    tell(application, stage_external_id="s-1")
    assert told(application)[0].status == "held"


def test_what_was_held_goes_out_or_away_once_it_is_mapped(application: Application) -> None:
    tell(application, "a", stage_external_id="s-1")
    tell(application, "b", stage_external_id="s-2")
    tell(application, "c", stage_external_id="s-3")
    StageMappingFactory.create(tenant=application.tenant, stage_external_id="s-1", conversion="offer")
    StageMappingFactory.create(tenant=application.tenant, stage_external_id="s-2", conversion="")
    conversions.release_decided(application.tenant_id)
    assert [(it.key, it.name, it.status) for it in told(application)] == [
        ("a", "offer", "ready"),
        ("c", "", "held"),
    ]


def test_releasing_leaves_other_tenants_alone(application: Application) -> None:
    StageMappingFactory.create(tenant=application.tenant, stage_external_id="s-1", conversion="offer")
    other = ConversionFactory.create(status="held", name="", raw_stage_id="s-1", next_attempt_at=None)
    conversions.release_decided(application.tenant_id)
    with tenant_scope(other.tenant_id):
        assert Conversion.objects.get().status == "held"
