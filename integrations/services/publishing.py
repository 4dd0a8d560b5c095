"""Making the feed that leaves us: every open posting in Appcast's elements, as one stream of gzip in pieces."""

import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from django.db.models import Case, Min, When
from django.db.models.functions import Now

from tenants.phrases import Phrase
from tenants.scoping import tenant_scope

from ..appcast.feed import END, START, FeedJob, elements_of, findings_of
from ..models import FormCheck, OutgoingFeed, OutgoingPiece, Posting
from . import outgoing, work

PAGE = 200
PIECE_BYTES = 128 * 1024
LEVEL = 4
# The company's name may have changed, or what we make of a posting.
AGAIN_AFTER = timedelta(days=1)
# Somebody may be reading an older version still.
KEPT_FOR = timedelta(hours=1)
MOST_FINDINGS = 200


def publish(outgoing_id: int) -> None:
    row = work.claim(OutgoingFeed, outgoing_id, "tenant")
    if row is None:
        return
    if work.is_worn_out(row):
        with tenant_scope(row.tenant_id):
            work.record(row, next_attempt_at=work.after(AGAIN_AFTER), **work.WORN_OUT)
        return
    press = Press(row)
    press.put(START)
    for posting in _open_postings(row.tenant_id):
        press.print(posting)
    press.put(END)
    with tenant_scope(row.tenant_id):
        press.finish()


@dataclass(slots=True)
class Press:
    """Writes the pieces of the next version, which nobody is shown before it is whole."""

    row: OutgoingFeed
    began: float = field(default_factory=time.monotonic)
    number: int = 0
    jobs: int = 0
    size_bytes: int = 0
    gzipped_bytes: int = 0
    findings: dict[str, Any] = field(
        default_factory=lambda: {"counts": Counter()} | _listed() | {"odd": _listed()}
    )
    _waiting: bytearray = field(default_factory=bytearray)
    _digest: Any = field(default_factory=lambda: blake2b(digest_size=16))
    _deflating: Any = field(default_factory=lambda: zlib.compressobj(LEVEL, wbits=outgoing.GZIP))

    @property
    def version(self) -> int:
        return self.row.version + 1

    def print(self, posting: Posting) -> None:
        job = job_of(posting, self.row.tenant.name)
        for element in elements_of(job):
            self.put(element.encode())
            self.jobs += 1
        self._find(posting, job)

    def put(self, text: bytes) -> None:
        self.size_bytes += len(text)
        self._digest.update(text)
        self._waiting += self._deflating.compress(text)
        if len(self._waiting) >= PIECE_BYTES:
            with tenant_scope(self.row.tenant_id):
                work.note(self.row)
                self._write()

    def finish(self) -> None:
        """What came out as it was is not replaced."""
        etag = self._digest.hexdigest()
        if etag == self.row.etag:
            self._drop_later_versions()
            work.record(self.row, **self._outcome())
            self._drop_old_versions()
            return
        self._waiting += self._deflating.flush()
        self._write()
        work.record(
            self.row,
            **self._outcome(),
            version=self.version,
            etag=etag,
            size_bytes=self.size_bytes,
            gzipped_bytes=self.gzipped_bytes,
            published_at=Now(),
        )
        self._drop_old_versions()

    def _outcome(self) -> dict[str, Any]:
        """What changed while it was being made is in the next."""
        took = timedelta(seconds=time.monotonic() - self.began)
        rests_until = work.after(max(outgoing.PAUSE, took * outgoing.PAUSES_PER_RUN))
        seen = When(changed_at=self.row.changed_at, then=work.after(AGAIN_AFTER))
        again = Case(seen, default=rests_until)
        return {
            "jobs": self.jobs,
            "findings": self.findings,
            "next_attempt_at": again,
            "rests_until": rests_until,
            "attempts": 0,
            **work.NO_ERROR,
        }

    def _write(self) -> None:
        if self.number == 0:
            self._drop_later_versions()  # of a run that was killed
        OutgoingPiece.objects.create(
            tenant_id=self.row.tenant_id,
            outgoing=self.row,
            version=self.version,
            number=self.number,
            data=bytes(self._waiting),
        )
        self.gzipped_bytes += len(self._waiting)
        self.number += 1
        self._waiting.clear()

    def _drop_later_versions(self) -> None:
        OutgoingPiece.objects.filter(outgoing=self.row, version__gt=self.row.version).delete()

    def _drop_old_versions(self) -> None:
        """Each was read until the next one came, and may be for a while after that."""
        pieces = OutgoingPiece.objects.filter(outgoing=self.row)
        young = pieces.filter(written_at__gte=Now() - KEPT_FOR).aggregate(first=Min("version"))
        came_last_before = (young["first"] or self.version) - 1
        pieces.filter(version__lt=came_last_before).delete()

    def _find(self, posting: Posting, job: FeedJob) -> None:
        found = list(findings_of(job))
        self.findings["counts"].update({it.code for it in found})
        _list(self.findings, posting, [it.says for it in found])
        _list(self.findings["odd"], posting, posting.warnings)


def _listed() -> dict[str, Any]:
    return {"count": 0, "jobs": []}


def _list(listed: dict[str, Any], posting: Posting, said: Sequence[Phrase]) -> None:
    """All are counted, and the first are told."""
    listed["count"] += bool(said)
    if said and len(listed["jobs"]) < MOST_FINDINGS:
        job = {"posting": posting.external_id, "title": posting.title, "url": posting.url}
        listed["jobs"].append({**job, "says": [it.stored for it in said]})


def job_of(posting: Posting, company: str) -> FeedJob:
    checked = getattr(posting, "form_check", None)
    return FeedJob(
        posting_external_id=posting.external_id,
        title=posting.title,
        company=company,
        url=posting.url,
        locations=tuple(posting.locations),
        country=posting.country,
        job_type=posting.commitment,
        category=posting.department or posting.team,
        body_html=posting.description_html,
        posted_on=(posting.published_at or posting.first_seen_at).date(),
        is_mobile_friendly=checked is not None and checked.status == FormCheck.Status.SUPPORTED,
    )


def _open_postings(tenant_id: int) -> Iterator[Posting]:
    """Page by page, each in a scope of its own: nothing waits for the whole of it."""
    last = 0
    while True:
        with tenant_scope(tenant_id):
            page = list(
                Posting.objects.filter(closed_at=None, pk__gt=last)
                .select_related("form_check")
                .defer("form_check__form")
                .order_by("pk")[:PAGE]
            )
        if not page:
            return
        yield from page
        last = page[-1].pk
