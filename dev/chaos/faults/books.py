"""What the portal's database says of problems, as its superuser; and time, which is moved there."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg

from ...postgres import DATABASE, SUPERUSER

# Seconds, by tenant.
Moved = Counter[str]
PROBLEMS = """
    SELECT tenant.slug, it.code, it.subject, it.resolved_at IS NULL,
           EXISTS (SELECT FROM onboarding_problemchange change
                   WHERE change.problem_id = it.id AND change.status = 'resolved' AND change.by_id IS NULL)
           AND it.resolved_by_id IS NULL,
           it.returns
    FROM onboarding_problem it JOIN tenants_tenant tenant ON tenant.id = it.tenant_id
"""
FORWARD = """
    WITH waiting AS (
        SELECT it.id, tenant.slug, extract(epoch FROM it.{column} - now()) AS seconds
        FROM {table} it JOIN tenants_tenant tenant ON tenant.id = it.tenant_id
        WHERE tenant.slug = ANY(%(tenants)s) AND it.{column} > now()
    ), moved AS (UPDATE {table} it SET {column} = now() FROM waiting WHERE it.id = waiting.id)
    SELECT slug, max(seconds)::float8 FROM waiting GROUP BY slug
"""
BACK = """
    WITH moved AS (
        UPDATE {table} it SET {columns} FROM tenants_tenant tenant
        WHERE tenant.id = it.tenant_id AND tenant.slug = ANY(%(tenants)s) AND {only}
        RETURNING tenant.slug
    ) SELECT DISTINCT slug FROM moved
"""
UNREAD = """
    SELECT (SELECT count(*) FROM integrations_feed WHERE next_sync_at <= now())
         + (SELECT count(*) FROM integrations_feedsync WHERE finished_at IS NULL)
         + (SELECT count(*) FROM webhooks_catchup WHERE next_attempt_at <= now())
         + (SELECT count(*) FROM integrations_stagereading WHERE next_attempt_at <= now())
         + (SELECT count(*) FROM integrations_archivereasonreading WHERE next_attempt_at <= now())
"""
UNSEEN = """
    SELECT tenant.slug FROM onboarding_health it JOIN tenants_tenant tenant ON tenant.id = it.tenant_id
    WHERE it.looked_at IS NULL OR it.looked_at < %(at)s OR it.looked_at < it.counted_at
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A problem; `is_by_itself` says that nobody resolved it by hand."""

    tenant: str
    code: str
    subject: str
    is_open: bool
    is_by_itself: bool
    returns: int


class Books:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(
            host=url.partition("host=")[2], user=SUPERUSER, dbname=DATABASE, autocommit=True
        )

    def problems(self) -> list[Row]:
        return [Row(*row) for row in self.ask(PROBLEMS)]

    def open(self) -> set[tuple[str, str]]:
        """Tenant and code of each problem that is open."""
        return {(it.tenant, it.code) for it in self.problems() if it.is_open}

    def have_read(self) -> bool:
        """Nothing that is read again and again is due."""
        [(unread,)] = self.ask(UNREAD)
        return not unread

    def now(self) -> Any:
        [(now,)] = self.ask("SELECT clock_timestamp()")
        return now

    def unseen(self, since: Any) -> list[str]:
        """The tenants that nobody has looked at, or where something has happened after that."""
        return [slug for (slug,) in self.ask(UNSEEN, at=since)]

    def forward(self, table: str, column: str, tenants: Collection[str]) -> Moved:
        """What waits for a later moment is due now."""
        return Moved(dict(self.ask(FORWARD.format(table=table, column=column), tenants=list(tenants))))

    def back(
        self,
        table: str,
        columns: Collection[str],
        by: timedelta,
        tenants: Collection[str],
        only: str = "true",
    ) -> Moved:
        """What happened was so much earlier."""
        moved = ", ".join(f"{it} = it.{it} - %(by)s" for it in columns)
        statement = BACK.format(table=table, columns=moved, only=only)
        seconds = round(by.total_seconds())
        return Moved({slug: seconds for (slug,) in self.ask(statement, tenants=list(tenants), by=by)})

    def ask(self, statement: str, **values: object) -> list[Any]:
        found = self._connection.execute(statement, values)
        return found.fetchall() if found.description else []
