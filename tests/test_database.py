"""The database that tests get is the one that production has: row-level security binds its role."""

import pytest
from django.contrib.auth.models import Permission
from django.db import ProgrammingError, connection

from tenants.models import User


@pytest.mark.django_db
def test_tests_run_under_a_role_that_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableowner = current_user FROM pg_tables WHERE tablename = %s", [User._meta.db_table]
        )
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)


@pytest.mark.django_db
def test_the_portal_may_not_empty_a_table() -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(f"TRUNCATE {User._meta.db_table} CASCADE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_a_test_commits_is_gone_before_the_next(turn: str) -> None:
    assert not User.objects.exists()
    User.objects.create(email=f"{turn}@northwind.example")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_migrations_filled_stays(turn: str) -> None:
    assert Permission.objects.exists()
