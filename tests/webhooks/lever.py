"""Lever's webhook requests, signed here by the contract's own words and not by the portal's code."""

import hashlib
import hmac
import json
import secrets
import time
import uuid
from typing import Any

from django.test import Client
from django.urls import reverse

from webhooks.models import WebhookEndpoint

SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef"
OTHER_SECRET = "f" * 48
STAGE_CHANGE = "candidateStageChange"
DAY_MS = 24 * 3600 * 1000


def now_ms() -> int:
    return int(time.time() * 1000)


def signature(secret: str, token: str, at: int) -> str:
    return hmac.new(secret.encode(), f"{token}{at}".encode(), hashlib.sha256).hexdigest()


def stage_change(**data: object) -> dict[str, object]:
    return {"opportunityId": str(uuid.uuid4()), "toStageId": "offer", "fromStageId": "lead-new", **data}


def delivery(
    data: dict[str, Any] | None = None,
    *,
    event: str = STAGE_CHANGE,
    secret: str | None = SECRET,
    at: int | None = None,
    token: str | None = None,
) -> bytes:
    """A body as Lever sends it; unsigned without a secret."""
    token, at = token or secrets.token_hex(24), at or now_ms()
    body = {"triggeredAt": at, "event": event, "data": stage_change() if data is None else data}
    if secret:
        body["signature"] = signature(secret, token, at)
    return json.dumps(body | {"token": token}, separators=(",", ":")).encode()


def path_of(endpoint: WebhookEndpoint) -> str:
    return reverse("webhooks:receive", args=[endpoint.provider, endpoint.key])


def post(endpoint: WebhookEndpoint, body: bytes, client: Client | None = None, **extra: Any) -> Any:
    return (client or Client()).post(path_of(endpoint), body, content_type="application/json", **extra)
