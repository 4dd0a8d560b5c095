"""Where webhooks go: answers as it is told, and keeps what came."""

import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


@dataclass
class Receiver:
    server: HTTPServer
    path: str = "/hook"
    # What it answers with, one after the other; the last one goes on.
    statuses: list[int] = field(default_factory=lambda: [204])
    requests: list[Request] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.expect_request(self.path).respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        self.raw.append(request.get_data())
        self.requests.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        headers = {"Location": self.server.url_for("/elsewhere")} if 300 <= status < 400 else {}
        return Response(status=status, headers=headers)

    @property
    def url(self) -> str:
        url: str = self.server.url_for(self.path)
        return url

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.raw]


def signature_of(body: dict[str, Any], key: str) -> str:
    """As chapter 4 of Lever's contract computes it: the key is text, token and time are what is signed."""
    signed = f"{body['token']}{body['triggeredAt']}"
    return hmac.new(key.encode(), signed.encode(), "sha256").hexdigest()
