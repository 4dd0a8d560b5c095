"""What is other in Lever than it was when a customer confirmed their stages, and what we propose to do about it.

Told from the rows alone: a stage without a decision is new, one that a reading did not find is gone, one that was
called otherwise when it was decided on is renamed. Nothing is applied until a person says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.utils import timezone

from tenants import audit
from tenants.models import User
from tenants.scoping import tenant_scope

from ..appcast.suggestions import suggest
from ..models import Application, Conversion, Pipeline, Stage, StageMapping
from . import conversions, stages


@dataclass(frozen=True, slots=True)
class Change:
    """`conversion` is what the stage would mean from now on; "" for not reported. `old_name` is a renamed one's."""

    external_id: str
    name: str
    conversion: str
    old_name: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """Of one workflow. `live_jobs` is how many open jobs are known to use it: candidates of ours stand in it."""

    pipeline_id: int
    workflow: str
    new: tuple[Change, ...]
    renamed: tuple[Change, ...]
    gone: tuple[Change, ...]
    live_jobs: int

    @property
    def seen(self) -> str:
        """Tells this change set from any other, so that what was shown is what is applied."""
        return sha256(repr((self.new, self.renamed, self.gone)).encode()).hexdigest()[:32]


def drifts(pipelines: Sequence[Pipeline]) -> tuple[Drift, ...]:
    """In the tenant's scope; none before the first workflow is confirmed, for then all is new."""
    if not any(pipeline.confirmed_at for pipeline in pipelines):
        return ()
    decided = {it.stage_external_id: it for it in StageMapping.objects.all()}
    found = (_drift(pipeline, decided) for pipeline in pipelines)
    return tuple(drift for drift in found if drift)


def unrecorded(pipelines: Sequence[Pipeline]) -> tuple[str, ...]:
    """Ids that events named and nobody knows, while reports wait for them; all that tells of drift by hand."""
    if not any(pipeline.confirmed_at for pipeline in pipelines):
        return ()
    recorded = Stage.objects.values("external_id")
    waiting = Conversion.objects.filter(status=Conversion.Status.HELD).exclude(raw_stage_id="")
    unknown = waiting.exclude(raw_stage_id__in=recorded)
    return tuple(unknown.order_by("raw_stage_id").values_list("raw_stage_id", flat=True).distinct())


def remap(pipeline: Pipeline, seen: str, by: User) -> bool:
    """Apply what is proposed, if it is still what the person saw."""
    with tenant_scope(pipeline.tenant_id):
        # One after the other, and not while a reading changes them: the rows of the stages are the lock.
        list(Stage.objects.select_for_update().values_list("pk"))
        drift = next(
            (it for it in drifts(list(Pipeline.objects.all())) if it.pipeline_id == pipeline.pk), None
        )
        if drift is None or drift.seen != seen:
            return False
        for change in (*drift.new, *drift.renamed):
            stages.decide(pipeline.tenant_id, change.external_id, change.name, change.conversion, by)
        _drop(drift.gone)
        Pipeline.objects.filter(pk=pipeline.pk, stages=None).delete()
        Pipeline.objects.filter(pk=pipeline.pk).update(confirmed_at=timezone.now(), confirmed_by=by)
        audit.record(
            "stages.remapped",
            pipeline,
            tenant_id=pipeline.tenant_id,
            actor=by,
            new=_ids(drift.new),
            renamed=_ids(drift.renamed),
            gone=_ids(drift.gone),
        )
        conversions.release_decided(pipeline.tenant_id)
    return True


def _drift(pipeline: Pipeline, decided: Mapping[str, StageMapping]) -> Drift | None:
    rows = list(pipeline.stages.all())
    changes = [_change(it, decided.get(it.external_id)) for it in rows]
    of = {
        kind: tuple(change for said, change in changes if said == kind) for kind in ("new", "renamed", "gone")
    }
    if not any(of.values()):
        return None
    return Drift(pipeline.pk, pipeline.name, live_jobs=_live_jobs([it.external_id for it in rows]), **of)


def _change(stage: Stage, decision: StageMapping | None) -> tuple[str, Change]:
    if decision is None:
        kind = "gone" if stage.missing_at else "new"
        return kind, Change(stage.external_id, stage.name, suggest(stage.name) or "")
    change = Change(stage.external_id, stage.name, decision.conversion, decision.stage_name)
    if stage.missing_at:
        return "gone", change
    return "renamed" if _is_renamed(stage, decision) else "same", change


def _is_renamed(stage: Stage, decision: StageMapping) -> bool:
    """Capitals and blanks make no other name, nor do decisions whose name nobody kept."""
    return bool(decision.stage_name) and _folded(stage.name) != _folded(decision.stage_name)


def _folded(name: str) -> list[str]:
    return name.casefold().split()


def _live_jobs(stage_ids: Sequence[str]) -> int:
    """Lever does not tell which workflow a job uses; where candidates stand does."""
    standing = Application.objects.filter(
        is_test=False, stage_external_id__in=stage_ids, posting__closed_at=None
    )
    return standing.order_by().values("posting").distinct().count()


def _drop(gone: Sequence[Change]) -> None:
    """In every workflow that shared them; what waited for their decision is not reported."""
    ids = _ids(gone)
    Stage.objects.filter(external_id__in=ids).delete()
    StageMapping.objects.filter(stage_external_id__in=ids).delete()
    Conversion.objects.filter(status=Conversion.Status.HELD, raw_stage_id__in=ids).delete()


def _ids(changes: Sequence[Change]) -> list[str]:
    return [it.external_id for it in changes]
