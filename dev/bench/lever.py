"""Lever's deliveries by the contract's own words."""

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass

from .deliveries import Delivery

BODY_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where one tenant's event goes, and the token that Lever signs it with."""

    url: str
    token: str
    event: str

    def deliveries(self, count: int) -> list[Delivery]:
        """Each of about 1 KiB and of a candidate of its own."""
        return [Delivery(self.url, self._body(number)) for number in range(count)]

    def _body(self, number: int) -> bytes:
        token, at = secrets.token_hex(32), int(time.time() * 1000) - number
        signature = hmac.new(self.token.encode(), f"{token}{at}".encode(), hashlib.sha256).hexdigest()
        data = {name: secrets.token_hex(16) for name in ("opportunityId", "fromStageId", "toStageId")}
        body = {"event": self.event, "triggeredAt": at, "token": token, "signature": signature, "data": data}
        return json.dumps({**body, "padding": "x" * (BODY_BYTES - len(json.dumps(body)) - 15)}).encode()
