"""A portal that was registered: reached over HTTP, and held to its own document."""

from typing import Any

import requests
from urllib3.exceptions import HTTPError

from sandbox.appcast.promises import Promises
from sandbox.world import world
from sandbox.world.appcast import Sender

TIMEOUT_SECONDS = 30


def sender_of(tenant: str) -> Sender:
    sender = world.appcast.senders.get(tenant)
    if sender is None:
        known = ", ".join(world.appcast.senders) or "none"
        raise ValueError(f"No sender is registered for tenant {tenant!r} (registered: {known}).")
    return sender


def call(method: str, url: str, **more: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, timeout=TIMEOUT_SECONDS, allow_redirects=False, **more)


def broken_promises(sender: Sender, method: str, path: str, response: requests.Response) -> list[str]:
    """The document is read each time: the portal may have been started anew, with another one."""
    try:
        promises = Promises(call("GET", f"{sender.portal_url}/api/v1/openapi.json").json())
    except (requests.RequestException, HTTPError) as error:
        return [f"The portal's openapi.json cannot be read: {type(error).__name__}."]
    return promises.broken_by_reply(method, path, response.status_code, response.headers, body_of(response))


def body_of(response: requests.Response) -> Any:
    """JSON where it is."""
    try:
        return response.json()
    except ValueError:
        return response.text[:2000]
