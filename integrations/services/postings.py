"""Postings as rows: compared with a feed by content, written only where they differ."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from django.utils import timezone

from ..appcast.markup import sanitised_html
from ..models import FormCheck, Posting
from ..types import PostingRecord
from . import bell


@dataclass(slots=True)
class Change:
    """What a feed changes: `counts` holds found, new, changed, unchanged, closed and reopened."""

    new: list[PostingRecord] = field(default_factory=list)
    changed: list[tuple[Posting, PostingRecord]] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def compare(records: Sequence[PostingRecord]) -> Change:
    """In the tenant's scope."""
    known = {posting.external_id: posting for posting in Posting.objects.defer("description_html")}
    change, reopened, unchanged = Change(), 0, 0
    for record in records:
        posting = known.get(record.external_id)
        if posting is None:
            change.new.append(record)
        elif posting.closed_at or posting.content_hash != content_hash(record):
            change.changed.append((posting, record))
            reopened += posting.closed_at is not None
        else:
            unchanged += 1
    present = {record.external_id for record in records}
    change.closed = [it.pk for it in known.values() if it.is_open and it.external_id not in present]
    change.counts = {
        "found": len(records),
        "new": len(change.new),
        "changed": len(change.changed) - reopened,
        "unchanged": unchanged,
        "closed": len(change.closed),
        "reopened": reopened,
    }
    return change


def apply(tenant_id: int, change: Change) -> None:
    """In the tenant's scope, all or nothing. Forms of new and changed postings are read again."""
    now = timezone.now()
    created = Posting.objects.bulk_create(
        [
            Posting(tenant_id=tenant_id, first_seen_at=now, changed_at=now, **_columns(it))
            for it in change.new
        ],
        batch_size=500,
    )
    for posting, record in change.changed:
        for name, value in _columns(record).items():
            setattr(posting, name, value)
        posting.changed_at, posting.closed_at = now, None
    names = [*(_columns(change.changed[0][1]) if change.changed else ()), "changed_at", "closed_at"]
    Posting.objects.bulk_update([posting for posting, _ in change.changed], names, batch_size=500)
    close(change.closed)
    _check_forms(tenant_id, [*created, *(posting for posting, _ in change.changed)])


def close(posting_ids: Sequence[int]) -> None:
    """In the tenant's scope. A feed that lists one again opens it again."""
    Posting.objects.filter(pk__in=posting_ids).update(closed_at=timezone.now(), owner_name="")
    FormCheck.objects.filter(posting_id__in=posting_ids).update(next_attempt_at=None)


def content_hash(record: PostingRecord) -> str:
    content = json.dumps(asdict(record), default=str, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(content.encode(), digest_size=32).hexdigest()


def _check_forms(tenant_id: int, postings: Sequence[Posting]) -> None:
    now = timezone.now()
    FormCheck.objects.bulk_create(
        [FormCheck(tenant_id=tenant_id, posting=posting) for posting in postings],
        ignore_conflicts=True,
        batch_size=500,
    )
    checks = FormCheck.objects.filter(posting__in=postings)
    checks.update(next_attempt_at=now)
    for check in checks[:20]:  # the sweep rings for the rest, in fair turns
        bell.ring(check)


def _columns(record: PostingRecord) -> dict[str, object]:
    return {
        "external_id": record.external_id[:100],
        "title": record.title[:300],
        "url": record.url[:500],
        "locations": list(record.all_locations),
        "country": record.country[:60],
        "department": record.department[:200],
        "team": record.team[:200],
        "commitment": record.commitment[:100],
        "workplace_type": record.workplace_type[:40],
        "salary": record.salary[:300],
        "description_html": sanitised_html(record.description_html),
        "published_at": record.created_at,
        "content_hash": content_hash(record),
    }
