"""The `job_reference` of a posting, or of a posting in one of its places; and back."""

import hashlib
import re
from collections.abc import Iterable

PLACED = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9a-f]{8}", re.IGNORECASE)


def references_of(posting_external_id: str, locations: Iterable[str]) -> dict[str, str]:
    """Location by reference, in the given order; locations that differ in blanks or case are one.

    References do not depend on the order, and a posting in one place or none is known by its own id.
    """
    distinct: dict[str, str] = {}
    for location in filter(str.strip, locations):
        distinct.setdefault(_folded(location), location)
    if len(distinct) < 2:
        return {posting_external_id: next(iter(distinct.values()), "")}
    return {f"{posting_external_id}-{_mark(key)}": location for key, location in distinct.items()}


def posting_id_of(job_reference: str) -> str:
    """Only a UUID is taken apart: what else ends in a dash and eight digits may be an id as it stands."""
    found = PLACED.fullmatch(job_reference)
    return found[1] if found else job_reference


def _mark(folded_location: str) -> str:
    return hashlib.sha256(folded_location.encode(errors="replace")).hexdigest()[:8]


def _folded(location: str) -> str:
    return " ".join(location.split()).casefold()
