"""Workflows, stages and archive reasons of an account."""

from dataclasses import dataclass, field, replace
from typing import Literal


@dataclass(frozen=True)
class Stage:
    id: str
    text: str
    # Lever's own grouping, seen only in /disposition_stages: lead, applicant, screen, onsite or offer.
    pipeline: str
    rank: float
    has_interview: bool = False


@dataclass(frozen=True)
class Workflow:
    name: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class ArchiveReason:
    id: str
    text: str
    type: Literal["hired", "non-hired"] = "non-hired"
    status: Literal["active", "inactive"] = "active"


@dataclass(frozen=True)
class Pipeline:
    workflows: tuple[Workflow, ...] = ()
    archive_reasons: tuple[ArchiveReason, ...] = field(default=())

    @property
    def stages(self) -> list[Stage]:
        """Every stage of the account once, in Lever's order; workflows may share some."""
        unique = {stage.id: stage for workflow in self.workflows for stage in workflow.stages}
        return sorted(unique.values(), key=lambda stage: stage.rank)

    def stage(self, id_or_text: str) -> Stage | None:
        wanted = id_or_text.strip().lower()
        return next((stage for stage in self.stages if wanted in (stage.id, stage.text.lower())), None)

    def archive_reason(self, id_or_text: str) -> ArchiveReason | None:
        wanted = id_or_text.strip().lower()
        return next(
            (reason for reason in self.archive_reasons if wanted in (reason.id, reason.text.lower())), None
        )

    def without(self, removed: Stage) -> "Pipeline":
        workflows = (
            replace(it, stages=tuple(stage for stage in it.stages if stage.id != removed.id))
            for it in self.workflows
        )
        return replace(self, workflows=tuple(workflows))

    @property
    def hired_reason(self) -> ArchiveReason:
        return next(reason for reason in self.archive_reasons if reason.type == "hired")
