"""A posting in the JSON of the v0 feed."""

from typing import Any

from sandbox.world.plain import plain
from sandbox.world.posting import Posting

EMPTY_LINE = "<div><br></div>"


def posting_wire(posting: Posting) -> dict[str, Any]:
    description = description_of(posting)
    wire: dict[str, Any] = {
        "additionalPlain": plain(posting.additional),
        "additional": posting.additional,
        "categories": posting.categories,
        "createdAt": posting.created_at,
        "descriptionPlain": plain(description),
        "description": description,
        "id": posting.id,
        "lists": posting.lists,
        "text": posting.text,
        "country": posting.country,
        "workplaceType": posting.workplace_type,
        "opening": posting.opening,
        "openingPlain": plain(posting.opening),
        "descriptionBody": posting.body,
        "descriptionBodyPlain": plain(posting.body),
        "hostedUrl": posting.hosted_url,
        "applyUrl": posting.apply_url,
    }
    return wire | salary_wire(posting)


def description_of(posting: Posting) -> str:
    """Opening and body, with an empty line between them where both are there."""
    return EMPTY_LINE.join(part for part in (posting.opening, posting.body) if part)


def salary_wire(posting: Posting) -> dict[str, Any]:
    """Absent, not null, where there is none."""
    wire: dict[str, Any] = {"salaryRange": posting.salary_range} if posting.salary_range else {}
    if posting.salary_description:
        wire["salaryDescription"] = posting.salary_description
        wire["salaryDescriptionPlain"] = plain(posting.salary_description)
    return wire
