"""Lever's deliveries by the contract's own words, signed beforehand, and senders for them."""

import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from ..processes import StackError

BODY_BYTES = 1024
CONNECTIONS = 16
INSTALL = ["apt-get", "install", "-q", "-y", "--no-install-recommends", "wrk"]
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
REFUSED = re.compile(r"Non-2xx or 3xx responses: (\d+)")
SCRIPT = """
local threads = 0
function setup(thread) thread:set("lane", threads); threads = threads + 1 end
function init(arguments)
  requests, at = {}, 0
  local line = 0
  for body in io.lines(arguments[1]) do
    if line % 2 == lane then
      requests[#requests + 1] = wrk.format("POST", nil, {["Content-Type"] = "application/json"}, body)
    end
    line = line + 1
  end
end
function request()
  at = at + 1
  return requests[(at - 1) % #requests + 1]
end
"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where one tenant's event goes, and the token that Lever signs it with."""

    url: str
    token: str
    event: str

    def delivery(self, number: int) -> bytes:
        """Of about 1 KiB, of another candidate than any other number's."""
        token, at = secrets.token_hex(32), int(time.time() * 1000) - number
        signature = hmac.new(self.token.encode(), f"{token}{at}".encode(), hashlib.sha256).hexdigest()
        data = {name: secrets.token_hex(16) for name in ("opportunityId", "fromStageId", "toStageId")}
        body = {"event": self.event, "triggeredAt": at, "token": token, "signature": signature, "data": data}
        return json.dumps({**body, "padding": "x" * (BODY_BYTES - len(json.dumps(body)) - 15)}).encode()


def rate_of(address: Address, seconds: int, folder: Path, most: int) -> float:
    """Deliveries a second, as fast as they are answered. `most` is how many are signed, each sent once."""
    bodies, script = folder / "bodies", folder / "deliveries.lua"
    bodies.write_bytes(b"\n".join(address.delivery(number) for number in range(most)))
    script.write_text(SCRIPT)
    command = [
        wrk(),
        "-t2",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "-s",
        str(script),
        address.url,
        "--",
        str(bodies),
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    rate = RATE.search(said)
    if not rate or REFUSED.search(said):
        raise StackError(f"the deliveries were refused:\n{said}")
    if float(rate[1]) * seconds > most:
        raise StackError(f"{most} deliveries were too few for {seconds} s: some were sent twice.")
    return float(rate[1])


def wrk() -> str:
    found = shutil.which("wrk")
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(INSTALL, check=True, capture_output=True, timeout=300)
        found = shutil.which("wrk")
    if not found:
        raise StackError("the load comes from wrk. On Debian, as root: apt-get install wrk.")
    return found


def waits_at(address: Address, rate: float, seconds: int) -> list[float]:
    """Milliseconds from the moment when each was to be sent to its answer, at a steady rate whatever the answers do."""
    bodies = [address.delivery(number) for number in range(int(rate * seconds))]
    waits: list[float] = []
    begin = time.monotonic() + 0.2
    threads = [
        threading.Thread(target=_send, args=(address, bodies, lane, rate, begin, waits))
        for lane in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(waits) < len(bodies):
        raise StackError(f"{len(bodies) - len(waits)} of {len(bodies)} deliveries were not accepted.")
    return waits


def _send(
    address: Address, bodies: Sequence[bytes], lane: int, rate: float, begin: float, waits: list[float]
) -> None:
    place = urlsplit(address.url)
    connection = HTTPConnection(place.netloc, timeout=30)
    for number in range(lane, len(bodies), CONNECTIONS):
        due = begin + number / rate
        time.sleep(max(0.0, due - time.monotonic()))
        try:
            connection.request("POST", place.path, bodies[number], {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            connection.close()
            continue
        if answer.status == 200:
            waits.append((time.monotonic() - due) * 1000)
