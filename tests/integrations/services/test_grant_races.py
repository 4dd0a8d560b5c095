"""Two processes, one grant: Lever lets the old refresh token die, so only one may use it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.services import grants

from .customer import Customer
from .test_grants import expire, holds_the_newest_token, refreshes, stops
from .threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_expired_token_is_refreshed_once_by_many_at_once(customer: Customer) -> None:
    expire(customer)
    customer.order("slow", path_prefix="/oauth/token", delay_seconds=0.2)
    results = at_once(4, lambda: grants.call(customer.tenant.pk, lambda client: client.posting_count()))
    assert results == [21, 21, 21, 21]
    assert (refreshes(customer), holds_the_newest_token(customer)) == (1, True)


def test_a_401_for_many_at_once_is_refreshed_once(customer: Customer) -> None:
    customer.server.world.grants.access_tokens.clear()
    results = at_once(4, lambda: grants.call(customer.tenant.pk, lambda client: client.posting_count()))
    assert results == [21, 21, 21, 21]
    assert (refreshes(customer), holds_the_newest_token(customer)) == (1, True)


def test_a_revoked_grant_stops_the_connection_once_for_many(customer: Customer) -> None:
    customer.server.world.grants.revoke(customer.account)
    results = at_once(3, lambda: grants.call(customer.tenant.pk, lambda client: client.posting_count()))
    assert {getattr(it, "code", it) for it in results} <= {"lever.grant_revoked", "connection.inactive"}
    assert stops(customer) == ["lever.grant_revoked"]


def test_two_who_keep_a_quiet_grant_alive_refresh_it_once(customer: Customer) -> None:
    customer.change(customer.tokens(), refreshed_at=timezone.now() - timedelta(days=8))
    at_once(2, lambda: grants.refresh_if_idle(customer.tenant.pk))
    assert (refreshes(customer), holds_the_newest_token(customer)) == (1, True)
