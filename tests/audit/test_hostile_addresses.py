"""Addresses that customers give lead nowhere but to the public internet: seen where sockets connect."""

import ipaddress
import itertools
import random
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from integrations import http
from integrations.errors import IntegrationError
from tests.audited import Note
from tests.integrations.test_addresses import FORBIDDEN
from tests.loopback import literal

pytestmark = pytest.mark.audit
PUBLIC = ["8.8.8.8", "93.184.216.34", "151.101.1.195", "2606:4700::1111", "2a00:1450:4001:82b::200e"]
QUICK = http.Limits(connect_seconds=0.2, silence_seconds=0.5, whole_seconds=1, redirects=3)
REDIRECTS = (301, 302, 303, 307, 308)
Answers = Callable[[str], Sequence[str]]


class Outside:
    """Names resolve as a test says; sockets tell where to, and get no farther than to this machine's server."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: Answers = lambda name: [random.Random(name).choice(FORBIDDEN[:-3])]
        self.looked_up: list[str] = []
        self.connected_to: list[str] = []
        self.own_port = 0
        self._resolve, self._connect = socket.getaddrinfo, socket.socket.connect
        monkeypatch.setattr(socket, "getaddrinfo", self._getaddrinfo)
        monkeypatch.setattr(socket.socket, "connect", lambda sock, address: self._reach(sock, address))

    def _getaddrinfo(self, host: Any, port: Any, *more: Any, **named: Any) -> Any:
        name = host.encode("idna").decode() if isinstance(host, str) else host.decode()
        if literal(name) or name == "localhost":
            return self._resolve(name, port, *more, **named)
        self.looked_up.append(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (it, port)) for it in self.answers(name)]

    def _reach(self, sock: socket.socket, address: Any) -> None:
        if address[1] == self.own_port:
            return self._connect(sock, address)
        self.connected_to.append(address[0])
        raise ConnectionRefusedError

    def connections_to(self, *urls: str) -> int:
        """How many were tried."""
        before = len(self.connected_to)
        for url in urls:
            with suppress(IntegrationError):
                http.send("GET", url, limits=QUICK)
        return len(self.connected_to) - before


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Outside:
    settings.OUTGOING_TRUSTED_ORIGINS = []
    return Outside(monkeypatch)


def spellings(address: str) -> set[str]:
    """One address as those write it who want to get past a list."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        return {
            f"[{it}]" for it in (str(parsed), parsed.exploded, parsed.exploded.upper(), f"{parsed}%25eth0")
        }
    a, b, c, d = address.split(".")
    number = int(parsed)
    wide = address.translate({ord("."): 0x3002, **{0x30 + it: 0xFF10 + it for it in range(10)}})
    return {
        *(address, f"{address}.", str(number), hex(number), f"0{number:o}", f"{number:#X}", wide),
        *(f"{a}.{b}.{int(c) * 256 + int(d)}", f"{a}.{(int(b) << 16) + int(c) * 256 + int(d)}"),
        *(
            ".".join(f"0x{int(it):02x}" for it in (a, b, c, d)),
            ".".join(f"0{int(it):03o}" for it in (a, b, c, d)),
        ),
        *(
            f"[::ffff:{address}]",
            f"[::{address}]",
            f"[64:ff9b::{address}]",
            f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::]",
        ),
        *(
            f"{address}.nip.example",
            f"①.{address}",
            f"{address}%00.lever.co",
            f"{address}\t",
            f"{a}.{b}.{c}.{d}\\.lever.co",
        ),
    }


FRAMES = (
    "https://{}/v0/postings/acme?mode=xml",
    "https://{}:443/",
    "https://api.lever.co@{}/",
    "https://{}#@api.lever.co/",
    "https://api.lever.co\\@{}/",
    "HTTPS://{}//api.lever.co/",
    "https://{}:8443/",
    "http://{}/",
    "//{}/",
    "https:/{}/",
    "https://{}\\api.lever.co/",
    "https:// {}/",
)
SCHEMES = (
    "file",
    "ftp",
    "gopher",
    "dict",
    "ldap",
    "jar",
    "data",
    "javascript",
    "unix",
    "ws",
    "tftp",
    "netdoc",
)


