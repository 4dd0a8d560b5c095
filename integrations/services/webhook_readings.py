"""Reading the webhooks of every account again, daily: somebody may have removed one, or entered another address.

Addresses are kept as hashes. They are secrets, and most of them other systems'.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

from pydantic import TypeAdapter

from tenants.scoping import tenant_scope

from ..models import WebhookReading
from ..types import WebhookRecord
from . import grants, readings, work


@dataclass(frozen=True, slots=True)
class Listed:
    """One webhook in the ATS; `addresses` are the hashes of all that it was seen with, the present one first."""

    external_id: str
    event_name: str
    host: str
    covers_applicants: bool
    addresses: list[str] = field(default_factory=list)


MOST_ADDRESSES = 5
ASKED_AT_MOST_EVERY = timedelta(seconds=10)
LISTED = TypeAdapter(list[Listed])


def read(reading_id: int) -> None:
    readings.read_again(WebhookReading, reading_id, _read)


def hasten() -> None:
    """In the tenant's scope."""
    readings.hasten(WebhookReading)


def ask() -> None:
    """For somebody who waits for it, having changed something there. In the tenant's scope."""
    readings.hasten(WebhookReading, ASKED_AT_MOST_EVERY)


def listed(row: WebhookReading) -> list[Listed]:
    return LISTED.validate_python(row.listed)


def hash_of(url: str) -> str:
    """The same for all spellings of an address that reach it: capitals in its host, a slash at its end."""
    spelled = url.strip()
    try:
        parts = urlsplit(spelled)
    except ValueError:
        parts = SplitResult("", "", spelled, "", "")
    one = parts._replace(netloc=parts.netloc.lower(), path=parts.path.removesuffix("/")).geturl()
    return hashlib.sha256(one.encode()).hexdigest()


def _read(row: WebhookReading) -> None:
    records = grants.call(row.tenant_id, lambda client: client.webhooks())
    before = {it.external_id: it.addresses for it in listed(row)}
    now = [_listed(record, before.get(record.external_id, [])) for record in records]
    with tenant_scope(row.tenant_id):
        work.note(row, listed=LISTED.dump_python(now, mode="json"))


def _listed(record: WebhookRecord, before: list[str]) -> Listed:
    address = hash_of(record.url)
    return Listed(
        record.external_id,
        record.event_name,
        _host(record.url),
        record.covers_applicants,
        [address, *(it for it in before if it != address)][:MOST_ADDRESSES],
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
