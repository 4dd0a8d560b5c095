"""Sending applications to a portal that was registered, and holding it to its own document."""

import json
from typing import Any

import requests
from flask import jsonify
from flask.typing import ResponseReturnValue
from urllib3.exceptions import HTTPError

from sandbox.appcast.applications import build_application
from sandbox.appcast.portal import body_of, broken_promises, call, sender_of
from sandbox.appcast.signature import HEADER, sign
from sandbox.control.requests import Routes, body, json_object, text
from sandbox.world import world
from sandbox.world.appcast import Sender, SentApplication
from sandbox.world.ids import now_ms
from sandbox.world.posting import Posting


def register_sender() -> ResponseReturnValue:
    sent = body()
    sender = Sender(text(sent, "tenant"), text(sent, "portal_url").rstrip("/"), text(sent, "secret"))
    world.appcast.senders[sender.tenant] = sender
    return jsonify(tenant=sender.tenant, portal_url=sender.portal_url), 201


def send_application() -> ResponseReturnValue:
    """Whatever the portal answers is passed on inside a 200."""
    return jsonify(send(body()))


routes: Routes = [
    ("POST", "/_control/appcast/senders", register_sender),
    ("POST", "/_control/appcast/applications", send_application),
]


def send(asked: dict[str, Any]) -> dict[str, Any]:
    sender = sender_of(text(asked, "tenant"))
    reference = text(asked, "job_reference")
    application = build_application(
        reference,
        posting_of(reference),
        json_object(asked, "applicant"),
        asked.get("answers"),
        asked.get("with_resume", True),
        json_object(asked, "overrides"),
    )
    status, answer, request_id, broken = post(sender, application)
    with world.lock:
        sent = SentApplication(now_ms(), sender.tenant, application["application_id"], reference, status)
        world.appcast.applications.append(sent)
    return {
        "request_id": request_id,
        "application_id": application["application_id"],
        "email": part(application, "applicant", "email"),
        "click_id": part(application, "source", "click_id"),
        "status": status,
        "body": answer,
        "broken_promises": broken,
    }


def part(application: dict[str, Any], name: str, key: str) -> Any:
    """Overrides may have put anything there."""
    value = application[name]
    return value.get(key) if isinstance(value, dict) else None


def post(sender: Sender, application: dict[str, Any]) -> tuple[int | None, Any, str | None, list[str]]:
    """Status, body (JSON where it is), X-Request-ID, and what of all that the portal's document does not promise.

    No status and the reason where nothing came back.
    """
    raw = json.dumps(application).encode()
    path = f"/api/v1/tenants/{sender.tenant}/applications"
    headers = {"Content-Type": "application/json", HEADER: sign(sender.secret, raw)}
    try:
        response = call("POST", sender.portal_url + path, data=raw, headers=headers)
    except (requests.RequestException, HTTPError) as error:
        return None, f"{type(error).__name__}: {sender.portal_url + path} did not answer.", None, []
    broken = broken_promises(sender, "POST", path, response)
    return response.status_code, body_of(response), response.headers.get("X-Request-ID"), broken


def posting_of(job_reference: str) -> Posting | None:
    """A posting in several places has one reference a place, which begins with the posting's id."""
    posting_id = job_reference[:36]
    account = world.account_of_posting(posting_id)
    return account.postings[posting_id] if account else None
