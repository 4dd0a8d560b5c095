"""The test database: made and emptied by the owner of its tables, used under the portal's role as in production."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.core.internal import ratelimit
from django.db import connections
from django.test import TransactionTestCase
from django.test.utils import setup_databases
from django.utils import translation
from psycopg import Connection, sql
from pytest_django import DjangoDbBlocker

from integrations.services import allowances, delivering

pytest_plugins = ["tests.audited", "tests.lever_world", "tests.people"]

PUBLIC_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
AUDIT = {"tenants_auditevent", "tenants_auditlink"}
FILLED_BY_MIGRATE = {"django_migrations", "django_content_type", "auth_permission"}


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """`default` mirrors `owner` (settings): the owner migrates, tests connect as a role bound by row-level security.

    The database is not dropped: it goes with its server, and on a server that stays the next run replaces it. Until
    then a thread of the live server may still hold a connection, which the owner must not end.
    """
    with django_db_blocker.unblock():
        setup_databases(verbosity=0, interactive=False, aliases=connections.settings)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Django leaves the language of the last request to what comes next in this thread."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def unspent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counts of requests outlive a test, since the cache is all tests': the portal's own, and the library's."""
    test, limited_by = uuid.uuid4(), ratelimit.get_cache_key
    monkeypatch.setattr(allowances, "KEYS", f"allowance:{test}")
    monkeypatch.setattr(allowances, "away_until", 0.0)
    monkeypatch.setattr(
        ratelimit, "get_cache_key", lambda *args, **kwargs: f"{test}:{limited_by(*args, **kwargs)}"
    )


@pytest.fixture(autouse=True)
def without_a_crew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test has not committed is seen by its own thread alone."""
    monkeypatch.setattr(delivering.Crew, "give", lambda _, job: job())


@pytest.fixture(scope="session", autouse=True)
def transactional_tests_are_emptied_by_the_owner() -> Iterator[None]:
    """The portal's role may not TRUNCATE, which is how Django cleans up after a test that commits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty_tables())
        yield


def empty_tables() -> None:
    """Over a connection of its own, since Django closes the owner's to a test that does not name it.

    Rows are deleted, which takes a tenth of the time of TRUNCATE and waits for nobody who still reads; keys are
    checked at the end, so the order does not matter. Only the audit trail refuses DELETE; nothing else refers to it.
    """
    owner = connections["owner"]
    with owner.get_new_connection(owner.get_connection_params()) as connection:
        connection.execute("SELECT set_config('app.across_tenants', 'tests', true)")
        filled = filled_tables(connection)
        if not AUDIT.isdisjoint(filled):
            connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, AUDIT))))
        for table in filled - AUDIT:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


def filled_tables(connection: Connection[tuple[Any, ...]]) -> set[str]:
    tables = {name for (name,) in connection.execute(PUBLIC_TABLES)} - FILLED_BY_MIGRATE
    is_filled = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(table), sql.Identifier(table))
        for table in sorted(tables)
    ]
    return {name for (name,) in connection.execute(sql.SQL(" UNION ALL ").join(is_filled))}
