"""Postings written by the hundred: one statement for each batch, and none for what stands there as it is."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial

from django.db import connection as database
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from . import outgoing, postings
from .postings import Change

COLUMNS = {
    "external_id": "text",
    "title": "text",
    "url": "text",
    "locations": "jsonb",
    "country": "text",
    "department": "text",
    "team": "text",
    "commitment": "text",
    "workplace_type": "text",
    "salary": "text",
    "description_html": "text",
    "published_at": "timestamptz",
    "unknown": "jsonb",
    "warnings": "jsonb",
    "content_hash": "text",
}
# A posting that came back is written even where it says the same as before. The forms of all that is written are read
# again; the sweep rings for them, in fair turns.
WRITE = """
    WITH written AS (
        INSERT INTO integrations_posting AS posting
            (tenant_id, owner_name, first_seen_at, changed_at, {names})
        SELECT %(tenant)s, '', %(now)s, %(now)s, {names} FROM json_to_recordset(%(jobs)s) AS job ({typed})
        ON CONFLICT (tenant_id, external_id) DO UPDATE
            SET changed_at = excluded.changed_at, closed_at = NULL, {renewed}
            WHERE posting.closed_at IS NOT NULL OR posting.content_hash <> excluded.content_hash
        RETURNING id, first_seen_at = %(now)s AS is_new
    ), asked AS (
        INSERT INTO integrations_formcheck
            (tenant_id, posting_id, next_attempt_at, status, unsupported, attempts, unfinished, lease,
             error_code, error_message, error_detail)
        SELECT %(tenant)s, id, %(now)s, 'unchecked', '[]', 0, 0, 0, '', '', '' FROM written
        ON CONFLICT (posting_id) DO UPDATE SET next_attempt_at = excluded.next_attempt_at
    )
    SELECT count(*) FILTER (WHERE is_new) FROM written
""".format(  # nosec B608  # our own columns
    names=", ".join(COLUMNS),
    typed=", ".join(f"{name} {kind}" for name, kind in COLUMNS.items()),
    renewed=", ".join(f"{name} = excluded.{name}" for name in COLUMNS),
)


def apply(tenant_id: int, change: Change) -> dict[str, int]:
    """In the tenant's scope, all or nothing; what it came to."""
    counts, now = change.counts, timezone.now()
    with database.cursor() as cursor:
        new = sum(_ahead(partial(_write, cursor, tenant_id, now), change.batches()))
    postings.close(tenant_id, postings.ids_of(change.missing))
    if counts["found"] > counts["unchanged"]:
        outgoing.ask(tenant_id)
    return {**counts, "new": new, "reopened": counts["new"] - new}


def _ahead(work: Callable[[str], int], batches: Iterable[str]) -> Iterator[int]:
    """While the database has one, the next is made ready."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        begun: Future[int] | None = None
        for batch in batches:
            if begun:
                yield begun.result()
            begun = thread.submit(work, batch)
        if begun:
            yield begun.result()


def _write(cursor: CursorWrapper, tenant_id: int, now: datetime, jobs: str) -> int:
    """How many are new."""
    cursor.execute(WRITE, {"tenant": tenant_id, "jobs": jobs, "now": now})
    (new,) = cursor.fetchone() or (0,)
    return int(new)
