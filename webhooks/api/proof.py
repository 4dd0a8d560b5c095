"""Who knocks: whoever signs with a live secret of the tenant. Nothing that came is parsed before that."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.http import HttpRequest
from ninja.security import APIKeyHeader

from integrations.appcast.signature import HEADER, sign
from integrations.services import senders
from tenants.models import Tenant

from ..doors import body_of

LARGEST_BODY = 30 * 1024 * 1024
EXAMPLE = sign(["an example's secret"], b"{}", datetime(2026, 1, 31, 12, tzinfo=UTC))
DESCRIPTION = f"""\
`t=<unix seconds>,v1=<hex>`: the hex is the HMAC-SHA256 of `<t>.<signed bytes>`, keyed with a secret of the tenant \
as it was shown. Each request says which bytes are signed. `t` may be 300 seconds off at most. The body `{{}}` and the \
secret `an example's secret` give `{EXAMPLE}`.

Two secrets of a tenant can be live at once, so that changing one loses nothing: get the new one from Appcast \
Customer Success, sign with both for a while (a `v1` for each, up to eight), then with the new one alone, and have \
the old one withdrawn. What is signed with either is taken until then.
"""


@dataclass(frozen=True, slots=True)
class Proved:
    """The tenant, and the bytes that the signature covers."""

    tenant: Tenant
    signed: bytes = field(repr=False)


class SignedRequest(HttpRequest):
    auth: Proved


class AppcastSignature(APIKeyHeader):
    """The class's name is the scheme's in the document; `signed` says which bytes of a request are signed."""

    param_name = HEADER
    openapi_description = DESCRIPTION

    def __init__(self, signed: Callable[[HttpRequest], bytes]) -> None:
        super().__init__()
        self._signed = signed

    def authenticate(self, request: HttpRequest, key: str | None) -> Proved | None:
        signed = self._signed(request)
        tenant = senders.proved(_slug(request), key or "", signed, datetime.now(UTC))
        return Proved(tenant, signed) if tenant else None


def the_body(request: HttpRequest) -> bytes:
    return body_of(request.META, LARGEST_BODY)


def the_target(request: HttpRequest) -> bytes:
    """Path and query as they were sent; an address of ours needs no escapes in its path."""
    query = request.META.get("QUERY_STRING", "")
    return f"{request.path}?{query}".encode("latin-1", "replace") if query else request.path.encode()


def nothing(request: HttpRequest) -> bytes:
    return b""


def _slug(request: HttpRequest) -> str:
    assert request.resolver_match
    slug: str = request.resolver_match.kwargs["slug"]
    return slug
