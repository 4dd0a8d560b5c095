"""A browser without JavaScript, for scripts that walk through the portal as a person does."""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urljoin

import requests

TIMEOUT_SECONDS = 30
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
CONTROL = re.compile(r"<(input|select|textarea)\b([^>]*)>", re.DOTALL)
SELECT = re.compile(r"<select\b([^>]*)>(.*?)</select>", re.DOTALL)
CHOSEN = re.compile(r'<option value="([^"]*)"[^>]*\bselected')
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


class Unexpected(Exception):
    """The portal answered something that a visitor would stumble over."""


class Visitor:
    """Follows links and submits forms of one origin, with its cookies."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str, *, status: int = 200) -> str:
        answer = self._session.get(urljoin(self.origin, path), timeout=TIMEOUT_SECONDS)
        return self._read(answer, status)

    def redirect_of(self, path: str, action: str, pressed: Mapping[str, str]) -> str:
        """Where the form that posts to `action` on the page sends the browser by the button `pressed`, not followed."""
        data = {**fields_of(self.get(path), action), **pressed}
        answer = self._session.post(
            urljoin(self.origin, action), data=data, timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
        return answer.headers["Location"]

    def submit(self, path: str, action: str, data: dict[str, str] | None = None, *, status: int = 200) -> str:
        """The page after the form that posts to `action` on the page at `path`, its own values kept."""
        page = self.get(path)
        answer = self._session.post(
            urljoin(self.origin, action),
            data={**fields_of(page, action), **(data or {})},
            headers={"Referer": urljoin(self.origin, path)},
            timeout=TIMEOUT_SECONDS,
        )
        return self._read(answer, status)

    def _read(self, answer: requests.Response, status: int) -> str:
        if answer.status_code != status:
            raise Unexpected(
                f"{answer.request.method} {answer.url} answered {answer.status_code}, not {status}."
            )
        return answer.text


def forms_of(page: str) -> list[tuple[str, str]]:
    """Action and inside of each form that posts."""
    found = [(dict(ATTRIBUTE.findall(head)), inside) for head, inside in FORM.findall(page)]
    return [(head.get("action", ""), inside) for head, inside in found if head.get("method") == "post"]


def fields_of(page: str, action: str) -> dict[str, str]:
    """What a browser would send for the form with this action, untouched."""
    inside = next((inside for found, inside in forms_of(page) if found == action), None)
    if inside is None:
        inside = next((inside for found, inside in forms_of(page) if not found), None)
    if inside is None:
        raise Unexpected(f"The page has no form that posts to {action}.")
    values: dict[str, str] = {}
    for kind, head in CONTROL.findall(inside):
        attributes = dict(ATTRIBUTE.findall(head))
        is_unchosen = attributes.get("type") in {"radio", "checkbox"} and " checked" not in head
        if kind == "input" and "name" in attributes and not is_unchosen:
            values[attributes["name"]] = unescape(attributes.get("value", ""))
    for head, options in SELECT.findall(inside):
        chosen = CHOSEN.search(options)
        values[dict(ATTRIBUTE.findall(head))["name"]] = unescape(chosen[1]) if chosen else ""
    return values
