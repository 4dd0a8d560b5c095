"""Secrets at rest: AES-256-GCM, bound to the place where they are kept.

A sealed value reads `v1.<key id>.<nonce and ciphertext>`. The place (table, column, tenant and row) is
associated data: a value moved to another row does not open. The first key of SEALING_KEYS seals, all open.
"""

import base64
import os
import re
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = b"v1"
NONCE_BYTES = 12
KEY_BYTES = 32
# Without a dot, which ends the key id in a sealed value.
KEY_ID = re.compile(r"[\w-]{1,32}", re.ASCII)


class SealError(Exception):
    """A sealed value does not open: its key is missing, or it was changed or moved. Nothing of it is returned."""


def seal(plain: bytes, place: str) -> bytes:
    key_id, key = next(iter(key_ring(tuple(settings.SEALING_KEYS)).items()))
    nonce = os.urandom(NONCE_BYTES)
    return b".".join([VERSION, key_id.encode(), nonce + key.encrypt(nonce, plain, place.encode())])


def unseal(sealed: bytes, place: str) -> bytes:
    version, _, rest = sealed.partition(b".")
    key_id, _, data = rest.partition(b".")
    key = key_ring(tuple(settings.SEALING_KEYS)).get(key_id.decode(errors="replace"))
    if version != VERSION or key is None:
        raise SealError(
            f"The key {key_id[:32]!r} of a sealed value is not in SEALING_KEYS: add it back; "
            "a key may go only after all values were sealed anew."
        )
    try:
        return key.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError) as error:  # ValueError: cut off within its nonce
        raise SealError(f"A sealed value does not belong to {place}, or was changed.") from error


def seal_text(plain: str, place: str) -> str:
    version, key_id, data = seal(plain.encode(), place).split(b".", 2)
    return b".".join([version, key_id, base64.urlsafe_b64encode(data)]).decode()


def unseal_text(sealed: str, place: str) -> str:
    head, _, data = sealed.rpartition(".")
    try:
        raw = base64.urlsafe_b64decode(data)
    except ValueError as error:
        raise SealError(f"A sealed value of {place} was changed.") from error
    return unseal(head.encode() + b"." + raw, place).decode()


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
