"""A key for each tenant: what it owns is sealed with that, and once the key is deleted no copy of it opens, wherever.

What was sealed before tenants had keys opens with SEALING_KEYS, whatever becomes of the tenant, until it is resealed.

The newest seals, all open. A process remembers them for a minute; a deleted one is so long still known to it.
"""

import time
from collections.abc import Iterable, Set
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .models import DataKey, Tenant
from .rows import Columns
from .scoping import across_tenants, fetch_across_tenants, fetch_in_scope
from .sealing import DATA, RING, SealError, beginning, close, disclose, parts, unseal

REMEMBERED_SECONDS = 60
KEY = Columns(DataKey, "key")
NEWEST_FIRST = f"""
    SELECT {KEY} FROM tenants_datakey key WHERE tenant_id = ANY(%s::bigint[]) ORDER BY tenant_id, created_at DESC
"""  # nosec B608  # our own words


class NoKeyError(SealError):
    """Its tenant was erased."""


@dataclass(frozen=True, slots=True)
class Keys:
    """By id, the newest first."""

    ciphers: dict[str, AESGCM] = field(repr=False)
    until: float


_remembered: dict[int, Keys] = {}


def seal_for(tenant_id: int, plain: bytes, place: str) -> bytes:
    key_id, key = _newest(tenant_id)
    return close(DATA, key_id, key, plain, place)


def unseal_for(tenant_id: int, sealed: bytes, place: str) -> bytes:
    version, key_id, data = parts(sealed)
    if version == RING:  # from before the tenant had a key
        return unseal(sealed, place)
    key = _known(tenant_id).get(key_id) or _read(tenant_id).get(key_id)
    if version != DATA or key is None:
        raise SealError(
            f"The data key {key_id[:32]!r} of {place} is not its tenant's, or was erased with it."
        )
    return disclose(key, data, place)


def mark_of(tenant_id: int) -> str:
    """How what is sealed with the tenant's newest key begins."""
    return beginning(DATA, _newest(tenant_id)[0])


def missing() -> list[int]:
    """Tenants that have none and were not erased: processes of before there were keys made them, or rows copied in."""
    with across_tenants("tenants without a data key"):
        kept = Tenant.objects.exclude(status=Tenant.Status.OFFBOARDED)
        return list(kept.exclude(pk__in=DataKey.objects.values("tenant")).values_list("pk", flat=True))


def read_ahead(tenant_ids: Set[int]) -> None:
    """By one question. Whose keys do not open is passed over: whoever needs them will be told."""
    unknown = [it for it in tenant_ids if _fresh(it) is None]
    if unknown:
        [rows] = fetch_across_tenants("data keys of what is opened next", (NEWEST_FIRST, [unknown]))
        for tenant_id, keys in groupby(map(KEY.read, rows), key=attrgetter("tenant_id")):
            with suppress(SealError):
                _remember(tenant_id, keys)


def forget(tenant_id: int) -> None:
    _remembered.pop(tenant_id, None)


def _newest(tenant_id: int) -> tuple[str, AESGCM]:
    newest = next(iter(_known(tenant_id).items()), None)
    if newest is None:
        raise NoKeyError(
            f"Tenant {tenant_id} has no data key: it was erased, and nothing is kept for it any more."
        )
    return newest


def _known(tenant_id: int) -> dict[str, AESGCM]:
    ciphers = _fresh(tenant_id)
    return _read(tenant_id) if ciphers is None else ciphers


def _fresh(tenant_id: int) -> dict[str, AESGCM] | None:
    known = _remembered.get(tenant_id)
    return known.ciphers if known and time.monotonic() < known.until else None


def _read(tenant_id: int) -> dict[str, AESGCM]:
    """A tenant is made together with its key: what a transaction that is undone remembers is of no tenant."""
    [rows] = fetch_in_scope(tenant_id, (NEWEST_FIRST, [[tenant_id]]))
    return _remember(tenant_id, map(KEY.read, rows))


def _remember(tenant_id: int, keys: Iterable[DataKey]) -> dict[str, AESGCM]:
    ciphers = {it.pk.hex: it.cipher() for it in keys}
    _remembered[tenant_id] = Keys(ciphers, time.monotonic() + REMEMBERED_SECONDS)
    return ciphers
