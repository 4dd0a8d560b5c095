"""Who knocks: whoever signs with a live secret of the tenant. Nothing that came is parsed before that."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from ninja.security import APIKeyHeader

from integrations.appcast.signature import HEADER, sign
from integrations.services import senders
from integrations.services.allowances import Allowance
from tenants.models import Tenant

from ..doors import body_of

# Each tenant's, however many senders it has. What it asks takes nothing from what it hands in.
HANDING_IN = Allowance("handing-in", most=200, seconds=4)
ASKING = Allowance("asking", most=200, seconds=4)
# Requests that nobody signed, from one address: a tenant whose secret is wrong locks out no other behind the same one.
STRANGERS_AT_TENANT = Allowance("strangers-at-tenant", most=60, seconds=60)
STRANGERS = Allowance("strangers", most=600, seconds=60)
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

    def __init__(self, signed: Callable[[HttpRequest], bytes], allowance: Allowance) -> None:
        super().__init__()
        self._signed = signed
        self._allowance = allowance

    def authenticate(self, request: HttpRequest, key: str | None) -> Proved | None:
        """Whoever failed too often is sent away unread; what the tenant may do is spent by its own requests alone."""
        slug, address = _slug(request), _address(request)
        STRANGERS.require(address)
        STRANGERS_AT_TENANT.require(address, slug)
        signed = self._signed(request)
        tenant = senders.proved(slug, key or "", signed, datetime.now(UTC))
        if tenant is None:
            STRANGERS.spend(address)
            STRANGERS_AT_TENANT.spend(address, slug)
            return None
        self._allowance.spend(tenant.pk)
        return Proved(tenant, signed)


def the_body(request: HttpRequest) -> bytes:
    return body_of(request.META, LARGEST_BODY)


def the_target(request: HttpRequest) -> bytes:
    """Path and query as they were sent; an address of ours needs no escapes in its path."""
    query = request.META.get("QUERY_STRING", "")
    return f"{request.path}?{query}".encode("latin-1", "replace") if query else request.path.encode()


def nothing(request: HttpRequest) -> bytes:
    return b""


def _address(request: HttpRequest) -> str:
    """As sign-in knows it, behind the balancer; who cannot be told apart is counted together.

    Of IPv6 the network: one sender has all of its addresses.
    """
    try:
        address = ip_address(get_adapter(request).get_client_ip(request))
    except (PermissionDenied, ImproperlyConfigured, ValueError):
        return ""
    return str(address if address.version == 4 else ip_network((address, 64), strict=False))


def _slug(request: HttpRequest) -> str:
    assert request.resolver_match
    slug: str = request.resolver_match.kwargs["slug"]
    return slug
