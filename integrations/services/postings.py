"""Postings as rows, compared with a feed by content while it is read."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any

from django.utils import timezone

from ..appcast.markup import sanitised_html
from ..models import Feed, FormCheck, Posting
from ..types import OfferedPosting, PostingRecord
from . import outgoing

LINES_AT_ONCE = 100
MOST_DOUBLES_TOLD = 20


class Change:
    """What a feed changes, found while it is read, outside of any transaction.

    A job whose fingerprint is known is not read closer. Memory holds a few numbers for each posting; what has to be
    written waits on disk.
    """

    def __init__(self, known: dict[int, int]) -> None:
        """`known` are the open postings' ids by their fingerprints, as hashes."""
        self._known = known
        self._met: set[int] = set()
        self._lines = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the block that the caller opens
        self.was_open = len(known)
        self.unchanged = 0
        self.doubles: list[str] = []

    def close(self) -> None:
        self._lines.close()

    @property
    def found(self) -> int:
        return len(self._met)

    @property
    def missing(self) -> frozenset[int]:
        return frozenset(self._known.values()) - self._met

    @property
    def counts(self) -> dict[str, int]:
        """Until it is written, what comes back counts as new."""
        closed = len(self.missing)
        changed = len(self._known) - closed
        new = self.found - self.unchanged - changed
        return {
            "found": self.found,
            "new": new,
            "changed": changed,
            "unchanged": self.unchanged,
            "closed": closed,
        }

    def take(self, offered: OfferedPosting) -> None:
        known = self._known.get(hash(offered.fingerprint))
        if known is not None and known not in self._met:
            self._met.add(known)
            self.unchanged += 1
            del self._known[hash(offered.fingerprint)]
        elif record := offered.record():
            self._take_record(record, offered.fingerprint)

    def _take_record(self, record: PostingRecord, fingerprint: str) -> None:
        """Of two with one id the first counts."""
        key = hash(record.external_id)
        if key in self._met:
            self.doubles = [*self.doubles, record.title][:MOST_DOUBLES_TOLD]
            return
        self._met.add(key)
        line = json.dumps(_columns(record, fingerprint), ensure_ascii=False, default=str)
        self._lines.write(line.encode() + b"\n")

    def batches(self) -> Iterator[str]:
        """What has to be written, sanitised, as arrays of JSON."""
        self._lines.seek(0)
        while lines := list(islice(self._lines, LINES_AT_ONCE)):
            yield _array(lines)


def compared() -> closing[Change]:
    """In the tenant's scope: with the open postings as they are now."""
    rows = Posting.objects.filter(closed_at=None).order_by().values_list("content_hash", "external_id")
    return closing(Change({hash(digest): hash(external_id) for digest, external_id in rows.iterator()}))


def ids_of(missing: frozenset[int]) -> list[int]:
    """In the tenant's scope: the open postings that a feed did not hold."""
    if not missing:
        return []
    rows = Posting.objects.filter(closed_at=None).order_by().values_list("pk", "external_id")
    return [pk for pk, external_id in rows.iterator() if hash(external_id) in missing]


def close(tenant_id: int, posting_ids: Sequence[int]) -> None:
    """In the tenant's scope. A feed that lists one still, or again, opens it again, and so is read whole.

    Whoever writes several of these rows takes them in this order.
    """
    if not posting_ids:
        return
    Posting.objects.filter(pk__in=posting_ids).update(closed_at=timezone.now(), owner_name="")
    FormCheck.objects.filter(posting_id__in=posting_ids).update(next_attempt_at=None)
    outgoing.ask(tenant_id)
    Feed.objects.filter(tenant_id=tenant_id).update(etag="")


def _array(lines: Sequence[bytes]) -> str:
    jobs = [json.loads(line) for line in lines]
    for job in jobs:
        job["description_html"] = sanitised_html(job["description_html"])
    return json.dumps(jobs, ensure_ascii=False)


def _columns(record: PostingRecord, fingerprint: str) -> dict[str, Any]:
    return {
        "external_id": record.external_id,
        "title": record.title[:300],
        "url": record.url[:500],
        "locations": record.all_locations,
        "country": record.country[:60],
        "department": record.department[:200],
        "team": record.team[:200],
        "commitment": record.commitment[:100],
        "workplace_type": record.workplace_type[:40],
        "salary": record.salary[:300],
        "description_html": record.description_html,
        "published_at": record.created_at,
        "unknown": dict(record.unknown),
        "warnings": [it.stored for it in record.warnings],
        "content_hash": fingerprint,
    }
