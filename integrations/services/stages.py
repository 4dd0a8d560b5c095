"""Pipelines, their stages, and what each stage means to Appcast."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from tenants import audit
from tenants.models import User
from tenants.scoping import tenant_scope

from ..appcast.conversions import ConversionName
from ..appcast.suggestions import suggest
from ..errors import ConfigurationError
from ..models import Connection, Pipeline, Stage, StageMapping
from ..types import Capability, StageRecord
from . import conversions, grants
from .stage_tables import LONGEST_NAME, TableRow

ALL_STAGES = "All stages"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One stage as the customer is asked to confirm it; `conversion` is decided, or proposed by its name."""

    external_id: str
    name: str
    conversion: str
    is_decided: bool


def keep_discovered(tenant_id: int, records: Sequence[StageRecord]) -> None:
    """All stages of the account: new ones are added, names followed, and what is not there any more is marked.

    Nothing is removed, and nothing is confirmed by itself. An account without any stage is none that was read.
    """
    with tenant_scope(tenant_id):
        now = timezone.now()
        known = set(Stage.objects.values_list("external_id", flat=True))
        for position, record in enumerate(records):
            name = record.name[:LONGEST_NAME]
            if record.external_id in known:
                Stage.objects.filter(external_id=record.external_id).update(
                    name=name, known_at=now, missing_at=None
                )
            else:
                pipeline = _pipeline(tenant_id, record.pipeline.capitalize() or ALL_STAGES)
                Stage.objects.create(
                    tenant_id=tenant_id,
                    pipeline=pipeline,
                    external_id=record.external_id,
                    name=name,
                    position=position,
                    origin=Stage.Origin.DISCOVERED,
                    known_at=now,
                )
        if records:
            found = [record.external_id for record in records]
            Stage.objects.filter(missing_at=None).exclude(external_id__in=found).update(
                known_at=None, missing_at=now
            )


def keep_table(tenant_id: int, rows: Iterable[TableRow], origin: Stage.Origin, by: User) -> None:
    """Typed or pasted stages, as the preview showed them."""
    with tenant_scope(tenant_id):
        for position, row in enumerate(rows):
            Stage.objects.update_or_create(
                tenant_id=tenant_id,
                pipeline=_pipeline(tenant_id, row.workflow or ALL_STAGES),
                external_id=row.external_id,
                defaults={"name": row.name, "position": position, "origin": origin},
            )
        audit.record("stages.recorded", "stages", tenant_id=tenant_id, actor=by, origin=origin)


def suggestions(pipeline: Pipeline) -> list[Suggestion]:
    """In the tenant's scope."""
    return all_suggestions([pipeline])[0]


def all_suggestions(pipelines: Iterable[Pipeline]) -> list[list[Suggestion]]:
    """Of each. In the tenant's scope."""
    decided = dict(StageMapping.objects.values_list("stage_external_id", "conversion"))
    return [[_suggestion(stage, decided) for stage in it.stages.all()] for it in pipelines]


def _suggestion(stage: Stage, decided: Mapping[str, str]) -> Suggestion:
    conversion = decided.get(stage.external_id, suggest(stage.name) or "")
    return Suggestion(stage.external_id, stage.name, conversion, stage.external_id in decided)


def confirm(pipeline: Pipeline, decisions: Mapping[str, str], by: User) -> None:
    """`decisions` maps stage ids to a conversion's name, or to "" for not reported."""
    with tenant_scope(pipeline.tenant_id):
        called = dict(pipeline.stages.values_list("external_id", "name"))
        names = {*ConversionName, ""} - {ConversionName.APPLY_COMPLETE}
        for external_id, conversion in decisions.items():
            if external_id not in called or conversion not in names:
                raise ConfigurationError(
                    "stages.bad_mapping",
                    "This stage or this event is not one of those on the page. Please load the page again.",
                )
            decide(pipeline.tenant_id, external_id, called[external_id], conversion, by)
        _confirmed(pipeline, by)
        audit.record("stages.confirmed", pipeline, tenant_id=pipeline.tenant_id, actor=by)


def _confirmed(pipeline: Pipeline, by: User) -> None:
    pipeline.confirmed_at, pipeline.confirmed_by = timezone.now(), by
    pipeline.save(update_fields=["confirmed_at", "confirmed_by"])
    conversions.release_decided(pipeline.tenant_id)


def decide(tenant_id: int, external_id: str, name: str, conversion: str, by: User) -> None:
    """In the tenant's scope: what a stage of that name means from now on."""
    StageMapping.objects.update_or_create(
        tenant_id=tenant_id,
        stage_external_id=external_id,
        defaults={
            "stage_name": name,
            "conversion": conversion,
            "decided_by": by,
            "decided_at": timezone.now(),
        },
    )


def set_aside(pipeline: Pipeline, by: User) -> bool:
    """A workflow that does not belong here; whether it is removed.

    One that stands in the account would come back with the next reading: so nothing of it is reported, but for what
    other workflows share. Where it was recorded by mistake, decisions about its stages stay.
    """
    with tenant_scope(pipeline.tenant_id):
        own = Stage.objects.filter(external_id__in=_in_this_alone(pipeline, Stage.objects.all()))
        is_removed = not own.exclude(known_at=None).exists()
        if is_removed:
            audit.record(
                "stages.removed", pipeline, tenant_id=pipeline.tenant_id, actor=by, name=pipeline.name
            )
            pipeline.delete()
        else:
            _report_nothing(pipeline, own, by)
    return is_removed


def coming_back(pipelines: Iterable[Pipeline]) -> set[int]:
    """Those that the next reading would bring back, were they removed; of pipelines read with their stages."""
    rows = [stage for pipeline in pipelines for stage in pipeline.stages.all()]
    return {
        it.pk
        for it in pipelines
        if any(stage.known_at for stage in it.stages.all() if stage.external_id in _in_this_alone(it, rows))
    }


def _in_this_alone(pipeline: Pipeline, rows: Iterable[Stage]) -> set[str]:
    standing = Counter(stage.external_id for stage in rows)
    return {it.external_id for it in pipeline.stages.all() if standing[it.external_id] == 1}


def _report_nothing(pipeline: Pipeline, own: Iterable[Stage], by: User) -> None:
    """Before the first workflow is confirmed it is confirmed with the others."""
    for stage in own:
        decide(pipeline.tenant_id, stage.external_id, stage.name, "", by)
    if Pipeline.objects.exclude(confirmed_at=None).exists():
        _confirmed(pipeline, by)
    audit.record("stages.set_aside", pipeline, tenant_id=pipeline.tenant_id, actor=by, name=pipeline.name)


def unknown_ids(connection: Connection) -> list[str] | None:
    """Recorded ids that the account does not have; None when the grant does not let us ask.

    Raises IntegrationError.
    """
    if Capability.READ_STAGES not in grants.capabilities(connection):
        return None
    found = grants.call(connection.tenant_id, lambda client: client.stages())
    keep_discovered(connection.tenant_id, found)
    with tenant_scope(connection.tenant_id):
        missing = Stage.objects.exclude(missing_at=None)
        return sorted(set(missing.values_list("external_id", flat=True)))


def _pipeline(tenant_id: int, name: str) -> Pipeline:
    return Pipeline.objects.get_or_create(
        tenant_id=tenant_id, name=name[:120], defaults={"position": Pipeline.objects.count()}
    )[0]
