"""What several threads write at once is one transaction, in which each sees its own tenant alone."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest
from django.db import DataError, OperationalError, connection, transaction

from tenants.commits import SharedCommits
from tenants.models import Tenant, User
from tenants.prepared import Row, Statement
from tenants.scoping import tenant_scope

from .database import sql

pytestmark = pytest.mark.django_db(transaction=True)

SEEN: Statement = ("SELECT pg_current_xact_id()::text, tenant_id FROM tenants_membership", [])
BACKEND: Statement = ("SELECT pg_backend_pid()", [])
RENAME = "UPDATE tenants_tenant SET name = %s WHERE id = %s RETURNING name"
Together = Callable[[Sequence[tuple[Tenant, Statement]]], list[Future[list[Row]]]]


@pytest.fixture
def commits() -> Iterator[SharedCommits]:
    made = SharedCommits()
    yield made
    if made._connection:
        made._connection.close()


@pytest.fixture
def together(commits: SharedCommits) -> Iterator[Together]:
    """Of threads that come while somebody else writes; when all are there, it is theirs."""
    with ThreadPoolExecutor(8) as threads:

        def fetch(tenant: Tenant, statement: Statement) -> list[Row]:
            try:
                return commits.fetch(tenant.pk, statement)
            finally:
                connection.close()

        def all_of(asked: Sequence[tuple[Tenant, Statement]]) -> list[Future[list[Row]]]:
            with commits._writing:
                answers = [threads.submit(fetch, *it) for it in asked]
                while len(commits._gathered) < len(asked):
                    time.sleep(0.001)
            return answers

        yield all_of


def name_of(tenant: Tenant) -> str:
    return Tenant.objects.get(pk=tenant.pk).name


def test_those_who_come_together_are_one_transaction_and_see_their_own_tenant(
    together: Together, northwind: Tenant, southgate: Tenant, alice: User, charlie: User
) -> None:
    answers = [it.result(10) for it in together([(southgate, SEEN), (northwind, SEEN), (southgate, SEEN)])]
    assert len({transaction_id for [(transaction_id, _)] in answers}) == 1
    assert [tenant_id for [(_, tenant_id)] in answers] == [southgate.pk, northwind.pk, southgate.pk]


def test_one_alone_is_committed_when_it_returns(commits: SharedCommits, northwind: Tenant) -> None:
    assert commits.fetch(northwind.pk, (RENAME, ["Anew", northwind.pk])) == [("Anew",)]
    assert name_of(northwind) == "Anew"


def test_what_is_refused_is_told_to_whoever_asked_and_takes_no_other_along(
    together: Together, northwind: Tenant, southgate: Tenant
) -> None:
    well = (RENAME, ["Anew", northwind.pk])
    done, refused = together([(northwind, well), (southgate, (RENAME, ["x" * 500, southgate.pk]))])
    assert done.result(10) == [("Anew",)]
    with pytest.raises(DataError, match="too long"):
        refused.result(10)
    assert name_of(northwind) == "Anew"


def test_what_cannot_even_be_sent_is_told_to_whoever_asked_alone(
    together: Together, northwind: Tenant, southgate: Tenant
) -> None:
    """As half a surrogate pair, which JSON lets through."""
    well, ill = (RENAME, ["Anew", northwind.pk]), (RENAME, ["\ud83d", southgate.pk])
    refused, done = together([(southgate, ill), (northwind, well)])
    assert done.result(10) == [("Anew",)]
    with pytest.raises(UnicodeEncodeError):
        refused.result(10)


def test_who_is_tried_apart_needs_no_connection_of_its_own(
    together: Together, northwind: Tenant, southgate: Tenant
) -> None:
    """Else one row that is held would cost as many connections as there are threads."""
    asked = [(southgate, (RENAME, ["x" * 500, southgate.pk])), *[(northwind, BACKEND)] * 3]
    refused, *done = together(asked)
    assert len({it.result(10)[0] for it in done}) == 1
    assert isinstance(refused.exception(10), DataError)


def test_more_than_are_taken_at_once_are_several_transactions(
    commits: SharedCommits, together: Together, northwind: Tenant, alice: User
) -> None:
    commits._most = 2
    answers = [it.result(10) for it in together([(northwind, SEEN)] * 3)]
    assert len({transaction_id for [(transaction_id, _)] in answers}) == 2


def test_nobody_waits_for_ever_where_there_is_no_connection(
    commits: SharedCommits, together: Together, northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise MemoryError

    monkeypatch.setattr(commits, "_shared", fails)
    for answer in together([(northwind, SEEN)] * 2):
        assert isinstance(answer.exception(10), MemoryError)


def test_who_waits_for_a_row_that_somebody_holds_keeps_no_other_waiting(
    together: Together, northwind: Tenant, southgate: Tenant
) -> None:
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=southgate.pk)
        renames = [(it, (RENAME, ["Anew", it.pk])) for it in (southgate, northwind)]
        held, free = together(renames)
        assert free.result(10) == [("Anew",)]
        assert not held.done()
    assert held.result(10) == [("Anew",)]


def test_within_a_transaction_it_is_a_part_of_that(commits: SharedCommits, northwind: Tenant) -> None:
    with transaction.atomic(), tenant_scope(northwind.pk):
        commits.fetch(northwind.pk, (RENAME, ["Undone", northwind.pk]))
        transaction.set_rollback(True)
    assert name_of(northwind) != "Undone"


def test_when_the_connection_breaks_off_all_are_told_and_nothing_is_asked_twice(
    commits: SharedCommits, together: Together, northwind: Tenant, southgate: Tenant
) -> None:
    """It may be committed: whoever wrote looks, as after any write whose answer never came."""
    commits.fetch(northwind.pk, SEEN)
    assert commits._connection
    raw: psycopg.Connection = commits._connection.connection
    sql(f"SELECT pg_terminate_backend({raw.info.backend_pid})")
    renames = [(it, (RENAME, ["Twice", it.pk])) for it in (northwind, southgate)]
    for answer in together(renames):
        with pytest.raises(OperationalError):
            answer.result(10)
    assert {name_of(northwind), name_of(southgate)}.isdisjoint({"Twice"})
    assert together(renames)[0].result(10) == [("Twice",)]
