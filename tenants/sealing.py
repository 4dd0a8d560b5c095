"""Secrets at rest: AES-256-GCM, bound to the place where they are kept.

A sealed value reads `<version>.<key id>.<nonce and ciphertext>`. The place (table, column, tenant and row) is
associated data: a value moved to another row does not open. `v1` is sealed with a key of SEALING_KEYS, of which the
first seals and all open; `v2` with a key of its tenant (`data_keys`), which itself is kept sealed with one of those.
"""

import base64
import os
import re
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

RING, DATA = "v1", "v2"
NONCE_BYTES = 12
KEY_BYTES = 32
# Without a dot, which ends the key id in a sealed value.
KEY_ID = re.compile(r"[\w-]{1,32}", re.ASCII)


class SealError(Exception):
    """A sealed value does not open: its key is missing, or it was changed or moved. Nothing of it is returned."""


def seal(plain: bytes, place: str) -> bytes:
    key_id, key = next(iter(ring().items()))
    return close(RING, key_id, key, plain, place)


def unseal(sealed: bytes, place: str) -> bytes:
    version, key_id, data = parts(sealed)
    key = ring().get(key_id)
    if version != RING or key is None:
        raise SealError(
            f"The key {key_id[:32]!r} of a sealed value is not in SEALING_KEYS: add it back; "
            "a key may go only after all values were sealed anew (manage.py reseal)."
        )
    return disclose(key, data, place)


def ring() -> dict[str, AESGCM]:
    return key_ring(tuple(settings.SEALING_KEYS))


def mark() -> str:
    """How what is sealed with the first key of the ring begins."""
    return beginning(RING, next(iter(ring())))


def beginning(version: str, key_id: str) -> str:
    return f"{version}.{key_id}."


def close(version: str, key_id: str, key: AESGCM, plain: bytes, place: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return beginning(version, key_id).encode() + nonce + key.encrypt(nonce, plain, place.encode())


def parts(sealed: bytes) -> tuple[str, str, bytes]:
    version, _, rest = sealed.partition(b".")
    key_id, _, data = rest.partition(b".")
    return version.decode(errors="replace"), key_id.decode(errors="replace"), data


def disclose(key: AESGCM, data: bytes, place: str) -> bytes:
    try:
        return key.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError) as error:  # ValueError: cut off within its nonce
        raise SealError(f"A sealed value does not belong to {place}, or was changed.") from error


def as_text(sealed: bytes) -> str:
    """For a column that holds text."""
    version, key_id, data = parts(sealed)
    return beginning(version, key_id) + base64.urlsafe_b64encode(data).decode()


def from_text(text: str, place: str) -> bytes:
    head, _, data = text.rpartition(".")
    try:
        return head.encode() + b"." + base64.urlsafe_b64decode(data)
    except ValueError as error:
        raise SealError(f"A sealed value of {place} was changed.") from error


def seal_text(plain: str, place: str) -> str:
    return as_text(seal(plain.encode(), place))


def unseal_text(sealed: str, place: str) -> str:
    return unseal(from_text(sealed, place), place).decode()


@cache
def key_ring(keys: tuple[str, ...]) -> dict[str, AESGCM]:
    """Key ids to ciphers, in the order of the setting; raises ImproperlyConfigured for a key that is none."""
    ring: dict[str, AESGCM] = {}
    for number, entry in enumerate(keys, 1):
        key_id, _, encoded = entry.partition(":")
        if not KEY_ID.fullmatch(key_id) or not encoded or key_id in ring:
            # What stands there may be the key itself, and is not repeated.
            raise ImproperlyConfigured(
                f"Entry {number} of SEALING_KEYS does not begin with a key id of its own (1 to 32 letters, digits, "
                "- and _) and a colon; expected <key id>:<32 bytes in urlsafe base64>."
            )
        ring[key_id] = AESGCM(_key_bytes(key_id, encoded))
    if not ring:
        raise ImproperlyConfigured(
            "SEALING_KEYS is empty: give at least one <key id>:<32 bytes in urlsafe base64>."
        )
    return ring


def _key_bytes(key_id: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, altchars=b"-_", validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(
            f"SEALING_KEYS holds {key_id!r} without 32 bytes in urlsafe base64 behind the colon; "
            "make one with: python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
        )
    return key
