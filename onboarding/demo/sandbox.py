"""What the demo's customers do in Lever, and the demo's applicants at Appcast: the sandbox's control room."""

from typing import Any, cast

from django.conf import settings

from integrations import http


class SandboxError(Exception):
    """The sandbox refused; the message is its own."""


def ask(path: str, body: dict[str, Any] | None = None) -> Any:
    """GET, or POST where there is a body."""
    url = f"{settings.LEVER_APP_URL}/_control/{path}"
    answer = http.send("GET", url) if body is None else http.send("POST", url, json=body)
    if answer.status >= 300:
        raise SandboxError(f"{path}: {answer.status} {answer.body.decode(errors='replace')[:200]}")
    return cast(Any, answer.json())


def account(key: str, path: str = "", body: dict[str, Any] | None = None) -> Any:
    return ask(f"accounts/{key}{path}", body)


def consent(key: str, authorize_url: str) -> str:
    """The address to which Lever sends the Super Admin back after Accept."""
    return str(ask("consent", {"account": key, "authorize_url": authorize_url})["redirect_to"])
