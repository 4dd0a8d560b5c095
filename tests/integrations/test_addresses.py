import socket

import pytest
from pytest_django import Settings

from integrations.addresses import checked_addresses, is_allowed, understand
from integrations.errors import ConfigurationError, TransientError

FORBIDDEN = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_outside_the_public_internet_is_forbidden(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2001:4860::8888"]
)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_allowed(address)


def test_one_forbidden_address_among_the_answers_forbids_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8", "10.0.0.7")
    with pytest.raises(ConfigurationError) as caught:
        checked_addresses(understand("https://mixed.example/feed"))
    assert caught.value.code == "http.forbidden_address"
    assert "10.0.0.7" not in str(caught.value.message)


def test_every_checked_address_is_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "8.8.8.8", "8.8.4.4", "8.8.8.8")
    assert checked_addresses(understand("https://good.example/")) == ["8.8.8.8", "8.8.4.4"]


def test_a_name_that_does_not_resolve_was_not_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(TransientError) as caught:
        checked_addresses(understand("https://gone.example/"))
    assert caught.value.code == "http.not_sent"


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:7f00:1]", "localhost"]
)
def test_other_spellings_of_loopback_are_forbidden(host: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked_addresses(understand(f"https://{host}/"))
    assert caught.value.code == "http.forbidden_address"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "jobs",
        "http://api.lever.co/",
        "ftp://api.lever.co/",
        "file:///etc/passwd",
        "https://",
        "https://user@api.lever.co/",
        "https://user:secret@api.lever.co/",
        "https://api.lever.co/#part",
        "https://api.lever.co:8443/",
        "https://api.lever.co:99999/",
        "https://api.lever.co/a b",
        "https://api.lever.co/\r\nHost: other",
        "//api.lever.co/",
    ],
)
def test_an_odd_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        understand(url)
    assert caught.value.code == "http.bad_url"
    assert "secret" not in caught.value.detail


@pytest.mark.parametrize(
    "url", ["https://evil.example\\@api.lever.co/", "https://api.lever.co.evil.example/"]
)
def test_the_host_that_is_checked_is_the_host_that_is_asked(url: str) -> None:
    assert understand(url).host != "api.lever.co"


def test_a_host_label_that_is_too_long_is_a_bad_url() -> None:
    with pytest.raises(ConfigurationError):
        checked_addresses(understand(f"https://{'a' * 70}.example/"))


def test_a_trusted_origin_is_exempt_and_its_neighbour_is_not(settings: Settings) -> None:
    settings.OUTGOING_TRUSTED_ORIGINS = ["http://127.0.0.1:9100"]
    assert checked_addresses(understand("http://127.0.0.1:9100/v0/postings/acme")) == ["127.0.0.1"]
    with pytest.raises(ConfigurationError):
        understand("http://127.0.0.1:9101/")


def test_a_place_has_no_query() -> None:
    assert understand("https://api.lever.co/v1/opportunities?email=a@b.example").place == (
        "https://api.lever.co/v1/opportunities"
    )
