"""The sandbox's control room, for scripts: what the customer does in Lever, and what came to Appcast."""

import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests

from .visitor import Unexpected

T = TypeVar("T")
WAIT_SECONDS = 90
POLL_SECONDS = 0.25


class Sandbox:
    """`key` is the customer's account in Lever."""

    def __init__(self, origin: str, key: str) -> None:
        self.origin = origin
        self.key = key
        self._session = requests.Session()
        self._session.trust_env = False

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """GET, or POST where there is a body."""
        url = f"{self.origin}/_control/{path}"
        answer = (
            self._session.get(url, timeout=30)
            if body is None
            else self._session.post(url, json=body, timeout=30)
        )
        answer.raise_for_status()
        return answer.json()

    def account(self, path: str = "", body: dict[str, Any] | None = None) -> Any:
        return self.ask(f"accounts/{self.key}{path}", body)

    def first_mail(self, email: str, what: str) -> Any:
        return wait(lambda: next(iter(self.ask(f"inbox?to={email}")), None), what)

    def hand_in(self, tenant: str, job_reference: str) -> Any:
        """An application by Appcast Apply, which was taken."""
        sent = self.ask("appcast/applications", {"tenant": tenant, "job_reference": job_reference})
        return _as_promised(sent, 202)

    def see_delivered(self, tenant: str, application_id: str) -> None:
        """As its sender may ask: one by one, and in a list."""

        def stands() -> bool:
            one = self.ask(f"appcast/applications?tenant={tenant}&application_id={application_id}")
            return bool(_as_promised(one, 200)["body"]["status"] == "delivered")

        wait(stands, "the sender to be told that its application is delivered")
        told = _as_promised(self.ask(f"appcast/applications?tenant={tenant}&status=delivered&limit=200"), 200)
        if application_id not in {it["application_id"] for it in told["body"]["applications"]}:
            raise Unexpected("The sender's list lacks an application that is delivered.")


def _as_promised(told: Any, status: int) -> Any:
    if told["status"] != status:
        raise Unexpected(f"Appcast Apply was answered {told['status']}: {told['body']}")
    if told["broken_promises"]:
        raise Unexpected(f"The portal breaks its openapi.json: {told['broken_promises']}")
    return told


def account_keys(sandbox_url: str) -> list[str]:
    """First that of the recorded answers, where SANDBOX_ACCOUNT names some."""
    keys = [str(it["key"]) for it in Sandbox(sandbox_url, "").ask("accounts")]
    return keys[::-1] if os.environ.get("SANDBOX_ACCOUNT") else keys


def wait(look: Callable[[], T | None], what: str) -> T:
    """Raises Unexpected when it does not come in time."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(POLL_SECONDS)
    raise Unexpected(f"{WAIT_SECONDS} s were not enough for {what}.")
