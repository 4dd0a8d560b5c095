"""The feed that leaves us, as its readers get it: pieces that lie ready, at an address that cannot be guessed."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Greatest, Least, Now
from django.utils import timezone

from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import across_tenants, tenant_scope

from ..models import Feed, OutgoingFeed, OutgoingPiece
from ..models.feeds import new_feed_key

# What changes in a row, as forms do that are read one by one, is published once.
PAUSE = timedelta(minutes=1)
# And a large feed, which takes its time, not over and over while it is read for the first time.
PAUSES_PER_RUN = 10
NOTED_EVERY = timedelta(minutes=10)
GZIP = zlib.MAX_WBITS | 16
# A piece of nothing but blanks inflates a thousandfold.
MOST_BYTES_AT_ONCE = 256 * 1024


class PieceGoneError(Exception):
    """Who reads so slowly must begin anew: the connection breaks rather than end as if that were all."""


@dataclass(frozen=True, slots=True)
class Document:
    """One version, whole. Each piece is read when its turn comes: nothing is kept open for a slow reader."""

    tenant_id: int
    outgoing_id: int
    version: int
    etag: str
    size_bytes: int
    gzipped_bytes: int
    read_at: datetime | None

    @property
    def is_there(self) -> bool:
        return self.version > 0

    def gzipped(self) -> Iterator[bytes]:
        sent, number = 0, 0
        while sent < self.gzipped_bytes:
            piece = self._piece(number)
            yield piece
            sent, number = sent + len(piece), number + 1

    def plain(self) -> Iterator[bytes]:
        inflating = zlib.decompressobj(wbits=GZIP)
        for piece in self.gzipped():
            while piece:
                yield inflating.decompress(piece, MOST_BYTES_AT_ONCE)
                piece = inflating.unconsumed_tail

    def _piece(self, number: int) -> bytes:
        with tenant_scope(self.tenant_id):
            pieces = OutgoingPiece.objects.filter(
                outgoing_id=self.outgoing_id, version=self.version, number=number
            )
            found = pieces.values_list("data", flat=True).first()
        if found is None:
            raise PieceGoneError(f"outgoing feed {self.outgoing_id}, version {self.version}, piece {number}")
        return bytes(found)


def document_of(key: str) -> Document | None:
    """None when no feed has this key."""
    with across_tenants("the feed's address names its tenant by an unguessable key"):
        ready = OutgoingFeed.objects.filter(feed__key=key).exclude(tenant__status=Tenant.Status.OFFBOARDED)
        names = ("tenant_id", "pk", "version", "etag", "size_bytes", "gzipped_bytes", "read_at")
        found = ready.values_list(*names).first()
    return Document(*found) if found else None


def note_read(document: Document) -> None:
    """Once in a while: whether somebody comes for it matters, not each time."""
    if document.read_at and timezone.now() - document.read_at < NOTED_EVERY:
        return
    with tenant_scope(document.tenant_id):
        OutgoingFeed.objects.filter(pk=document.outgoing_id).update(read_at=Now())


def begin(feed: Feed) -> None:
    """In the tenant's scope. The first good sync asks for the first version: an empty list is none."""
    OutgoingFeed.objects.get_or_create(feed=feed, defaults={"tenant_id": feed.tenant_id})


def ask(tenant_id: int) -> None:
    """In the tenant's scope: something that it shows has changed."""
    soon = Greatest(Now(), F("rests_until"))
    OutgoingFeed.objects.filter(tenant_id=tenant_id).update(
        changed_at=Now(), next_attempt_at=Least(F("next_attempt_at"), soon)
    )


def address(key: str) -> str:
    return f"{settings.PUBLIC_URL}/feeds/{key}.xml"


def change_address(feed: Feed, by: User) -> str:
    """The old one is as unknown as any from now on."""
    key = new_feed_key()
    with tenant_scope(feed.tenant_id):
        Feed.objects.filter(pk=feed.pk).update(key=key)
        audit.record("feed.address_changed", feed, tenant_id=feed.tenant_id, actor=by)
    return key
