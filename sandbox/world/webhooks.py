"""A customer's webhooks and the history of what was sent."""

import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from sandbox.world.ids import iso, new_id, now_ms

EVENTS = {
    "applicationCreated": "Application Created",
    "candidateHired": "Candidate Hired",
    "candidateStageChange": "Candidate Stage Change",
    "candidateArchiveChange": "Candidate Archive State Change",
    "candidateDeleted": "Candidate Deleted",
    "interviewCreated": "Interview Created",
    "interviewUpdated": "Interview Updated",
    "interviewDeleted": "Interview Deleted",
    "contactCreated": "Contact Created",
    "contactUpdated": "Contact Updated",
}
ORIGINS = ["applied", "sourced", "referred", "university", "agency", "internal"]
Signing = Literal["right", "wrong", "none"]
URLS_PER_EVENT = 2
HISTORY_LENGTH, HISTORY_MS = 1000, 14 * 24 * 3600 * 1000
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass
class Webhook:
    """One row of Lever's webhooks page: an event and a URL."""

    id: str
    event: str
    url: str
    made_by: Literal["ui", "api"]
    created_at: int
    updated_at: int
    # None until somebody generates it: what is sent before is unsigned.
    signature_token: str | None = None
    origins: list[str] = field(default_factory=lambda: list(ORIGINS))


@dataclass
class Attempt:
    at: int
    status: int | None
    error: str | None = None

    @property
    def is_accepted(self) -> bool:
        """Any 2xx; a redirect is a failure."""
        return self.status is not None and 200 <= self.status < 300


@dataclass
class Delivery:
    """One event for one webhook, with every attempt to hand it over."""

    id: str
    webhook_id: str
    event: str
    url: str
    body: str
    created_at: int
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def state(self) -> str:
        if not self.attempts:
            return "waiting"
        return "delivered" if self.attempts[-1].is_accepted else "failed"

    @property
    def wire(self) -> dict[str, Any]:
        attempts = [
            {"at": iso(item.at), "status": item.status, "error": item.error} for item in self.attempts
        ]
        named = {"id": self.id, "webhook_id": self.webhook_id, "event": self.event, "url": self.url}
        return named | {"state": self.state, "attempts": attempts}


def new_signature_token() -> str:
    return secrets.token_hex(24)


def new_webhook(event: str, url: str, made_by: Literal["ui", "api"]) -> Webhook:
    """Raises ValueError with a sentence for the person or program that asked."""
    if event not in EVENTS:
        raise ValueError(f"event must be one of {', '.join(EVENTS)}; it is {event!r}.")
    check_url(url)
    return Webhook(new_id(), event, url, made_by, created_at=now_ms(), updated_at=now_ms())


def check_url(url: str) -> None:
    """Lever takes https with a CA-signed certificate only; the sandbox also takes http on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return
    raise ValueError(f"url must be an https address (or http on 127.0.0.1 in this sandbox); it is {url!r}.")


def new_delivery(webhook: Webhook, data: dict[str, Any], signing: Signing) -> Delivery:
    """The body is made once: retries and Rerun send the same bytes, so the same token."""
    body = signed_body(webhook.event, data, webhook.signature_token, signing)
    return Delivery(new_id(), webhook.id, webhook.event, webhook.url, body, created_at=now_ms())


def signed_body(event: str, data: dict[str, Any], key: str | None, signing: Signing) -> str:
    triggered_at, token = now_ms(), secrets.token_hex(24)
    body: dict[str, Any] = {"triggeredAt": triggered_at, "event": event, "data": data}
    if key and signing != "none":
        body["signature"] = signature(key if signing == "right" else key[::-1] + "0", token, triggered_at)
    return json.dumps(body | {"token": token}, separators=(",", ":"), ensure_ascii=False)


def signature(key: str, token: str, triggered_at: int) -> str:
    """The key is UTF-8 text, not hex; `event` and `data` are not covered."""
    return hmac.digest(key.encode(), f"{token}{triggered_at}".encode(), "sha256").hex()
