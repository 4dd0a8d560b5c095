"""An account made of recorded Lever answers: a folder with some or all of the files named below."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.seed.forms import form_of
from sandbox.seed.pipelines import pipeline_of
from sandbox.seed.postings import FIRST_DAY_MS
from sandbox.world.account import Account, User
from sandbox.world.ids import stable_id
from sandbox.world.pipeline import ArchiveReason, Pipeline, Stage, Workflow
from sandbox.world.posting import Form, Posting

STAGES = "v1.stages.json"
DISPOSITION_STAGES = "v1.disposition_stages.json"
FORM = "v1.postings.apply.json"


def recorded_account(folder: Path, users_of: Callable[[str], list[User]]) -> Account:
    recorded = recorded_postings(folder)
    site = recorded[0]["hostedUrl"].split("/")[3]
    users = users_of(site)
    form = read(folder / FORM)["data"] if (folder / FORM).exists() else None
    postings = [posting_of(site, index, item, form, users) for index, item in enumerate(recorded)]
    return Account(
        key=site,
        name=site.replace("-", " ").title(),
        id=stable_id(site, "account"),
        users=users,
        pipeline=recorded_pipeline(folder),
        postings={posting.id: posting for posting in postings},
        is_feed_on=True,
    )


def recorded_postings(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("postings.*.json"))
    if not files:
        raise SystemExit(f"{folder} holds no postings.<site>.json, the recorded answer of the job feed.")
    postings = read(files[0])
    if not postings or "hostedUrl" not in postings[0]:
        raise SystemExit(f"{files[0]} must be a non-empty list of postings, each with a hostedUrl.")
    return list(postings)


def read(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise SystemExit(f"{path} is not JSON: {error}.") from None


def posting_of(
    site: str, index: int, recorded: dict[str, Any], form: Form | None, users: list[User]
) -> Posting:
    categories = recorded.get("categories", {})
    place = categories.get("location") or ""
    locations = categories.get("allLocations") or ([place] if place else [])
    # Lever sends it, but does not promise it.
    created_at = recorded.get("createdAt") or FIRST_DAY_MS
    return Posting(
        id=recorded["id"],
        site=site,
        text=recorded["text"],
        state="published",
        created_at=created_at,
        updated_at=created_at,
        location=place,
        all_locations=locations,
        opening=recorded.get("opening", ""),
        body=recorded.get("descriptionBody", ""),
        additional=recorded.get("additional", ""),
        lists=recorded.get("lists", []),
        form=wire_form(form) if form else form_of(recorded["id"], index, frozenset(), locations),
        team=categories.get("team"),
        department=categories.get("department"),
        commitment=categories.get("commitment"),
        country=recorded.get("country"),
        workplace_type=recorded.get("workplaceType", "unspecified"),
        salary_range=recorded.get("salaryRange"),
        salary_description=recorded.get("salaryDescription"),
        owner=users[0].id,
    )


def wire_form(recorded: dict[str, Any]) -> Form:
    """Every posting gets the one form that was recorded, as its own copy."""
    return {
        key: value for key, value in json.loads(json.dumps(recorded)).items() if key not in ("id", "text")
    }


def recorded_pipeline(folder: Path) -> Pipeline:
    """/disposition_stages knows pipelines, ranks and archive reasons; /stages only ids and names."""
    if (folder / DISPOSITION_STAGES).exists():
        data = read(folder / DISPOSITION_STAGES)["data"]
        stages = tuple(
            Stage(it["id"], it["text"], it["pipeline"], it["rank"], it["hasInterview"])
            for it in data["stages"]
        )
        return Pipeline((Workflow("Default workflow", stages),), archive_reasons(data["archiveReasons"]))
    if not (folder / STAGES).exists():
        return pipeline_of(folder.name)
    stages = tuple(
        Stage(it["id"], it["text"], "applicant", rank)
        for rank, it in enumerate(read(folder / STAGES)["data"], 1)
    )
    return Pipeline((Workflow("Default workflow", stages),), archive_reasons([]))


def archive_reasons(recorded: list[dict[str, Any]]) -> tuple[ArchiveReason, ...]:
    # The recording says null where the API's documentation says "non-hired".
    reasons = tuple(
        ArchiveReason(it["id"], it["text"], it["type"] or "non-hired", it["status"]) for it in recorded
    )
    if any(reason.type == "hired" for reason in reasons):
        return reasons
    return (ArchiveReason(stable_id("recorded", "hired"), "Hired", "hired"), *reasons)
