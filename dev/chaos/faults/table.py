"""The faults beside one another, for people and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from .hits import Hit, Span, length

COLUMNS = ("fault", "where", "code", "who acts", "threshold", "found after", "resolved after")
WIDTHS = (15, 12, 25, 9, 13, 24, 24)


def lines(hits: Sequence[Hit], thresholds: Mapping[str, timedelta]) -> Iterator[str]:
    """Of several companies the one that took longest."""
    yield _line(COLUMNS)
    for hit in hits:
        within = thresholds[hit.fault.code].total_seconds()
        where = f"{len(hit.keys)} {'companies' if hit.fault.count else 'queues'}"
        who = ", ".join(sorted(set(hit.who.values()))) or "-"
        spans = (_told(slowest(it)) for it in (hit.found, hit.resolved))
        yield _line(
            (
                hit.fault.name,
                where,
                hit.fault.code,
                who,
                length(within) if within else "the next look",
                *spans,
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


def _told(span: Span | None) -> str:
    return str(span) if span else "-"


def _seconds(span: Span | None) -> dict[str, float] | None:
    return {"moved": round(span.moved, 1), "waited": round(span.waited, 1)} if span else None


def _line(cells: Sequence[str]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()
