"""What changed in Lever since a customer confirmed: told by workflow, proposed, and applied by one press."""

from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from integrations.models import Conversion, Pipeline, Stage, StageMapping
from integrations.services import stage_drift, stages
from integrations.services.stage_drift import Drift
from integrations.types import StageRecord
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import ApplicationFactory, ConversionFactory, PostingFactory, StageMappingFactory

pytestmark = pytest.mark.django_db
PHONE = StageRecord("s-1", "Phone screen", "screen", 1)
LUNCH = StageRecord("s-2", "Team lunch", "screen", 2)
OFFER = StageRecord("s-3", "Offer", "offer", 3)


@pytest.fixture
def confirmed(northwind: Tenant, alice: User) -> Tenant:
    stages.keep_discovered(northwind.pk, [PHONE, LUNCH, OFFER])
    with tenant_scope(northwind.pk):
        pipelines = list(Pipeline.objects.prefetch_related("stages"))
    for pipeline in pipelines:
        meant = {
            it.external_id: "offer" if it.name == "Offer" else "interview" for it in pipeline.stages.all()
        }
        stages.confirm(pipeline, meant, alice)
    return northwind


def drifts(tenant: Tenant) -> dict[str, Drift]:
    with tenant_scope(tenant.pk):
        found = stage_drift.drifts(list(Pipeline.objects.prefetch_related("stages")))
    return {it.workflow: it for it in found}


def told(drift: Drift) -> tuple[list[str], list[str], list[str]]:
    """New ones, renamed ones, gone ones."""
    return (
        [f"{it.name}: {it.conversion}" for it in drift.new],
        [f"{it.old_name} > {it.name}: {it.conversion}" for it in drift.renamed],
        [it.name for it in drift.gone],
    )


def remap(tenant: Tenant, by: User, workflow: str = "Screen", seen: str = "") -> bool:
    with tenant_scope(tenant.pk):
        pipeline = Pipeline.objects.get(name=workflow)
    return stage_drift.remap(pipeline, seen or drifts(tenant)[workflow].seen, by)


def mappings(tenant: Tenant) -> dict[str, str]:
    with tenant_scope(tenant.pk):
        return dict(StageMapping.objects.values_list("stage_external_id", "conversion"))


def test_what_is_as_it_was_confirmed_has_not_drifted(confirmed: Tenant) -> None:
    stages.keep_discovered(confirmed.pk, [PHONE, LUNCH, OFFER])
    assert drifts(confirmed) == {}


def test_before_a_workflow_is_confirmed_nothing_has_drifted(northwind: Tenant) -> None:
    stages.keep_discovered(northwind.pk, [PHONE])
    assert drifts(northwind) == {}


def test_each_change_is_told_of_its_workflow(confirmed: Tenant) -> None:
    case_study = StageRecord("s-9", "Case study", "screen", 2)
    stages.keep_discovered(confirmed.pk, [StageRecord("s-1", "First call", "screen", 1), case_study, OFFER])
    assert told(drifts(confirmed)["Screen"]) == (
        ["Case study: assessment"],
        ["Phone screen > First call: interview"],
        ["Team lunch"],
    )
    assert drifts(confirmed).keys() == {"Screen"}


def test_a_new_workflow_is_told_too(confirmed: Tenant) -> None:
    stages.keep_discovered(confirmed.pk, [PHONE, LUNCH, OFFER, StageRecord("d-1", "Trial", "drivers")])
    assert told(drifts(confirmed)["Drivers"]) == (["Trial: assessment"], [], [])


def test_capitals_and_blanks_are_no_other_name(confirmed: Tenant) -> None:
    stages.keep_discovered(confirmed.pk, [StageRecord("s-1", "PHONE  screen", "screen"), LUNCH, OFFER])
    assert drifts(confirmed) == {}


def test_a_decision_whose_name_nobody_kept_is_no_other_name(confirmed: Tenant) -> None:
    with tenant_scope(confirmed.pk):
        StageMapping.objects.update(stage_name="")
    assert drifts(confirmed) == {}


def test_one_press_applies_what_is_proposed_and_nothing_else(confirmed: Tenant, bob: User) -> None:
    case_study = StageRecord("s-9", "Case study", "screen", 2)
    stages.keep_discovered(confirmed.pk, [StageRecord("s-1", "First call", "screen", 1), case_study, OFFER])
    assert remap(confirmed, bob)
    assert mappings(confirmed) == {"s-1": "interview", "s-9": "assessment", "s-3": "offer"}
    assert drifts(confirmed) == {}
    with tenant_scope(confirmed.pk):
        assert not Stage.objects.filter(external_id="s-2").exists()
        assert StageMapping.objects.get(stage_external_id="s-9").decided_by == bob
        assert Pipeline.objects.get(name="Screen").confirmed_by == bob
        detail = AuditEvent.objects.get(action="stages.remapped", actor=bob).detail
    assert detail == {"new": ["s-9"], "renamed": ["s-1"], "gone": ["s-2"]}


