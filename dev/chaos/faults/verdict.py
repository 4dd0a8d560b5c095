"""Which promises are broken, and where."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from .books import Row
from .catalogue import STILL
from .hits import Hit

# Which a threshold does not count: it comes in the next minute, and takes its turn with the others.
A_LOOK = timedelta(seconds=75)
FEWEST_OF_INCIDENT = 5


def judge(
    hits: Sequence[Hit],
    rows: Sequence[Row],
    thresholds: Mapping[str, timedelta],
    incidents: Mapping[str, int],
    unseen: Sequence[str],
) -> dict[str, list[str]]:
    """Empty when every fault was told in time of whom it befell alone, and went away by itself."""
    found = {
        "not_found": [f"{hit.fault.name} at {it}" for hit in hits for it in hit.keys if it not in hit.found],
        "too_late": [it for hit in hits for it in _too_late(hit, thresholds[hit.fault.code])],
        "another_actor": [
            f"{hit.fault.name} at {key}: {who}"
            for hit in hits
            for key, who in hit.who.items()
            if who != hit.fault.who
        ],
        "no_incident": [
            hit.fault.name
            for hit in hits
            if hit.fault.code != STILL
            and len(hit.keys) >= FEWEST_OF_INCIDENT
            and incidents.get(hit.fault.code) != len(hit.keys)
        ],
        "not_resolved": [
            f"{hit.fault.name} at {it}" for hit in hits for it in hit.found if it not in hit.resolved
        ],
        # Of these the rows say nothing.
        "not_looked_at": list(unseen),
        **_of_rows(hits, rows),
    }
    return {name: where for name, where in found.items() if where}


def _too_late(hit: Hit, threshold: timedelta) -> Iterator[str]:
    for key, span in hit.found.items():
        if span.total > (threshold + A_LOOK).total_seconds():
            yield f"{hit.fault.name} at {key}: {span}"


def _of_rows(hits: Sequence[Hit], rows: Sequence[Row]) -> dict[str, list[str]]:
    expected = {(key, hit.fault.code) for hit in hits for key in hit.keys}
    others = [f"{STILL} at {queue}" for hit in hits for queue in sorted(hit.others)]
    times = Counter((it.tenant, it.code, it.subject) for it in rows)
    return {
        "false_alarms": [_named(it) for it in rows if (it.tenant, it.code) not in expected] + others,
        "open_in_the_end": [_named(it) for it in rows if it.is_open],
        "resolved_by_hand": [_named(it) for it in rows if not it.is_open and not it.is_by_itself],
        "flapped": [_named(it) for it in rows if it.returns or times[it.tenant, it.code, it.subject] > 1],
    }


def _named(row: Row) -> str:
    return f"{row.code} at {row.tenant}"
