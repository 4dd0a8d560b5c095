import socket

import pytest

from .loopback import LeftLoopback


@pytest.mark.parametrize("host", ["192.0.2.1", "169.254.169.254", "10.0.0.1", "0.0.0.0"])
def test_a_socket_to_another_machine_is_refused(host: str) -> None:
    with socket.socket() as client, pytest.raises(LeftLoopback, match=host):
        client.connect((host, 80))


def test_a_datagram_to_another_machine_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(LeftLoopback):
        client.sendto(b"", ("192.0.2.1", 53))


def test_an_ipv6_socket_to_another_machine_is_refused() -> None:
    with socket.socket(socket.AF_INET6) as client, pytest.raises(LeftLoopback):
        client.connect(("2001:db8::1", 80))


@pytest.mark.parametrize("name", ["lever.example", b"lever.example"])
def test_a_name_is_not_looked_up(name: str | bytes) -> None:
    with pytest.raises(LeftLoopback, match="looks up"):
        socket.getaddrinfo(name, 443)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.4.2"])
def test_a_socket_on_this_machine_is_open(host: str) -> None:
    with socket.create_server((host, 0)) as server:
        socket.create_connection(server.getsockname()).close()
