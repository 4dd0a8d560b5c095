"""Feeds in against libxml2 alone, Django's `update_or_create` and the sync's own reading; and the feed out."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..processes import StackError
from ..stack import Stack, passing_stack
from .feed_files import given_out, write_feed
from .rounds import Row, take_turns

INSTALL = ["apt-get", "install", "-q", "-y", "--no-install-recommends", "libxml2-utils"]
MANY, SOME, FEW = 100_000, 20_000, 1_000
# Of a first load in a round.
NEW = 5_000
# Rows of the peer in a round: it takes two thousandths of a second for each.
PEER = 1_000
TENANTS, ALL_TENANTS, EACH = 200, 10_000, 50
LONGEST_SECONDS = 300
JOBS = "postings of 3 to 8 KiB"
WITH = "durable PostgreSQL, one process, the peer in one transaction"


def rows() -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as name,
        passing_stack(is_durable=True, is_quiet=True, OUTGOING_TRUSTED_ORIGINS="") as stack,
    ):
        for process in ("beat", "deliveries", "worker", "events"):
            stack.processes[process].stop()
        folder, portal = Path(name), Portal(stack)
        many = write_feed(folder / "many.xml", MANY)
        return [
            _parse(portal, many),
            _first_load(portal, folder),
            *_again(portal, folder),
            _hour(portal, folder),
            *_at_any_size(portal, many, write_feed(folder / "few.xml", FEW)),
        ]


class Portal:
    """Its own code, each measurement in a process of its own."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def measured(self, *command: str, **more: str) -> dict[str, Any]:
        said = subprocess.run(
            [sys.executable, "-m", "benchmarks.feeds", *command],
            env={**os.environ, **self._stack.variables, **more},
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
        )
        if said.returncode:
            raise StackError(f"benchmarks.feeds {command[0]} failed:\n{said.stderr[-2000:]}")
        told: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
        return told

    def rate(self, *command: str) -> Callable[[], float]:
        """Rows a second."""
        return lambda: self._rate(self.measured(*command))

    @staticmethod
    def _rate(told: dict[str, Any]) -> float:
        return float(told["rows"] / told["seconds"])

    def first_byte_ms(self, key: str) -> float:
        place = urlsplit(self._stack.ports.portal_url)
        connection = HTTPConnection(place.netloc, timeout=60)
        began = time.perf_counter()
        connection.request("GET", f"/feeds/{key}.xml", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        answer.read(1)
        waited = (time.perf_counter() - began) * 1000
        length, size = 1, int(answer.headers["Content-Length"])
        while piece := answer.read(65536):
            length += len(piece)
        if answer.status != 200 or length != size:
            raise StackError(f"the outgoing feed: {answer.status}, {length} of {size} bytes")
        return waited

    def web_mb(self) -> float:
        """What the web's processes hold at most since they began, together."""
        return sum(map(_peak_mb, _tree(self._stack.processes["web"].pid)))


def _parse(portal: Portal, many: Path) -> Row:
    tool, size = xmllint(), many.stat().st_size

    def limit() -> float:
        began = time.perf_counter()
        subprocess.run([tool, "--stream", "--noout", str(many)], check=True, timeout=LONGEST_SECONDS)
        return size / (time.perf_counter() - began)

    def ours() -> float:
        told = portal.measured("parse", str(many))
        return float(told["bytes"] / told["seconds"])

    rounds = take_turns({"xmllint": limit, "feed-parse": ours})
    speed = statistics.median(it["feed-parse"] for it in rounds.each) / 1e6
    return rounds.ratio(
        "feed-parse", "xmllint", f"{speed:.0f} MB/s, read and hashed; {MANY} {JOBS}; one process"
    )


def _first_load(portal: Portal, folder: Path) -> Row:
    new = str(write_feed(folder / "new.xml", NEW))
    rounds = take_turns(
        {
            "update_or_create": portal.rate("upsert", new, str(PEER), "anew"),
            "feed-first-load": portal.rate("sync", new, "anew"),
        }
    )
    return rounds.ratio("feed-first-load", "update_or_create", f"{NEW} {JOBS}, {PEER} of the peer; {WITH}")


def _again(portal: Portal, folder: Path) -> list[Row]:
    """Where all is known: nothing changed, and one job in a hundred."""
    some = str(write_feed(folder / "some.xml", SOME))
    changed = str(write_feed(folder / "changed.xml", SOME, changed_each=100))
    portal.measured("sync", some, "anew")
    rounds = take_turns(
        {
            "update_or_create": portal.rate("upsert", some, str(PEER)),
            "parse": portal.rate("parse", some),
            "feed-unchanged": portal.rate("sync", some),
            "feed-changed-1pct": portal.rate("sync", changed),
            "feed-changed-back": portal.rate("sync", some),
        }
    )
    about = f"{SOME} {JOBS}; {WITH}"
    return [
        rounds.ratio("feed-unchanged", "parse", f"without an ETag; {about}"),
        rounds.ratio("feed-changed-1pct", "parse", about),
        rounds.ratio("feed-unchanged", "update_or_create", f"{about}; {PEER} of the peer"),
    ]


def _hour(portal: Portal, folder: Path) -> Row:
    with given_out(write_feed(folder / "each.xml", EACH)) as origin:
        command = ("hour", str(TENANTS), f"{origin}/v0/postings/bench-{{}}?mode=xml")
        rounds = take_turns(
            {
                "feed-hour-s": lambda: float(
                    portal.measured(*command, OUTGOING_TRUSTED_ORIGINS=origin)["seconds"]
                    * (ALL_TENANTS / TENANTS)
                )
            }
        )
    about = (
        f"seconds of a worker's processor for {ALL_TENANTS} tenants an hour, unchanged with an ETag; from {TENANTS}"
        f" with {EACH} postings each"
    )
    return rounds.cost("feed-hour-s", about)


def _at_any_size(portal: Portal, many: Path, few: Path) -> list[Row]:
    """A first load, the same again and its publication; and then of who gives it out."""
    small, large = (_runs(portal, path) for path in (few, many))
    growth = max(it["peak_mb"] for it in large) - max(it["peak_mb"] for it in small)
    key = str(large[-1]["key"])
    portal.first_byte_ms(key)
    before = portal.web_mb()
    waits = take_turns({"outgoing-first-byte-ms": lambda: portal.first_byte_ms(key)})
    return [
        Row("feed-memory-mb-cost", [growth], f"of a sync and its publication, {MANY} over {FEW} {JOBS}"),
        waits.cost("outgoing-first-byte-ms", f"{MANY} jobs, then read to their end; the Procfile's web"),
        Row(
            "outgoing-memory-mb-cost",
            [portal.web_mb() - before],
            f"that the web grew by for {len(waits.each)} readers of {MANY} jobs after the first",
        ),
    ]


def _runs(portal: Portal, path: Path) -> list[dict[str, Any]]:
    runs = [("sync", str(path), "anew"), ("sync", str(path)), ("publish",)]
    told = [portal.measured(*run) for run in runs]
    for run, it in zip(runs, told, strict=True):
        print(
            f"bench    | {run[0]} of {it['rows']}: {it['seconds']:.1f} s, {it['peak_mb']:.0f} MB", flush=True
        )
    return told


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _tree(int(child)))]


def _peak_mb(pid: int) -> float:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024


def xmllint() -> str:
    found = shutil.which("xmllint")
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(INSTALL, check=True, capture_output=True, timeout=300)
        found = shutil.which("xmllint")
    if not found:
        raise StackError(
            "the limit of reading is xmllint. On Debian, as root: apt-get install libxml2-utils."
        )
    return found
