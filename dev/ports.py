"""Ports on loopback: free ones, and a clear word about one that is taken."""

import socket

from .processes import StackError

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, way_out: str) -> None:
    """Raises StackError when another program listens on the port; `way_out` is what to set then."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StackError(
                f"port {port} is in use on {HOST} ({error.strerror}). "
                f"Stop the program that listens there, or set another port: {way_out} make demo"
            ) from None
