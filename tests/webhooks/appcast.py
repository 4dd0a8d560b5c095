"""Appcast Apply's requests, signed here by the contract's own words and not by the portal's code.

Whatever is answered must be what the portal's own document says.
"""

import hmac
import json
import time
import uuid
from functools import cache
from typing import Any

from django.test import Client

from sandbox.appcast.promises import Promises
from tests.integrations.appcast import bodies

SECRET = "sender-secret"
PATH = "/api/v1/tenants/northwind/applications"


def application(**changes: object) -> bytes:
    """A new one each time, for the posting of `bodies`."""
    return bodies.body(**{"application_id": str(uuid.uuid4()), **changes})


def header(body: bytes, *secrets: str, at: float | None = None) -> str:
    seconds = int(time.time() if at is None else at)
    macs = (hmac.digest(it.encode(), f"{seconds}.".encode() + body, "sha256").hex() for it in secrets)
    return ",".join([f"t={seconds}", *(f"v1={mac}" for mac in macs)])


def send(body: bytes, *, path: str = PATH, signature: str | None = None, **extra: Any) -> Any:
    """Signed with the tenant's secret unless told otherwise; an empty text sends no header."""
    signed = header(body, SECRET) if signature is None else signature
    headers = {"X-Appcast-Signature": signed} if signed else {}
    return kept(Client().post(path, body, content_type="application/json", headers=headers, **extra))


def ask(sender_id: object, *, path: str = PATH, signature: str | None = None, **extra: Any) -> Any:
    signed = header(b"", SECRET) if signature is None else signature
    headers = {"X-Appcast-Signature": signed} if signed else {}
    return kept(Client().get(f"{path}/{sender_id}", headers=headers, **extra))


def ask_for_list(query: str = "", *, path: str = PATH, signature: str | None = None, **extra: Any) -> Any:
    """Signed over path and query, as they are sent."""
    target = f"{path}?{query}" if query else path
    signed = header(target.encode(), SECRET) if signature is None else signature
    return kept(Client().get(target, headers={"X-Appcast-Signature": signed}, **extra))


def kept(answer: Any) -> Any:
    request = answer.wsgi_request
    broken = promises().broken_by_reply(
        request.method,
        request.path.rstrip("/"),
        answer.status_code,
        answer.headers,
        json.loads(answer.content),
    )
    assert broken == []
    return answer


@cache
def promises() -> Promises:
    return Promises(Client().get("/api/v1/openapi.json").json())
