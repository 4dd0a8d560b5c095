"""Stages and archive reasons. Which workflow a stage belongs to is nowhere in the API."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.api.access import account
from sandbox.api.errors import not_found
from sandbox.api.lists import Json, page, single
from sandbox.api.routes import Routes
from sandbox.world.pipeline import ArchiveReason, Stage

routes = Routes()


@routes.add("GET", "/stages", "stages:read:admin")
def stages() -> ResponseReturnValue:
    return page(
        account().pipeline.stages, lambda stage: (stage.rank, stage.id), stage_wire, newest_first=False
    )


@routes.add("GET", "/stages/<stage_id>", "stages:read:admin")
def stage(stage_id: str) -> ResponseReturnValue:
    found = next((it for it in account().pipeline.stages if it.id == stage_id), None)
    if found is None:
        raise not_found(f"stages {stage_id} was not found")
    return single(stage_wire(found))


@routes.add("GET", "/disposition_stages", "stages:read:admin")
def disposition_stages() -> ResponseReturnValue:
    pipeline = account().pipeline
    stages = [
        stage_wire(it) | {"pipeline": it.pipeline, "rank": it.rank, "hasInterview": it.has_interview}
        for it in pipeline.stages
    ]
    # Recorded: null here for what /archive_reasons calls non-hired.
    reasons = [
        {"id": it.id, "text": it.text, "type": "hired" if it.type == "hired" else None, "status": it.status}
        for it in pipeline.archive_reasons
    ]
    return jsonify(data={"stages": stages, "archiveReasons": reasons})


@routes.add("GET", "/archive_reasons", "archive_reasons:read:admin")
def archive_reasons() -> ResponseReturnValue:
    """Lever's own example shows an object for `data` with type=hired; lists are what the rest of it shows."""
    wanted = request.args.get("type")
    found = [reason for reason in account().pipeline.archive_reasons if wanted in (None, reason.type)]
    return jsonify(data=[reason_wire(reason) for reason in found], hasNext=False)


def stage_wire(stage: Stage) -> Json:
    return {"id": stage.id, "text": stage.text}


def reason_wire(reason: ArchiveReason) -> Json:
    return {"id": reason.id, "text": reason.text, "status": reason.status, "type": reason.type}
