"""GET /postings, GET /postings/:id."""

from flask import request
from flask.typing import ResponseReturnValue

from sandbox.api.access import account
from sandbox.api.errors import bad_request, not_found
from sandbox.api.lists import Json, expanded, page, single
from sandbox.api.people import user_or_id
from sandbox.api.routes import Routes
from sandbox.world.plain import plain
from sandbox.world.posting import Posting

routes = Routes()
CATEGORIES = ("team", "department", "location", "commitment")
STATES = ("published", "internal", "closed", "draft", "pending", "rejected")


@routes.add("GET", "/postings", "postings:read:admin")
def postings() -> ResponseReturnValue:
    found = [posting for posting in list(account().postings.values()) if is_asked_for(posting)]
    return page(found, lambda posting: (posting.created_at, posting.id), posting_wire)


@routes.add("GET", "/postings/<posting_id>", "postings:read:admin")
def posting(posting_id: str) -> ResponseReturnValue:
    return single(posting_wire(posting_or_404(posting_id)))


def posting_or_404(posting_id: str) -> Posting:
    found = account().postings.get(posting_id)
    if found is None:
        raise not_found(f"postings {posting_id} was not found")
    return found


def is_asked_for(posting: Posting) -> bool:
    wanted = request.args.getlist
    states, channels = wanted("state"), wanted("distributionChannel")
    if set(states) - set(STATES):
        raise bad_request(f"state must be one of {', '.join(STATES)}.")
    return (
        (not states or posting.state in states)
        and is_in_channels(posting, channels or (["public"] if states == ["published"] else []))
        and all(not wanted(name) or category(posting, name) & set(wanted(name)) for name in CATEGORIES)
        and (not wanted("tag") or bool(set(posting.tags) & set(wanted("tag"))))
        and bounds("updated_at_start", "updated_at_end", posting.updated_at)
    )


def is_in_channels(posting: Posting, channels: list[str]) -> bool:
    """state=published alone gives only what is on the public job site."""
    return not channels or bool(set(posting.distribution_channels or []) & set(channels))


def category(posting: Posting, name: str) -> set[str]:
    return set(posting.all_locations) if name == "location" else {getattr(posting, name) or ""}


def bounds(start: str, end: str, at_ms: int | None) -> bool:
    """Whether a time lies in the range of two query parameters, epoch milliseconds each."""
    for name in (start, end):
        if not request.args.get(name, "0").isdecimal():
            raise bad_request(f"{name} must be a time in epoch milliseconds, not {request.args[name]!r}.")
    if at_ms is None:
        return start not in request.args and end not in request.args
    return int(request.args.get(start, 0)) <= at_ms <= int(request.args.get(end, at_ms))


def posting_wire(posting: Posting) -> Json:
    owner = user_or_id(posting.owner, is_expanded="owner" in expanded())
    return {
        "id": posting.id,
        "text": posting.text,
        "state": posting.state,
        "distributionChannels": posting.distribution_channels,
        "confidentiality": "non-confidential",
        "user": user_or_id(posting.owner, is_expanded="user" in expanded()),
        "owner": owner,
        "hiringManager": None,
        "categories": posting.categories,
        "content": content_wire(posting),
        "country": posting.country,
        "tags": posting.tags,
        "followers": [],
        "reqCode": None,
        "requisitionCodes": [],
        "urls": {
            "list": f"https://jobs.lever.co/{posting.site}",
            "show": posting.hosted_url,
            "apply": posting.apply_url,
        },
        "salaryDescription": plain(posting.salary_description) if posting.salary_description else None,
        "salaryDescriptionHtml": posting.salary_description,
        "salaryRange": posting.salary_range,
        "workplaceType": posting.workplace_type,
        "transcribeInterviews": False,
        "screening": {"enabled": False},
        "createdAt": posting.created_at,
        "updatedAt": posting.updated_at,
    }


def content_wire(posting: Posting) -> Json:
    html = posting.opening + posting.body
    return {
        "description": plain(html),
        "descriptionHtml": html,
        "lists": posting.lists,
        "closing": plain(posting.additional),
        "closingHtml": posting.additional,
    }