def test_what_changed_once_more_is_not_applied_unseen(confirmed: Tenant, alice: User) -> None:
    stages.keep_discovered(confirmed.pk, [PHONE, LUNCH, OFFER, StageRecord("s-9", "Case study", "screen")])
    seen = drifts(confirmed)["Screen"].seen
    stages.keep_discovered(confirmed.pk, [PHONE, LUNCH, OFFER, StageRecord("s-9", "Rejected", "screen")])
    assert not remap(confirmed, alice, seen=seen)
    assert "s-9" not in mappings(confirmed)
    assert remap(confirmed, alice)
    assert not remap(confirmed, alice, seen=seen)
    assert mappings(confirmed)["s-9"] == "rejected"


def test_one_press_is_for_one_workflow(confirmed: Tenant, alice: User) -> None:
    new = [StageRecord("s-9", "Case study", "screen"), StageRecord("d-1", "Trial", "drivers")]
    stages.keep_discovered(confirmed.pk, [PHONE, LUNCH, OFFER, *new])
    assert remap(confirmed, alice)
    assert drifts(confirmed).keys() == {"Drivers"}


def test_a_workflow_that_is_gone_goes_with_its_stages(confirmed: Tenant, alice: User) -> None:
    stages.keep_discovered(confirmed.pk, [PHONE, LUNCH])
    assert remap(confirmed, alice, "Offer")
    with tenant_scope(confirmed.pk):
        assert [it.name for it in Pipeline.objects.all()] == ["Screen"]


def test_what_waited_goes_out_or_away(confirmed: Tenant, alice: User) -> None:
    """A stage that was added and removed before anybody decided on it leaves nothing that waits for ever."""
    stages.keep_discovered(confirmed.pk, [PHONE, LUNCH, OFFER, StageRecord("s-8", "Odd", "screen")])
    stages.keep_discovered(confirmed.pk, [PHONE, LUNCH, OFFER, StageRecord("s-9", "Case study", "screen")])
    held = {"status": "held", "name": "", "next_attempt_at": None}
    for stage_id in ("s-8", "s-9"):
        ConversionFactory.create(tenant=confirmed, raw_stage_id=stage_id, **held)
    assert remap(confirmed, alice)
    with tenant_scope(confirmed.pk):
        left = [(it.raw_stage_id, it.status, it.name) for it in Conversion.objects.all()]
    assert left == [("s-9", "ready", "assessment")]


def test_jobs_whose_candidates_stand_in_a_workflow_are_counted(confirmed: Tenant) -> None:
    """Open ones, once each; a test is no candidate."""
    stages.keep_discovered(confirmed.pk, [PHONE, OFFER])
    job = PostingFactory.create(tenant=confirmed)
    closed = PostingFactory.create(tenant=confirmed, closed_at=timezone.now())
    for posting, stage_id in ((job, "s-1"), (job, "s-2"), (closed, "s-1")):
        ApplicationFactory.create(tenant=confirmed, posting=posting, stage_external_id=stage_id)
    ApplicationFactory.create(tenant=confirmed, stage_external_id="s-3")
    ApplicationFactory.create(tenant=confirmed, stage_external_id="s-1", is_test=True)
    assert drifts(confirmed)["Screen"].live_jobs == 1


def test_of_another_tenant_nothing_is_told_and_nothing_changed(
    confirmed: Tenant, southgate: Tenant, alice: User
) -> None:
    stages.keep_discovered(southgate.pk, [PHONE, LUNCH, OFFER])
    stages.keep_discovered(confirmed.pk, [PHONE, OFFER])
    assert drifts(southgate) == {}
    assert remap(confirmed, alice)
    with tenant_scope(southgate.pk):
        assert Stage.objects.count() == 3


def test_decisions_of_old_take_the_names_that_stand_there_now(confirmed: Tenant, southgate: Tenant) -> None:
    StageMappingFactory.create(tenant=southgate, stage_external_id="s-1")
    with tenant_scope(confirmed.pk):
        StageMapping.objects.update(stage_name="")
    with connection.cursor() as cursor:
        cursor.execute(import_module("integrations.migrations.0003_stage_drift").KEEP_NAMES)
    with across_tenants("a test looks"):
        names = {(it.tenant_id, it.stage_external_id): it.stage_name for it in StageMapping.objects.all()}
    assert names == {
        (confirmed.pk, "s-1"): "Phone screen",
        (confirmed.pk, "s-2"): "Team lunch",
        (confirmed.pk, "s-3"): "Offer",
        (southgate.pk, "s-1"): "",
    }
