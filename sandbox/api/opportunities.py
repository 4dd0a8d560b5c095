"""GET /opportunities and what can be done to one."""

from collections.abc import Callable

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.api.access import account, require
from sandbox.api.bodies import json_object
from sandbox.api.candidate_wire import opportunity_wire
from sandbox.api.errors import bad_request, not_found
from sandbox.api.lists import expanded, page, single
from sandbox.api.postings import bounds
from sandbox.api.routes import Routes
from sandbox.world import recruiting, world
from sandbox.world.candidates import Opportunity

routes = Routes()
READ, WRITE = "opportunities:read:admin", "opportunities:write:admin"


@routes.add("GET", "/opportunities", READ)
def opportunities() -> ResponseReturnValue:
    require_expanded()
    found = [it for it in list(account().opportunities.values()) if is_asked_for(it)]
    return page(found, lambda it: (it.created_at, it.id), opportunity_wire)


@routes.add("GET", "/opportunities/deleted", READ)
def deleted() -> ResponseReturnValue:
    gone = list(account().deleted_opportunities.items())
    inside = [it for it in gone if bounds("deleted_at_start", "deleted_at_end", it[1])]
    return page(inside, lambda it: (it[1], it[0]), lambda it: {"id": it[0], "deletedAt": it[1]})


@routes.add("GET", "/opportunities/<opportunity_id>", READ)
def opportunity(opportunity_id: str) -> ResponseReturnValue:
    require_expanded()
    return single(opportunity_wire(opportunity_or_404(opportunity_id)))


@routes.add("PUT", "/opportunities/<opportunity_id>/stage", WRITE)
def move(opportunity_id: str) -> ResponseReturnValue:
    opportunity_or_404(opportunity_id)
    return changed(lambda: recruiting.move(world, account(), opportunity_id, str(json_object().get("stage"))))


@routes.add("PUT", "/opportunities/<opportunity_id>/archived", WRITE)
def archive(opportunity_id: str) -> ResponseReturnValue:
    opportunity_or_404(opportunity_id)
    reason = json_object().get("reason")
    if not isinstance(reason, str | None):
        raise bad_request("reason must be the id of an archive reason, or null.")
    return changed(lambda: recruiting.archive(world, account(), opportunity_id, reason))


def changed(act: Callable[[], Opportunity]) -> ResponseReturnValue:
    """Recorded answers to PUT had no name, e-mails or phones."""
    try:
        wire = opportunity_wire(act())
    except recruiting.NotPossible as error:
        raise bad_request(str(error)) from None
    return jsonify(data=wire | {"name": "", "emails": [], "phones": []})


def opportunity_or_404(opportunity_id: str) -> Opportunity:
    found = account().opportunities.get(opportunity_id)
    if found is None:
        raise not_found(f"opportunities {opportunity_id} was not found")
    return found


def require_expanded() -> None:
    """What is inlined needs a scope of its own (inferred from the scopes' names)."""
    scopes = {
        "applications": "applications:read:admin",
        "contact": "contact:read:admin",
        "stage": "stages:read:admin",
    }
    for field in expanded() & scopes.keys():
        require(scopes[field])


def is_asked_for(opportunity: Opportunity) -> bool:
    archived_at = opportunity.archived.archived_at if opportunity.archived else None
    return (
        all(
            set(request.args.getlist(name)) & values
            for name, values in named_values(opportunity).items()
            if name in request.args
        )
        and bounds("created_at_start", "created_at_end", opportunity.created_at)
        and bounds("updated_at_start", "updated_at_end", opportunity.updated_at)
        and bounds("advanced_at_start", "advanced_at_end", opportunity.last_advanced_at)
        and bounds("archived_at_start", "archived_at_end", archived_at)
    )


def named_values(opportunity: Opportunity) -> dict[str, set[str]]:
    """What the filters of the same name compare with; a repeated filter is a choice."""
    is_archived = opportunity.archived is not None
    posting_id = opportunity.application.posting_id
    return {
        "email": {opportunity.application.email},
        "posting_id": set() if is_archived else {posting_id},
        "archived_posting_id": {posting_id} if is_archived else set(),
        "stage_id": {opportunity.stage_id},
        "contact_id": {opportunity.contact_id},
        "origin": {opportunity.origin},
        "source": set(opportunity.sources),
        "tag": set(opportunity.tags),
        "archived": {"true" if is_archived else "false"},
        "archive_reason_id": {opportunity.archived.reason_id} if opportunity.archived else set(),
        "location": {opportunity.location or ""},
    }
