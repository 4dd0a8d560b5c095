"""Postings of an invented company: always the same ones, with the variety of a real board."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from sandbox.seed.companies import Company, Job, Place
from sandbox.seed.forms import form_of
from sandbox.seed.texts import body_of, closing_of, lists_of, opening_of
from sandbox.world.account import User
from sandbox.world.ids import stable_id
from sandbox.world.posting import Posting, State

FIRST_DAY_MS = 1_767_600_000_000  # 5 January 2026
DAY_MS = 24 * 3600 * 1000
CURRENCIES = {"US": "USD", "CA": "CAD", "GB": "GBP", "DK": "DKK", "SE": "SEK"}
HOURLY_BELOW = 1000


def postings_of(company: Company, users: Sequence[User]) -> dict[str, Posting]:
    """Copies, so that every world has its own; what lies deeper in a form is replaced, never changed in place."""
    return {it.id: replace(it, form=dict(it.form)) for it in first_postings(company, tuple(users))}


@cache
def first_postings(company: Company, users: tuple[User, ...]) -> list[Posting]:
    return [posting_of(company, index, users) for index in range(company.posting_count)]


def posting_of(company: Company, index: int, users: Sequence[User]) -> Posting:
    job = company.jobs[index % len(company.jobs)]
    place = company.places[(index + index // len(company.jobs)) % len(company.places)]
    posting_id = stable_id(company.key, "posting", index)
    created_at = FIRST_DAY_MS + index * 5 * DAY_MS + index * 977_331
    locations = locations_of(company, index, place)
    return Posting(
        id=posting_id,
        site=company.key,
        text=job.title,
        state=state_of(company, index),
        created_at=created_at,
        updated_at=created_at + DAY_MS,
        location=place.name,
        all_locations=locations,
        opening=opening_of(company),
        body=body_of(company, job, place),
        additional=closing_of(company),
        lists=lists_of(job),
        form=form_of(posting_id, index, company.form_features, locations),
        team=job.team,
        department=job.department,
        commitment=job.commitment,
        country=place.country,
        workplace_type=workplace_type_of(place, index),
        owner=users[index % len(users)].id,
        tags=["Evergreen"] if index % 9 == 0 else [],
        **salary_of(job, place, index),
    )


def state_of(company: Company, index: int) -> State:
    """The last three of a board are not open to the public."""
    last: dict[int, State] = {1: "draft", 2: "closed", 3: "internal"}
    return last.get(company.posting_count - index, "published")


def locations_of(company: Company, index: int, place: Place) -> list[str]:
    """One posting in eight is open in three places."""
    if index % 8 != 2:
        return [place.name]
    others = [other.name for other in company.places if other != place and "Remote" not in other.name]
    return [place.name, *others[:2]]


def workplace_type_of(place: Place, index: int) -> str:
    if "Remote" in place.name:
        return "remote"
    return ("onsite", "onsite", "hybrid", "unspecified")[index % 4]


def salary_of(job: Job, place: Place, index: int) -> dict[str, Any]:
    if job.pay is None or index % 5 == 3:
        return {}
    is_hourly = job.pay < HOURLY_BELOW
    digits = 2 if is_hourly else None
    salary_range = {
        "min": round(job.pay * 0.9, digits),
        "max": round(job.pay * 1.15, digits),
        "currency": CURRENCIES.get(place.country, "EUR"),
        "interval": "per-hour-wage" if is_hourly else "per-year-salary",
    }
    return {
        "salary_range": salary_range,
        "salary_description": "<div>Depending on experience, plus a yearly bonus.</div>",
    }
