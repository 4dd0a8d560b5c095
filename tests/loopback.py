"""Every test stays on this machine: a socket to another address, or a name that is looked up, fails the test."""

import socket
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address

OWN_NAMES = {"", "localhost", socket.gethostname()}


class LeftLoopback(RuntimeError):
    """A test was about to reach another machine. No OSError, so that no code under test takes it for bad weather."""


def refuse_other_addresses() -> None:
    """For this process and for good: an audit hook cannot be removed, nor passed by another HTTP library."""
    sys.addaudithook(refuse)


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not is_on_loopback(address[0]):
            raise LeftLoopback(
                f"A test reaches for {address}; point it at 127.0.0.1, or answer it with `responses`."
            )
    elif event == "socket.getaddrinfo" and is_looked_up(arguments[0]):
        raise LeftLoopback(
            f"A test looks up {arguments[0]!r}; resolve the name in the test, or use 127.0.0.1."
        )


def is_on_loopback(host: object) -> bool:
    address = literal(str(host))
    return address.is_loopback if address else host in OWN_NAMES


def is_looked_up(host: object) -> bool:
    if host is None:
        return False
    name = host.decode() if isinstance(host, bytes) else str(host)
    return name not in OWN_NAMES and literal(name) is None


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that needs no looking up, the C library's odd spellings (`127.1`) included."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
