"""Many at once over few sessions of PostgreSQL, whatever goes wrong in between: nobody is ever in the wrong tenant.

Between them stands a pool as PgBouncer's in transaction mode: each transaction is on whichever session is free.
"""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, connection, connections
from django.test import Client

from integrations.models import Posting
from onboarding import evidence
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.audited import Note
from tests.factories import MembershipFactory, PostingFactory, TenantFactory
from tests.people import browser_of
from tests.pooler import pooling
from tests.tenants.belongings import canary
from tests.tenants.database import sql, told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.audit, pytest.mark.timeout(400)]
TENANTS, SESSIONS, THREADS = 4, 3, 12
OWN_PAGES = ("", "setup/", "people/", "applications/", "feed/")


class Injected(Exception):
    """What goes wrong in the middle."""


@pytest.fixture
def tenants(db: None) -> list[Tenant]:
    made = [TenantFactory.create(slug=f"tenant-{it}", name=f"canary-of-tenant-{it}") for it in range(TENANTS)]
    for tenant in made:
        PostingFactory.create(tenant=tenant, title=canary(tenant))
    return made


@pytest.fixture
def pooled(tenants: list[Tenant]) -> Iterator[Callable[[], None]]:
    """Gives the thread that calls it a connection through the pool."""
    given = connection.settings_dict
    with pooling(given["OPTIONS"]["host"], given["USER"], given["NAME"], SESSIONS) as folder:

        def join() -> None:
            own = connections.create_connection(DEFAULT_DB_ALIAS)
            own.settings_dict = {**given, "HOST": folder}
            connections[DEFAULT_DB_ALIAS] = own

        yield join


@pytest.fixture
def browsers(tenants: list[Tenant]) -> dict[int, Any]:
    members: dict[int, User] = {it.pk: MembershipFactory.create(tenant=it).user for it in tenants}
    return {pk: browser_of(user).cookies for pk, user in members.items()}


def reads(tenant: Tenant) -> set[int]:
    with tenant_scope(tenant.pk):
        rows = sql("SELECT tenant_id FROM integrations_posting")
        return {it for (it,) in rows} | set(Posting.objects.values_list("tenant_id", flat=True))


def writes(tenant: Tenant) -> set[int]:
    with tenant_scope(tenant.pk):
        assert Posting.objects.update(title=canary(tenant)) == 1
        return {it.tenant_id for it in Posting.objects.all()}


def fails_in_python(tenant: Tenant) -> set[int]:
    with tenant_scope(tenant.pk):
        Posting.objects.update(title="undone")
        raise Injected


def fails_in_the_database(tenant: Tenant) -> set[int]:
    with tenant_scope(tenant.pk):
        sql("SELECT 1 / (SELECT 0)")
    return set()


def enters_again(tenant: Tenant) -> set[int]:
    """Its own scope, and after another one in between, which fails."""
    with tenant_scope(tenant.pk):
        with suppress(Injected), across_tenants("a test fails"):
            raise Injected
        with tenant_scope(tenant.pk):
            return {it for (it,) in sql("SELECT tenant_id FROM integrations_posting")}


def looks_across_and_back(tenant: Tenant) -> set[int]:
    with across_tenants("a test counts"):
        everybody = {it.tenant_id for it in Posting.objects.all()}
        with tenant_scope(tenant.pk):
            found = {it.tenant_id for it in Posting.objects.all()}
    return found if len(everybody) == TENANTS else everybody


def forges(tenant: Tenant) -> set[int]:
    """A reference or a row of another tenant, past the managers."""
    with tenant_scope(tenant.pk):
        sql(
            "INSERT INTO tenants_membership (tenant_id, user_id, role, steps, joined_at)"
            " SELECT %s, id, 'owner', '{}', now() FROM tenants_user",
            tenant.pk + 1,
        )
    return {tenant.pk + 1}


def vanishes(tenant: Tenant) -> set[int]:
    """The client is gone in the middle of its transaction, as after a kill."""
    with tenant_scope(tenant.pk):
        connection.connection.pgconn.finish()
        return reads(tenant)


TASKS = (
    *(reads, writes, enters_again) * 3,
    fails_in_python,
    fails_in_the_database,
    looks_across_and_back,
    forges,
    vanishes,
)


class Crowd:
    """Each act says whether it was in the wrong tenant."""

    def __init__(self, tenants: list[Tenant], join: Callable[[], None], cookies: dict[int, Any]) -> None:
        self._tenants, self._join, self._cookies = tenants, join, cookies
        self._mine = threading.local()

    def act(self, number: int) -> bool:
        if not hasattr(self._mine, "has_joined"):
            self._join()
            self._mine.has_joined = True
        chance = random.Random(number)
        tenant = chance.choice(self._tenants)
        is_wrong = self._asks(tenant, chance) if number % 5 == 0 else self._works(tenant, chance)
        return is_wrong or told() != ("", "") or sql("SELECT count(*) FROM integrations_posting") != [(0,)]

    def _works(self, tenant: Tenant, chance: random.Random) -> bool:
        try:
            return not chance.choice(TASKS)(tenant) <= {tenant.pk}
        except (Injected, DatabaseError, InterfaceError):
            if connection.connection is None or connection.connection.closed:
                connection.close()
            return False

    def _asks(self, tenant: Tenant, chance: random.Random) -> bool:
        """A page of the tenant's member, their own or another's; some break in the middle."""
        browser = Client(raise_request_exception=False)
        browser.cookies = self._cookies[tenant.pk]
        asked = chance.choice(self._tenants) if chance.random() < 0.2 else tenant
        page = browser.get(f"/t/{asked.slug}/{chance.choice(OWN_PAGES)}")
        others = [it for it in self._tenants if it != tenant and it.name in page.content.decode()]
        return bool(others) or page.status_code not in ({200, 302, 500} if asked == tenant else {404})


def leave(together: threading.Barrier) -> None:
    """Each thread of the pool, once."""
    together.wait(timeout=20)
    connections.close_all()


def test_nobody_is_ever_in_the_wrong_tenant(
    tenants: list[Tenant],
    pooled: Callable[[], None],
    browsers: dict[int, Any],
    many: Callable[[int, int], int],
    note: Note,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gather = evidence.gather

    def break_now_and_then(tenant: Tenant) -> Any:
        found = gather(tenant)
        if random.random() < 0.2:
            raise Injected
        return found

    monkeypatch.setattr("onboarding.views.pages.gather", break_now_and_then)
    crowd, count = Crowd(tenants, pooled, browsers), many(10_000, 300)
    with ThreadPoolExecutor(THREADS) as pool:
        try:
            wrong = sum(pool.map(crowd.act, range(count)))
        finally:
            together = threading.Barrier(THREADS)
            list(pool.map(lambda _: leave(together), range(THREADS)))
    note("requests and tasks over a pool of three sessions, in the wrong tenant", count, wrong)
    with across_tenants("a test looks"):
        assert {it.title for it in Posting.objects.all()} == {canary(it) for it in tenants}
        assert not AuditEvent.objects.exclude(tenant__in=tenants).exists()
