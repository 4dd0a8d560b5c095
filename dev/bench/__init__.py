"""`make bench`: what the portal does against its limit and its peers, each measured in the same run, as a table.

The limit, the portal and the peer take turns; a figure is the median of the rounds' ratios, beside their range. A
round in which somebody else was busy on this machine is repeated, and where that does not help the row says so.
"""

import os

from . import delivering, desk, feeds, intake, processing
from .rounds import Row

ROOMS = {
    "intake": intake.rows,
    "processing": processing.rows,
    "delivering": delivering.rows,
    "feeds": feeds.rows,
    "desk": desk.rows,
}


def main() -> int:
    only = os.environ.get("ONLY", "")
    rows: list[Row] = []
    for name, measure in ROOMS.items():
        if only in ("", name):
            rows += measure()
    print(f"\n{'row':<32} {'figure':>8} {'range':>17}  of what")
    for row in rows:
        print(row)
    return 0
