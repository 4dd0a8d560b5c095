"""How long each code may take until it is open, as docs/runbook.md writes it."""

from collections.abc import Mapping
from datetime import timedelta

from ...servers import VAR

RUNBOOK = VAR.parent / "docs" / "runbook.md"
AT_ONCE = "the next look"


def written() -> Mapping[str, timedelta]:
    """By code; which is held to the portal's own catalogue by a test."""
    rows = RUNBOOK.read_text().partition("## Thresholds")[2].splitlines()
    cells = [[it.strip("` ") for it in row.strip("|").split("|")] for row in rows if row.startswith("| `")]
    return {code: length_of(within) for code, _who, _weight, within in cells}


def length_of(words: str) -> timedelta:
    if words == AT_ONCE:
        return timedelta()
    number, unit = words.split()
    return timedelta(**{f"{unit.removesuffix('s')}s": float(number)})
