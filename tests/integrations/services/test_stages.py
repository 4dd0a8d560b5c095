"""Stages and what they mean: discovered, recorded, proposed, confirmed by a person and by nobody else."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.errors import ConfigurationError
from integrations.models import Conversion, Pipeline, Stage, StageMapping
from integrations.services import stage_drift, stages
from integrations.services.stage_tables import TableRow
from integrations.types import StageRecord
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope
from tests.factories import FEW_SCOPES, ConversionFactory, PipelineFactory, StageFactory

from .customer import Customer

pytestmark = pytest.mark.django_db
RECORDS = [
    StageRecord("applicant-new", "New applicant", "applicant", 1),
    StageRecord("s-1", "Phone screen", "screen", 2),
    StageRecord("s-2", "Zephyr", "screen", 3),
]


def pipelines(tenant: Tenant) -> dict[str, list[str]]:
    with tenant_scope(tenant.pk):
        return {it.name: [stage.name for stage in it.stages.all()] for it in Pipeline.objects.all()}


def pipeline(tenant: Tenant, name: str = "Screen") -> Pipeline:
    with tenant_scope(tenant.pk):
        return Pipeline.objects.get(name=name)


def mappings(tenant: Tenant) -> dict[str, str]:
    with tenant_scope(tenant.pk):
        return dict(StageMapping.objects.values_list("stage_external_id", "conversion"))


def test_discovered_stages_are_kept_in_their_pipelines_and_confirmed_by_nobody(northwind: Tenant) -> None:
    stages.keep_discovered(northwind.pk, RECORDS)
    assert pipelines(northwind) == {"Applicant": ["New applicant"], "Screen": ["Phone screen", "Zephyr"]}
    assert pipeline(northwind).confirmed_at is None
    assert mappings(northwind) == {}


def test_stages_without_a_pipeline_share_one(northwind: Tenant) -> None:
    stages.keep_discovered(northwind.pk, [StageRecord("s-1", "Phone screen")])
    assert pipelines(northwind) == {"All stages": ["Phone screen"]}


def test_a_second_discovery_follows_names_and_removes_nothing(northwind: Tenant) -> None:
    stages.keep_discovered(northwind.pk, RECORDS)
    stages.keep_discovered(northwind.pk, [StageRecord("s-1", "First call", "other")])
    assert pipelines(northwind) == {"Applicant": ["New applicant"], "Screen": ["First call", "Zephyr"]}


def test_a_name_that_is_too_long_is_cut(northwind: Tenant) -> None:
    stages.keep_discovered(northwind.pk, [StageRecord("s-1", "Phone " * 100, "p" * 300)])
    ((name, (stage,)),) = pipelines(northwind).items()
    assert (len(name), len(stage)) == (120, 200)


def test_discovery_does_not_repeat_what_was_typed_and_notes_that_it_is_known(
    northwind: Tenant, alice: User
) -> None:
    rows = [TableRow("Drivers", "Phone", "s-1"), TableRow("Drivers", "Made up", "s-9")]
    stages.keep_table(northwind.pk, rows, Stage.Origin.PASTED, alice)
    stages.keep_discovered(northwind.pk, RECORDS)
    with tenant_scope(northwind.pk):
        known = dict(Stage.objects.values_list("external_id", "known_at"))
    assert (bool(known["s-1"]), known["s-9"]) == (True, None)
    assert pipelines(northwind)["Drivers"] == ["Phone screen", "Made up"]


def test_a_table_is_kept_by_workflow_in_its_order_and_once(northwind: Tenant, alice: User) -> None:
    rows = [
        TableRow("", "Phone", "s-1"),
        TableRow("Drivers", "Trial", "s-2"),
        TableRow("Drivers", "Phone", "s-1"),
    ]
    for _ in range(2):
        stages.keep_table(northwind.pk, rows, Stage.Origin.PASTED, alice)
    assert pipelines(northwind) == {"All stages": ["Phone"], "Drivers": ["Trial", "Phone"]}
    with tenant_scope(northwind.pk):
        assert AuditEvent.objects.filter(action="stages.recorded", actor=alice).count() == 2


def test_what_a_stage_means_is_proposed_by_its_name_until_it_is_decided(
    northwind: Tenant, alice: User
) -> None:
    stages.keep_discovered(northwind.pk, RECORDS)
    with tenant_scope(northwind.pk):
        proposed = stages.suggestions(pipeline(northwind))
    assert [(it.name, it.conversion, it.is_decided) for it in proposed] == [
        ("Phone screen", "interview", False),
        ("Zephyr", "", False),
    ]
    stages.confirm(pipeline(northwind), {"s-1": "", "s-2": "offer"}, alice)
    with tenant_scope(northwind.pk):
        decided = stages.suggestions(pipeline(northwind))
    assert [(it.conversion, it.is_decided) for it in decided] == [("", True), ("offer", True)]


def test_a_person_confirms_what_each_stage_means(northwind: Tenant, alice: User) -> None:
    stages.keep_discovered(northwind.pk, RECORDS)
    stages.confirm(pipeline(northwind), {"s-1": "interview", "s-2": ""}, alice)
    confirmed = pipeline(northwind)
    assert (confirmed.confirmed_by, bool(confirmed.confirmed_at)) == (alice, True)
    assert mappings(northwind) == {"s-1": "interview", "s-2": ""}


@pytest.mark.parametrize(
    "decisions",
    [
        {"s-1": "promoted"},
        {"s-1": "apply_complete"},
        {"applicant-new": "hired"},
        {"s-2": "offer", "x": "offer"},
    ],
)
def test_a_stage_or_an_event_that_is_none_confirms_nothing(
    northwind: Tenant, alice: User, decisions: dict[str, str]
) -> None:
    stages.keep_discovered(northwind.pk, RECORDS)
    with pytest.raises(ConfigurationError, match=r"stages\.bad_mapping"):
        stages.confirm(pipeline(northwind), decisions, alice)
    assert (mappings(northwind), pipeline(northwind).confirmed_at) == ({}, None)


def held(tenant: Tenant, stage_id: str) -> Any:
    return ConversionFactory.create(
        tenant=tenant, status="held", name="", raw_stage_id=stage_id, next_attempt_at=None
    )


def test_confirming_sends_what_was_held_for_it_and_drops_what_is_not_reported(
    northwind: Tenant, alice: User
) -> None:
    stages.keep_discovered(northwind.pk, RECORDS)
    reported, dropped, other = (held(northwind, it) for it in ("s-1", "s-2", "applicant-new"))
    stages.confirm(pipeline(northwind), {"s-1": "interview", "s-2": ""}, alice)
    with tenant_scope(northwind.pk):
        left = {it.pk: (it.status, it.name) for it in Conversion.objects.all()}
        assert Conversion.objects.get(pk=reported.pk).next_attempt_at
    assert left == {reported.pk: ("ready", "interview"), other.pk: ("held", "")}
    assert dropped.pk not in left


def test_a_workflow_recorded_by_mistake_is_removed_and_its_decisions_stay(
    northwind: Tenant, alice: User
) -> None:
    rows = [TableRow("Screen", "Phone screen", "s-1"), TableRow("Screen", "Zephyr", "s-2")]
    stages.keep_table(northwind.pk, rows, Stage.Origin.PASTED, alice)
    stages.confirm(pipeline(northwind), {"s-1": "interview", "s-2": ""}, alice)
    assert stages.set_aside(pipeline(northwind), alice)
    assert "Screen" not in pipelines(northwind)
    assert mappings(northwind)["s-1"] == "interview"


def test_ids_that_lever_does_not_know_are_told(customer: Customer) -> None:
    workflow = PipelineFactory.create(tenant=customer.tenant)
    for external_id in ("applicant-new", "made-up"):
        StageFactory.create(tenant=customer.tenant, pipeline=workflow, external_id=external_id)
    assert stages.unknown_ids(customer.connection()) == ["made-up"]
    with tenant_scope(customer.tenant.pk):
        unknown = Stage.objects.filter(known_at=None)
        assert [it.external_id for it in unknown] == ["made-up"]


def test_what_a_reading_does_not_find_is_marked_until_it_is_found_again(northwind: Tenant) -> None:
    def missing() -> list[str]:
        with tenant_scope(northwind.pk):
            gone = Stage.objects.exclude(missing_at=None).filter(known_at=None)
            return [it.external_id for it in gone]

    stages.keep_discovered(northwind.pk, RECORDS)
    assert missing() == []
    stages.keep_discovered(northwind.pk, RECORDS[:2])
    assert missing() == ["s-2"]
    stages.keep_discovered(northwind.pk, [])
    assert missing() == ["s-2"]
    stages.keep_discovered(northwind.pk, RECORDS)
    assert missing() == []


def test_a_decision_keeps_what_its_stage_was_called(northwind: Tenant, alice: User) -> None:
    stages.keep_discovered(northwind.pk, RECORDS)
    stages.confirm(pipeline(northwind), {"s-1": "interview", "s-2": ""}, alice)
    with tenant_scope(northwind.pk):
        names = dict(StageMapping.objects.values_list("stage_external_id", "stage_name"))
    assert names == {"s-1": "Phone screen", "s-2": "Zephyr"}


def test_without_the_permission_nobody_can_tell(settings: Settings, request: pytest.FixtureRequest) -> None:
    settings.LEVER_SCOPES = FEW_SCOPES
    customer: Customer = request.getfixturevalue("customer")
    assert stages.unknown_ids(customer.connection()) is None


def test_stages_of_another_tenant_stay_as_they_are(northwind: Tenant, southgate: Tenant) -> None:
    stages.keep_discovered(southgate.pk, RECORDS)
    stages.keep_discovered(northwind.pk, [StageRecord("s-1", "First call", "screen")])
    assert pipelines(southgate)["Screen"] == ["Phone screen", "Zephyr"]


def test_what_stands_in_the_account_is_not_removed_and_nothing_of_it_is_reported(
    northwind: Tenant, alice: User
) -> None:
    stages.keep_discovered(northwind.pk, RECORDS)
    stages.confirm(pipeline(northwind, "Applicant"), {"applicant-new": "application_received"}, alice)
    ConversionFactory.create(tenant=northwind, status="held", name="", raw_stage_id="s-1")
    assert not stages.set_aside(pipeline(northwind), alice)
    stages.keep_discovered(northwind.pk, RECORDS)
    assert mappings(northwind) == {"applicant-new": "application_received", "s-1": "", "s-2": ""}
    assert pipeline(northwind).confirmed_by == alice
    with tenant_scope(northwind.pk):
        assert stage_drift.drifts(list(Pipeline.objects.all())) == ()
        assert not Conversion.objects.filter(status="held").exists()
        assert AuditEvent.objects.filter(action="stages.set_aside").exists()


def test_before_the_first_workflow_is_confirmed_one_that_is_set_aside_waits_with_the_others(
    northwind: Tenant, alice: User
) -> None:
    stages.keep_discovered(northwind.pk, RECORDS)
    stages.set_aside(pipeline(northwind), alice)
    assert mappings(northwind) == {"s-1": "", "s-2": ""}
    assert pipeline(northwind).confirmed_at is None


def test_what_another_workflow_shares_keeps_its_meaning_and_may_go(northwind: Tenant, alice: User) -> None:
    stages.keep_discovered(northwind.pk, RECORDS[:2])
    other = PipelineFactory.create(tenant=northwind, name="By hand")
    StageFactory.create(tenant=northwind, pipeline=other, external_id="s-1", known_at=timezone.now())
    with tenant_scope(northwind.pk):
        listed = list(Pipeline.objects.prefetch_related("stages"))
        assert stages.coming_back(listed) == {pipeline(northwind, "Applicant").pk}
    assert stages.set_aside(pipeline(northwind, "By hand"), alice)
    assert pipelines(northwind) == {"Applicant": ["New applicant"], "Screen": ["Phone screen"]}
