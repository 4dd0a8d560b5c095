"""A crowd of threads that shares few connections to the database."""

import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, connections

from tenants.commits import SharedCommits
from tenants.models import Tenant
from tenants.pooled.few import FewConnections
from tests.integrations.services.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def ask() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.05)")


def within(few: FewConnections, job: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        with few.used():
            return job()

    return run


def test_no_more_have_one_at_once_and_all_have_their_turn() -> None:
    few, lock, opened, most = FewConnections(2), threading.Lock(), 0, []

    def ask_twice() -> None:
        nonlocal opened
        ask()
        with lock:
            opened += 1
            most.append(opened)
        ask()
        with lock:
            opened -= 1

    assert at_once(6, within(few, ask_twice)) == [None] * 6
    assert (max(most), len(most)) == (2, 6)


def test_what_breaks_gives_its_place_back() -> None:
    few = FewConnections(1)

    def breaks() -> None:
        ask()
        raise LookupError

    assert [type(it) for it in at_once(2, within(few, breaks))] == [LookupError] * 2


def test_what_cannot_be_closed_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    few = FewConnections(1)

    def lost(_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(type(connections), "close_all", lost)
    assert [type(it) for it in at_once(2, within(few, ask))] == [OperationalError] * 2


def test_a_connection_is_closed_with_the_place() -> None:
    few = FewConnections(1)

    def is_closed() -> bool:
        within(few, ask)()
        return connection.connection is None

    assert at_once(1, is_closed) == [True]


def test_who_asks_over_a_shared_connection_waits_for_nobody(northwind: Tenant) -> None:
    few, writes = FewConnections(0), SharedCommits()
    rows = at_once(1, within(few, lambda: writes.fetch(northwind.pk, ("SELECT 7", []))))
    assert rows == [[(7,)]]
