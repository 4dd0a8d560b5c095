"""What a dashboard of Customer Success reads."""

from typing import Any

import requests

from ...stack import Stack
from ...visitor import Unexpected

HEADER = "Appcast-Desk-Key"


class Desk:
    def __init__(self, stack: Stack) -> None:
        self._origin = f"{stack.ports.portal_url}/api/v1/desk"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers[HEADER] = stack.manage("desk_key", "chaos").split()[-1]

    def problems(self, tenant: str) -> dict[str, str]:
        """Who acts, by the code of what is open."""
        return {it["code"]: it["who"] for it in self._get(f"tenants/{tenant}")["problems"]}

    def still(self) -> dict[str, str]:
        """Who acts, by the queue that nobody works on."""
        return {it["queue"]: it["who"] for it in self._get("fleet")["still"]}

    def incidents(self) -> dict[str, int]:
        """At how many tenants, by code."""
        return {it["code"]: it["tenants"] for it in self._get("fleet")["incidents"]}

    def _get(self, path: str) -> Any:
        answer = self._session.get(f"{self._origin}/{path}", timeout=30)
        if answer.status_code != 200:
            raise Unexpected(f"The desk's {path} answered {answer.status_code}: {answer.text[:200]}")
        return answer.json()
