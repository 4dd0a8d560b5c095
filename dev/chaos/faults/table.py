"""The faults beside one another, for people and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from .hits import Hit, Span, length

COLUMNS = ("fault", "where", "code", "who acts", "threshold", "found after", "resolved after")
WIDTHS = (15, 12, 25, 9, 13, 24, 24)


def lines(hits: Sequence[Hit], thresholds: Mapping[str, timedelta]) -> Iterator[str]:
    """Of several companies the one that took longest. It says where the fault itself moves time to the threshold."""
    yield _line(COLUMNS)
    for hit in hits:
        within = thresholds[hit.fault.code].total_seconds()
        where = f"{len(hit.keys)} {'companies' if hit.fault.count else 'queues'}"
        who = ", ".join(sorted(set(hit.who.values()))) or "-"
        yield _line(
            (
                hit.fault.name,
                where,
                hit.fault.code,
                who,
                length(within) if within else "the next look",
                _found(slowest(hit.found), within),
                _told(slowest(hit.resolved)),
            )
        )


def as_json(hits: Sequence[Hit], thresholds: Mapping[str, timedelta]) -> dict[str, Any]:
    return {
        hit.fault.name: {
            "code": hit.fault.code,
            "who": sorted(set(hit.who.values())),
            "where": len(hit.keys),
            "threshold_seconds": thresholds[hit.fault.code].total_seconds(),
            "found_after": _seconds(slowest(hit.found)),
            "resolved_after": _seconds(slowest(hit.resolved)),
        }
        for hit in hits
    }


def slowest(spans: Mapping[str, Span]) -> Span | None:
    return max(spans.values(), key=lambda it: it.total, default=None)


def _found(span: Span | None, within: float) -> str:
    if span and span.moved == within > 0:
        return f"at the threshold + {span.waited:.0f} s"
    return _told(span)


def _told(span: Span | None) -> str:
    return str(span) if span else "-"


def _seconds(span: Span | None) -> dict[str, float] | None:
    return {"moved": round(span.moved, 1), "waited": round(span.waited, 1)} if span else None


def _line(cells: Sequence[str]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()
