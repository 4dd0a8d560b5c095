"""Two workflows that share some stages. Lever's own stages have words for ids, a customer's have UUIDs."""

from sandbox.world.ids import stable_id
from sandbox.world.pipeline import ArchiveReason, Pipeline, Stage, Workflow

LEADS = (
    Stage("lead-new", "New lead", "lead", 1),
    Stage("lead-reached-out", "Reached out", "lead", 3),
    Stage("lead-responded", "Responded", "lead", 5),
)
NEW_APPLICANT = Stage("applicant-new", "New applicant", "applicant", 101)
OFFER = Stage("offer", "Offer", "offer", 261)

# text, pipeline, rank
DEFAULT_STAGES = (
    ("Recruiter screen", "screen", 201),
    ("HM screen", "onsite", 230.5),
    ("On-site interview", "onsite", 231),
    ("Reference check", "onsite", 231.5),
)
HOURLY_STAGES = (
    ("Phone screen", "screen", 202),
    ("Store interview", "onsite", 232),
    ("Paid trial shift", "onsite", 233),
)
AFTER_OFFER = (("Background check", "offer", 265.5),)

ARCHIVE_REASONS = (
    "Underqualified",
    "Withdrew",
    "Offer declined",
    "No response",
    "Position filled",
    "Position closed",
    "Better for another role",
    "Compensation",
)


def pipeline_of(site: str) -> Pipeline:
    after_offer = own_stages(site, AFTER_OFFER)
    default = (*LEADS, NEW_APPLICANT, *own_stages(site, DEFAULT_STAGES), OFFER, *after_offer)
    hourly = (NEW_APPLICANT, *own_stages(site, HOURLY_STAGES), OFFER, *after_offer)
    workflows = (Workflow("Default workflow", default), Workflow("Hourly hiring", hourly))
    return Pipeline(workflows, archive_reasons_of(site))


def own_stages(site: str, stages: tuple[tuple[str, str, float], ...]) -> tuple[Stage, ...]:
    return tuple(
        Stage(
            stable_id(site, "stage", text),
            text,
            pipeline,
            rank,
            has_interview=pipeline in ("screen", "onsite"),
        )
        for text, pipeline, rank in stages
    )


def archive_reasons_of(site: str) -> tuple[ArchiveReason, ...]:
    hired = ArchiveReason(stable_id(site, "reason", "Hired"), "Hired", "hired")
    retired_id = stable_id(site, "reason", "No response (old)")
    retired = ArchiveReason(retired_id, "No response (old)", status="inactive")
    others = (ArchiveReason(stable_id(site, "reason", text), text) for text in ARCHIVE_REASONS)
    return (hired, *others, retired)
