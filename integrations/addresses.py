"""Where the portal may connect to: https URLs of the public internet, judged by an explicit table.

`ipaddress.is_global` and `is_private` are no filters: NAT64, 6to4, `::127.0.0.1`, 192.0.0.192, multicast
and 100.64.0.0/10 walk past them. Origins in `settings.OUTGOING_TRUSTED_ORIGINS` (development, test) are
exempt.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from tenants.phrases import Phrase

from .errors import ConfigurationError, TransientError

FORBIDDEN_NETWORKS: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier NAT; also Alibaba's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's platform services, on a public address
        "169.254.0.0/16",  # link-local; metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries any IPv4 address
        "3fff::/20",  # documentation
    )
)
# All of IPv6 that is routed; loopback, mapped, compatible, NAT64, local and multicast lie outside.
ROUTED_IPV6 = IPv6Network("2000::/3")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be asked for, parsed once, by the parser that also connects."""

    url: Url
    host: str
    port: int
    is_trusted: bool

    @property
    def is_https(self) -> bool:
        return self.url.scheme == "https"

    @property
    def place(self) -> str:
        """The URL without its query, fit for an error."""
        return f"{self.url.scheme}://{self.url.netloc}{self.url.path or '/'}"


def understand(text: str) -> Target:
    """The target that `text` names; ConfigurationError `http.bad_url` when it is not one the portal asks."""
    url = _parse(text)
    host, scheme = url.host or "", url.scheme or ""
    port = url.port or (443 if scheme == "https" else 80)
    is_trusted = _origin(url) in settings.OUTGOING_TRUSTED_ORIGINS
    if url.auth is not None or url.fragment is not None:
        raise _bad_url(Phrase("an address without a user name and without a part after “#”"), text)
    if not host or scheme not in {"http", "https"} or (scheme == "http" and not is_trusted):
        raise _bad_url(Phrase("an address that begins with https://"), text)
    if url.port not in {None, 443} and not is_trusted:
        raise _bad_url(Phrase("an address without a port number"), text)
    return Target(url, host, port, is_trusted)


def origin(text: str) -> str:
    """Scheme, host and explicit port, as browsers write an origin."""
    return _origin(_parse(text))


def _origin(url: Url) -> str:
    return f"{url.scheme}://{url.netloc}"


def checked_addresses(target: Target) -> list[str]:
    """The addresses of the target's host, every one allowed; resolved once, connected to as they are."""
    try:
        found = socket.getaddrinfo(target.host.strip("[]"), target.port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise _bad_url(Phrase("a host name"), target.host) from None
    except OSError:
        raise TransientError(
            "http.not_sent", "The address could not be found.", f"{target.host}: name not resolved"
        ) from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    forbidden = [] if target.is_trusted else [address for address in addresses if not is_allowed(address)]
    if forbidden:
        raise ConfigurationError(
            "http.forbidden_address",
            "This address does not lead to the public internet. Give one that anybody can open.",
            f"{target.host} resolves to {', '.join(forbidden)}",
        )
    return addresses


def is_allowed(address: str) -> bool:
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and (parsed.scope_id or parsed not in ROUTED_IPV6):
        return False
    return not any(parsed in network for network in FORBIDDEN_NETWORKS if network.version == parsed.version)


def _parse(text: str) -> Url:
    if not text.isprintable() or " " in text:
        raise _bad_url(Phrase("an address without blanks"), text)
    try:
        return parse_url(text)
    except LocationParseError:
        raise _bad_url(Phrase("a web address"), text) from None


def _bad_url(expected: Phrase, text: str) -> ConfigurationError:
    shown = text.split("?")[0].split("@")[-1][:200]
    return ConfigurationError(
        "http.bad_url",
        Phrase("Expected %(expected)s; please correct the address.", expected=expected),
        f"expected {expected.english}, got {shown!r}",
    )
