"""`X-Appcast-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<raw body>">` (contract, section 3).

Several `v1` values may stand there while a secret is being changed. Both directions are signed alike.
"""

import hmac
import re
import secrets as randomness
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

HEADER = "X-Appcast-Signature"
TOLERANCE = timedelta(seconds=300)
LONGEST_HEADER = 1024
MOST_SIGNATURES = 8
# Live at once, while one is being changed.
MOST_SECRETS = 2

# Never a bare text: its letters would each be taken for a secret.
Secrets: TypeAlias = list[str] | tuple[str, ...]

TIME = re.compile(r"[0-9]{1,12}")
HEX = re.compile(r"[0-9a-fA-F]{64}")
# Whoever has fewer secrets costs the same work as whoever has all, and nobody can sign with this.
NOBODYS_SECRET = randomness.token_hex()


class Refusal(StrEnum):
    """Why a signature is refused; for staff, since senders get the same 401 for all."""

    ABSENT = "absent"
    MALFORMED = "malformed"
    OUT_OF_TIME = "out of time"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Exactly one of both is set: the index of the secret that made the signature, or why it is refused."""

    secret_index: int | None = None
    refusal: Refusal | None = None


def sign(secrets: Secrets, body: bytes, at: datetime) -> str:
    """The header's value, one `v1` for each secret; ValueError without any."""
    if not secrets:
        raise ValueError("A signature needs a secret.")
    seconds = int(at.timestamp())
    return ",".join([f"t={seconds}", *(f"v1={_mac(secret, seconds, body)}" for secret in secrets)])


def verify(header: str, body: bytes, secrets: Secrets, now: datetime) -> Verdict:
    """Every secret meets every `v1`, so that the time taken tells neither which one matched nor how many there are."""
    if not header.strip():
        return Verdict(refusal=Refusal.ABSENT)
    parts = _parts(header)
    if parts is None:
        return Verdict(refusal=Refusal.MALFORMED)
    seconds, given = parts
    if abs(now.timestamp() - seconds) > TOLERANCE.total_seconds():
        return Verdict(refusal=Refusal.OUT_OF_TIME)
    nobodys = [NOBODYS_SECRET] * (MOST_SECRETS - len(secrets))
    matches = [_is_among(given, _mac(secret, seconds, body)) for secret in [*secrets, *nobodys]]
    return Verdict(matches.index(True)) if any(matches) else Verdict(refusal=Refusal.WRONG)


def _parts(header: str) -> tuple[int, list[str]] | None:
    """Unix seconds and signatures; None when the header is anything but one `t` and some `v1`."""
    if len(header) > LONGEST_HEADER:
        return None
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    given = [value for name, _, value in pairs if name == "v1"]
    is_whole = len(times) == 1 and 1 <= len(given) <= MOST_SIGNATURES and len(pairs) == 1 + len(given)
    if not is_whole or not TIME.fullmatch(times[0]) or not all(HEX.fullmatch(value) for value in given):
        return None
    return int(times[0]), [value.lower() for value in given]


def _mac(secret: str, seconds: int, body: bytes) -> str:
    return hmac.digest(secret.encode(), b"%d.%b" % (seconds, body), "sha256").hex()


def _is_among(given: list[str], expected: str) -> bool:
    return True in [hmac.compare_digest(expected, value) for value in given]
