"""Deliveries, signed beforehand, and senders for them."""

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ..processes import StackError

CONNECTIONS = 16
SLOW_SENDERS = 200
INSTALL = ["apt-get", "install", "-q", "-y", "--no-install-recommends", "wrk"]
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
REFUSED = re.compile(r"Non-2xx or 3xx responses: (\d+)")
# Of each two lines of the file the first is a header, or empty, and the second a body. Each thread sends its share.
SCRIPT = """
local threads = 0
function setup(thread) thread:set("lane", threads); threads = threads + 1 end
function init(arguments)
  requests, at = {}, 0
  local lines, number = io.lines(arguments[1]), 0
  for header in lines do
    local body, headers = lines(), {["Content-Type"] = "application/json"}
    local name, value = header:match("^([^:]+): (.*)$")
    if name then headers[name] = value end
    if number % 2 == lane then requests[#requests + 1] = wrk.format("POST", nil, headers, body) end
    number = number + 1
  end
end
function request()
  at = at + 1
  return requests[(at - 1) % #requests + 1]
end
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """At most one header beside the content's type."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def rate_of(deliveries: Sequence[Delivery], seconds: int, folder: Path) -> float:
    """Deliveries a second to one URL, as fast as they are answered; each must be sent once at most."""
    lines, script = folder / "deliveries", folder / "deliveries.lua"
    lines.write_bytes(b"\n".join(_header_line(it) + b"\n" + it.body for it in deliveries))
    script.write_text(SCRIPT)
    load = [
        "-t2",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "-s",
        str(script),
        deliveries[0].url,
        "--",
        str(lines),
    ]
    said = subprocess.run(
        [wrk(), *load], capture_output=True, text=True, check=True, timeout=seconds + 60
    ).stdout
    rate = RATE.search(said)
    if not rate or REFUSED.search(said):
        raise StackError(f"the deliveries were refused:\n{said}")
    if float(rate[1]) * seconds > len(deliveries):
        raise StackError(f"{len(deliveries)} deliveries were too few for {seconds} s: some were sent twice.")
    return float(rate[1])


def _header_line(delivery: Delivery) -> bytes:
    return b"".join(f"{name}: {value}".encode() for name, value in delivery.headers.items())


def wrk() -> str:
    found = shutil.which("wrk")
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(INSTALL, check=True, capture_output=True, timeout=300)
        found = shutil.which("wrk")
    if not found:
        raise StackError("the load comes from wrk. On Debian, as root: apt-get install wrk.")
    return found


@contextmanager
def slow_senders(url: str) -> Iterator[None]:
    """Each has sent its head, and of the body a byte a second."""
    place = urlsplit(url)
    head = f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 1000\r\n\r\n".encode()
    is_over = threading.Event()
    with ExitStack() as open_ones:
        senders = [
            open_ones.enter_context(socket.create_connection((place.hostname or "", place.port or 80)))
            for _ in range(SLOW_SENDERS)
        ]
        for sender in senders:
            sender.sendall(head)
        thread = threading.Thread(target=_dribble, args=(senders, is_over))
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()


def _dribble(senders: Sequence[socket.socket], is_over: threading.Event) -> None:
    while not is_over.wait(1):
        for sender in senders:
            sender.sendall(b"x")
