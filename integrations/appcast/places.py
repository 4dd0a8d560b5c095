"""City, state and country from a location as customers write it: free text, in any habit."""

import re
from dataclasses import dataclass
from functools import lru_cache

from . import states
from .countries import CODES, code_of, folded

# What says how, or where in the house, somebody works; not in which town.
NO_PLACE = re.compile(
    r"\b(?:remote|hybrid|on-?site|in-office|work from home|wfh|hq|headquarters|office)\b"
    r"(?:\s+(?:in|within|from)\b)?",
    re.IGNORECASE,
)
# Too wide for a town, and no country.
REGIONS = frozenset(
    {"africa", "americas", "asia", "benelux", "dach", "emea", "eu", "europe", "european union", "nordics"}
    | {"apac", "latam", "latin america", "middle east", "north america", "south america"}
    | {"anywhere", "flexible", "global", "multiple", "multiple locations", "nationwide", "tbd", "worldwide"}
    | {"various", "various locations"}
)
ZIP = re.compile(r"\b[0-9]{5}(?:-[0-9]{4})?\b")
ALTERNATIVES = re.compile(r"[;|/]")
PARTS = re.compile(r"[,()]|\s[-\u2013\u2014]\s")
TOWN_AND_CODE = re.compile(r"(.+)\s([A-Z]{2})")

CITY_STATES = frozenset({"GI", "HK", "LU", "MC", "SG", "SM", "VA"})
TOWNS_NAMED_AS_STATES = frozenset({"new york", "washington", "quebec", "québec"})


@dataclass(frozen=True, slots=True)
class Place:
    """`country` is an ISO 3166-1 alpha-2 code; whatever the text did not tell is empty."""

    city: str = ""
    state: str = ""
    country: str = ""


@lru_cache(maxsize=4096)
def place(location_text: str, country: str = "") -> Place:
    """`country` (code or name) is believed where the text names none. An empty city: not understood."""
    hint = country.upper() if country.upper() in CODES else code_of(country)
    choices = [_place(text, hint) for text in ALTERNATIVES.split(location_text)]
    return next((choice for choice in choices if choice.city), choices[0])


def _place(text: str, hint: str) -> Place:
    parts = _ordered(_parts(text, hint), hint)
    named, rest = _pop_country(parts, hint)
    state, home, rest = _pop_state(rest, named or hint)
    country = named or home or hint
    towns = [part for part in rest if code_of(part) != country and part != country] or rest
    if not parts or towns:
        return Place(towns[0] if towns else "", state or " ".join(towns[1:2]), country)
    return Place(parts[0] if country in CITY_STATES else "", state, country)


def _parts(text: str, hint: str) -> list[str]:
    """From the narrow to the wide, as most write it."""
    bare = NO_PLACE.sub(" , ", ZIP.sub(" ", text))
    pieces = (" ".join(piece.split()).strip(" -:\u2013\u2014") for piece in PARTS.split(bare))
    parts = [piece for piece in pieces if piece and folded(piece) not in REGIONS]
    found = TOWN_AND_CODE.fullmatch(parts[-1]) if parts else None
    is_american = found and hint in ("", *states.CODES) and states.state_of(found[2], hint)[0]
    return [*parts[:-1], found[1], found[2]] if found and is_american else parts


def _ordered(parts: list[str], hint: str) -> list[str]:
    """`Germany - Bavaria - Munich` is turned round."""
    if len(parts) < 2 or not _country(parts[0], hint):
        return parts
    is_known = _country(parts[-1], hint) or states.state_of(parts[-1], hint)[0]
    return parts if is_known else parts[::-1]


def _pop_country(parts: list[str], hint: str) -> tuple[str, list[str]]:
    found = _country(parts[-1], hint) if parts else ""
    # Georgia is both: the state, unless the posting is in the country.
    is_state = found != hint and folded(parts[-1]) in states.CODE_BY_NAME["US"] if parts else False
    return (found, parts[:-1]) if found and not is_state else ("", parts)


def _country(part: str, hint: str) -> str:
    """The country that a name or a code means.

    A code that may be a state's is a country's only when the hint says so: `CA`, `DE`, `IN`.
    """
    if part in (hint, "US") and part:
        return part
    is_told_apart = hint in ("", *states.CODES) and part not in states.CODES[hint or "US"]
    return part if part in CODES and is_told_apart else code_of(part)


def _pop_state(parts: list[str], country: str) -> tuple[str, str, list[str]]:
    """State, the country that it tells, and what is left."""
    if not parts or (len(parts) == 1 and folded(parts[0]) in TOWNS_NAMED_AS_STATES):
        return "", "", parts
    state, home = states.state_of(parts[-1], country)
    return (state, home, parts[:-1]) if state else ("", "", parts)
