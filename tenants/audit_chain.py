"""The chain of the audit trail, one for each tenant and one for what belongs to none: checked nightly, and exported.

A link's hash covers its event as `LINKS` writes it, behind the hash of the link before. What is cut off the end leaves
a chain that is whole, so each night's heads are kept as an event of no tenant, and must still be there. Who may change
the tables can make all chains anew, that one too, so the heads are logged as well.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import connection

from . import audit
from .models import AuditEvent, Tenant
from .scoping import across_tenants

logger = structlog.get_logger(__name__)

LINKS = """
SELECT link.number, link.hash, jsonb_build_array(
    event.id, event.tenant_id, event.actor_id, event.actor_label, event.action, event.subject, event.detail,
    extract(epoch FROM event.at)
)::text, event.id
FROM (
    SELECT * FROM tenants_auditevent WHERE tenant_id = %(of)s OR (%(of)s::bigint IS NULL AND tenant_id IS NULL)
) event FULL JOIN (
    SELECT * FROM tenants_auditlink WHERE tenant_id = %(of)s OR (%(of)s::bigint IS NULL AND tenant_id IS NULL)
) link ON link.event_id = event.id
ORDER BY link.number
"""
PIECE = 2000
HEADS_KEPT = "audit_trail.heads_kept"
MOST_HEADS = 100
# The length of a chain, and its last hash.
Head = tuple[int, str]


@dataclass(slots=True)
class Chain:
    """As far as it was read: its length, its last hash, and what is wrong with it."""

    length: int = 0
    head: str = ""
    broken: list[str] = field(default_factory=list)
    kept: Head = (0, "")

    def follow(self, number: int | None, said: str, told: str | None, event_id: int | None) -> None:
        if number is None:
            self.broken.append(f"event {event_id} is not in the chain")
        elif number != self.length + 1:
            self.broken.append(f"link {self.length + 1} is missing")
        if told is None:
            self.broken.append(f"the event of link {number} is missing")
        elif number is not None and said != hashlib.sha256(f"{self.head}{told}".encode()).hexdigest():
            self.broken.append(f"event {event_id} or link {number} was changed")
        if number is not None:
            self.length, self.head = number, said
        if number is not None and number == self.kept[0] and said != self.kept[1]:
            self.broken.append(f"link {number} is not the one that an earlier check saw")

    def end(self) -> None:
        if self.length < self.kept[0]:
            self.broken.append(f"what was behind link {self.length} is missing: {self.kept[0]} were there")


def check(tenant_id: int | None, kept: Head = (0, "")) -> Chain:
    chain = Chain(kept=kept)
    for link in _links(tenant_id):
        chain.follow(*link)
    chain.end()
    return chain


def check_each(tenant_ids: Iterable[int | None]) -> Mapping[int | None, Chain]:
    kept = _kept_heads()
    return {it: check(it, kept.get(it, (0, ""))) for it in tenant_ids}


def check_all() -> bool:
    """Whether every chain is whole. Keeps the heads of those that are."""
    chains = check_each([None, *Tenant.objects.values_list("pk", flat=True)])
    for tenant_id, chain in chains.items():
        logger.info("audit_chain_checked", tenant=tenant_id, length=chain.length, head=chain.head)
        if chain.broken:
            logger.error(
                "audit_chain_broken", tenant=tenant_id, found=chain.broken[:10], count=len(chain.broken)
            )
    _keep_heads(
        [(of, it.length, it.head) for of, it in chains.items() if not it.broken and it.length > it.kept[0]]
    )
    return not any(it.broken for it in chains.values())


def _kept_heads() -> Mapping[int | None, Head]:
    with across_tenants("the heads of all chains"):
        kept = AuditEvent.objects.filter(tenant=None, action=HEADS_KEPT).order_by("pk")
        heads = [it for heads in kept.values_list("detail__heads", flat=True) for it in heads]
    return {tenant_id: (length, head) for tenant_id, length, head in heads}


def _keep_heads(heads: Sequence[tuple[int | None, int, str]]) -> None:
    """Of what is broken the last good one stays kept."""
    with across_tenants("the heads of all chains"):
        for start in range(0, len(heads), MOST_HEADS):
            some = heads[start : start + MOST_HEADS]
            audit.record(HEADS_KEPT, "audit trail", tenant_id=None, actor="portal", heads=some)


def export(tenant_id: int | None) -> Iterator[str]:
    """A line of JSON for each event. Who gets them all can follow the hashes: `told` is what they cover."""
    names = ("id", "tenant", "actor", "actor_label", "action", "subject", "detail", "at")
    for number, said, told, _ in _links(tenant_id):
        event = dict(zip(names, json.loads(told or "[]"), strict=False))
        yield json.dumps({"number": number, "hash": said, "told": told, **event}, ensure_ascii=False)


def _links(tenant_id: int | None) -> Iterator[tuple[int | None, str, str | None, int | None]]:
    with across_tenants("the chain of audit events"), connection.chunked_cursor() as cursor:
        cursor.execute(LINKS, {"of": tenant_id})
        while rows := cursor.fetchmany(PIECE):
            yield from rows
