"""The desk with a large fleet: its first page, its lists and a tenant's page, against a bare answer of the database."""

import os
import re
import statistics
import time
from collections.abc import Sequence
from functools import partial

import psycopg

from ..postgres import DATABASE, SUPERUSER
from ..processes import StackError
from ..stack import Stack, passing_stack
from ..staff import Staff
from . import fleet
from .rounds import Round, Rounds, Row, take_turns

# TENANTS=1000 for a smaller run: the rest is in proportion.
TENANTS = int(os.environ.get("TENANTS", "10000"))
LIST = "/admin/tenants/tenant/"
# What support asks, and what finds one tenant among all.
LISTS = (
    LIST,
    f"{LIST}?matter=held",
    f"{LIST}?matter=waits-long&o=3",
    f"{LIST}?silent=7",
    f"{LIST}?q=Fleet+4711",
    f"{LIST}?q=nobody%40candidates.example",
    "/admin/onboarding/problem/",
    "/admin/integrations/delivery/?status__exact=held",
    "/admin/webhooks/webhookevent/",
)
PROBES, REQUESTS = 200, 5
# What is promised: so many times a bare answer, and so much besides.
TIMES, BESIDES_MS = 20, 100.0
RECOUNT = "from onboarding.health import counting; counting.recount()"


def rows() -> list[Row]:
    with passing_stack(is_durable=True, is_quiet=True) as stack:
        staff = Staff(stack)
        for name in ("beat", "worker", "events", "deliveries"):
            stack.processes[name].stop()
        desk = Desk(stack, staff)
        desk.fill()
        pages = {"desk-page": ("/admin/",), "desk-list": LISTS, "desk-tenant": (desk.a_tenant(),)}
        measures = {path: partial(desk.page_ms, path) for paths in pages.values() for path in paths}
        rounds = take_turns({"bare": desk.bare_ms, **measures, "health": desk.recount_seconds})
    return [
        *(_against_the_bound(name, paths, rounds) for name, paths in pages.items()),
        rounds.cost("health", f"seconds to count all of {TENANTS} tenants anew, with a process that starts"),
    ]


def _against_the_bound(name: str, paths: Sequence[str], rounds: Rounds) -> Row:
    """Of each round the slowest page, in parts of what is promised: 1 is as slow as it may be."""
    slowest = max(paths, key=lambda path: statistics.median(it[path] for it in rounds.each))
    about = f"{len(paths)} page(s) of {TENANTS} tenants; bare answers times {TIMES} and {BESIDES_MS:g} ms; {slowest}"

    def figure(of: Round) -> float:
        return max(of[path] for path in paths) / (TIMES * of["bare"] + BESIDES_MS)

    return rounds.row(f"{name}-cost", figure, about)


class Desk:
    def __init__(self, stack: Stack, staff: Staff) -> None:
        self._stack, self._staff = stack, staff
        folder = stack.variables["DATABASE_URL"].partition("host=")[2]
        self._connection = psycopg.connect(host=folder, user=SUPERUSER, dbname=DATABASE, autocommit=True)

    def fill(self) -> None:
        began = time.monotonic()
        fleet.make(self._connection, TENANTS)
        self._recount()
        self._connection.execute("VACUUM ANALYZE")
        counts = fleet.counts(self._connection)
        print(f"bench    | made {counts} in {time.monotonic() - began:.0f} s", flush=True)

    def a_tenant(self) -> str:
        found = re.search(rf'href="({LIST}\d+/change/)', self._staff.get(f"{LIST}?q=Fleet+4"))
        if not found:
            raise StackError("the desk lists no tenant of the fleet.")
        return found[1]

    def recount_seconds(self) -> float:
        began = time.monotonic()
        self._recount()
        return time.monotonic() - began

    def _recount(self) -> None:
        self._stack.manage("shell", "-c", RECOUNT)

    def page_ms(self, path: str) -> float:
        """The middle one of several requests: what most people wait."""
        return statistics.median(self._request_ms(path) for _ in range(REQUESTS))

    def _request_ms(self, path: str) -> float:
        began = time.monotonic()
        self._staff.get(path)
        return (time.monotonic() - began) * 1000

    def bare_ms(self) -> float:
        began = time.monotonic()
        for _ in range(PROBES):
            self._connection.execute("SELECT 1")
        return (time.monotonic() - began) * 1000 / PROBES
