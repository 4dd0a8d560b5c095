"""Ports on loopback: free ones, and a clear word about one that is taken."""

import socket

from .processes import StackError

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, variable: str) -> None:
    """Raises StackError when another program listens on the port; `variable` is what moves ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StackError(
                f"port {port} is in use on {HOST} ({error.strerror}). Stop the program that listens there, "
                f"or choose another port: {variable}={port + 1000} make demo"
            ) from None
