"""Each transaction on whichever session is free: what is begun in one is not looked for in the next."""

from collections.abc import Iterator

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from tenants.models import User
from tests.factories import UserFactory
from tests.pooler import pooling

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _pooled() -> Iterator[None]:
    """Two sessions, in turn."""
    own, given = connections[DEFAULT_DB_ALIAS], connection.settings_dict
    UserFactory.create_batch(5)
    with pooling(given["OPTIONS"]["host"], given["USER"], given["NAME"], sessions=2) as folder:
        through = connections.create_connection(DEFAULT_DB_ALIAS)
        through.settings_dict = {**given, "HOST": folder}
        connections[DEFAULT_DB_ALIAS] = through
        yield
        through.close()
        connections[DEFAULT_DB_ALIAS] = own


@pytest.mark.usefixtures("_pooled")
def test_rows_are_read_in_pieces_outside_of_a_transaction_too() -> None:
    """As the sign-in does, to find somebody by their address."""
    assert len(list(User.objects.iterator(chunk_size=2))) == 5


@pytest.mark.usefixtures("_pooled")
def test_within_a_transaction_the_server_keeps_what_is_not_read_yet() -> None:
    with transaction.atomic():
        rows = User.objects.iterator(chunk_size=2)
        next(rows)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_cursors")
            assert cursor.fetchone() == (1,)
        assert len(list(rows)) == 4