def hostile_urls() -> list[str]:
    hosts = [it for address in FORBIDDEN for it in sorted(spellings(address))]
    names = [f"{word}-{number}.evil.example" for number in range(40) for word in ("rebind", "internal")]
    names += [
        "localhost",
        "LOCALHOST",
        "localhost.localdomain",
        "metadata.google.internal",
        "ip6-localhost",
        "xn--",
    ]
    urls = [frame.format(host) for host in (*hosts, *names) for frame in FRAMES]
    urls += [f"{scheme}://{host}/x" for scheme in SCHEMES for host in hosts[::9]]
    return sorted(set(urls))


def test_hostile_addresses_are_never_connected_to(outside: Outside, note: Note) -> None:
    urls = hostile_urls()
    assert len(urls) >= 2000
    note("hostile URLs, connections to what they name", len(urls), outside.connections_to(*urls))
    assert outside.looked_up, "some named a host that had to be looked up"


def test_a_redirect_to_a_hostile_address_is_not_followed(
    outside: Outside, httpserver: HTTPServer, settings: Settings, note: Note
) -> None:
    """The first answer comes from where we may ask, the next address from there."""
    settings.OUTGOING_TRUSTED_ORIGINS = [httpserver.url_for("").rstrip("/")]
    outside.own_port = httpserver.port
    targets = random.Random(7).sample([it for it in hostile_urls() if it.isprintable() and it.isascii()], 30)
    for number, (target, status) in enumerate(zip(targets, itertools.cycle(REDIRECTS), strict=False)):
        httpserver.expect_request(f"/{number}").respond_with_data(status=status, headers={"Location": target})
    urls = [httpserver.url_for(f"/{number}") for number in range(len(targets))]
    connections = outside.connections_to(*urls)
    assert len(httpserver.log) == len(urls), "each was asked once, and nothing came back to it"
    note("redirects to hostile addresses, connections to those", len(urls), connections)


def test_a_name_that_changes_its_mind_is_asked_once_and_connected_to_as_it_was_checked(
    outside: Outside, note: Note
) -> None:
    """First a public address, and a forbidden one for whoever looks again; or both at once."""
    answers: dict[str, Iterator[Sequence[str]]] = {}
    outside.answers = lambda name: next(answers[name])
    for number, forbidden in enumerate(FORBIDDEN[:20]):
        answers[f"turns-{number}.example"] = iter([[PUBLIC[0]], [forbidden]])
        answers[f"mixed-{number}.example"] = iter([[PUBLIC[1], forbidden]])
    outside.connections_to(*(f"https://{name}/" for name in answers))
    elsewhere = [it for it in outside.connected_to if it != PUBLIC[0]]
    assert len(outside.looked_up) == len(answers) == len(outside.connected_to) * 2
    note("names that rebind, connections to another address than was checked", len(answers), len(elsewhere))


def legitimate_urls() -> list[str]:
    hosts = [
        *("api.lever.co", "api.eu.lever.co", "jobs.lever.co", "www.example.com", "karriere.bücher.example"),
        *("xn--bcher-kva.example", "a-b.c-d.example", "EXAMPLE.com", "example.com.", "8.8.8.8"),
        *(
            "[2606:4700::1111]",
            "127.0.0.1.example.com",
            "localhost.example.com",
            "10.example",
            "0x7f.example",
        ),
        *(
            "privacy.example.co.uk",
            "träume.example",
            "例え.example",
            "1password.example",
            "long" * 12 + ".example",
        ),
    ]
    paths = [
        *(
            "/",
            "",
            "/v0/postings/acme?mode=xml",
            "/datenschutz/erklärung",
            "/a%20b",
            "/?q=a&b=c%3D",
            "/@user/x",
        ),
        *("/terms;v=2", "/de-DE/privacy.html", "/redirect?to=https://127.0.0.1/"),
    ]
    return [f"https://{host}{path}" for host in hosts for path in paths]


def test_legitimate_addresses_are_asked(outside: Outside, note: Note) -> None:
    """Each is connected to, which goes no farther here."""
    urls = legitimate_urls()
    assert len(set(urls)) == 200
    outside.answers = lambda name: [random.Random(name).choice(PUBLIC[:3])]
    refused = [it for it in urls if outside.connections_to(it) != 1]
    note("legitimate URLs, refused", len(urls), len(refused))
    assert refused == []
