"""`X-Appcast-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<raw body>">`, both ways."""

import hmac
import time

HEADER = "X-Appcast-Signature"
TOLERANCE_SECONDS = 300


def sign(secret: str, body: bytes) -> str:
    at = int(time.time())
    return f"t={at},v1={mac(secret, at, body)}"


def mac(secret: str, at: int, body: bytes) -> str:
    return hmac.digest(secret.encode(), f"{at}.".encode() + body, "sha256").hex()


def why_refused(header: str, secret: str, body: bytes) -> str | None:
    """None when the signature is good; several v1 may stand there while a secret is being changed."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not times[0].isdecimal() or not signatures:
        return f"{HEADER} must be t=<unix seconds>,v1=<hex>."
    at = int(times[0])
    if abs(time.time() - at) > TOLERANCE_SECONDS:
        return f"t is more than {TOLERANCE_SECONDS} seconds off."
    expected = mac(secret, at, body).encode()
    # All are compared, without stopping at the first.
    matches = [hmac.compare_digest(expected, given.encode()) for given in signatures]
    return None if any(matches) else "The signature does not match the body."
