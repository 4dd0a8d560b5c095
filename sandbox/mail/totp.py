"""Time-based one-time passwords, RFC 6238 with its defaults: SHA-1, six digits, thirty seconds."""

import base64
import hmac
import struct
import time

STEP_SECONDS = 30


def code_at(secret: str, at: float | None = None) -> str:
    """`secret` in base 32, as authenticator apps take it."""
    padded = secret.upper() + "=" * (-len(secret) % 8)
    counter = struct.pack(">Q", int((time.time() if at is None else at) // STEP_SECONDS))
    digest = hmac.digest(base64.b32decode(padded), counter, "sha1")
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
