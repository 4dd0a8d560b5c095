"""The chain of the audit trail, one for each tenant and one for what belongs to none: checked nightly, and exported.

A link's hash covers its event as `LINKS` writes it, behind the hash of the link before. Who may change the tables can
make a whole chain anew, so each check logs its head: a head that was logged must still be in the chain.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog
from django.db import connection

from .models import Tenant
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


@dataclass(slots=True)
class Chain:
    """As far as it was read: its length, its last hash, and what is wrong with it."""

    length: int = 0
    head: str = ""
    broken: list[str] = field(default_factory=list)

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


def check(tenant_id: int | None) -> Chain:
    chain = Chain()
    for link in _links(tenant_id):
        chain.follow(*link)
    return chain


def check_all() -> bool:
    """Whether every chain is whole."""
    chains = {it: check(it) for it in (None, *Tenant.objects.values_list("pk", flat=True))}
    for tenant_id, chain in chains.items():
        logger.info("audit_chain_checked", tenant=tenant_id, length=chain.length, head=chain.head)
        if chain.broken:
            logger.error(
                "audit_chain_broken", tenant=tenant_id, found=chain.broken[:10], count=len(chain.broken)
            )
    return not any(it.broken for it in chains.values())


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
