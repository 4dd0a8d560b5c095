"""Webhooks by API. What people made by hand is listed, but cannot be changed here."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.api.access import account
from sandbox.api.bodies import json_object, json_part
from sandbox.api.errors import bad_request, forbidden, not_found
from sandbox.api.lists import Json, single
from sandbox.api.routes import Routes
from sandbox.world import world
from sandbox.world.ids import now_ms
from sandbox.world.webhooks import (
    ORIGINS,
    URLS_PER_EVENT,
    Webhook,
    check_url,
    new_signature_token,
    new_webhook,
)

routes = Routes()


@routes.add("GET", "/webhooks", "webhooks:read:admin")
def webhooks() -> ResponseReturnValue:
    """No `hasNext` in the recording."""
    return jsonify(data=[webhook_wire(webhook) for webhook in list(account().webhooks.values())])


@routes.add("POST", "/webhooks", "webhooks:write:admin")
def create() -> ResponseReturnValue:
    """The signature token is shown only now. Nothing is sent until a Super Admin switches the event on."""
    asked = json_object()
    with world.lock:
        webhook = checked(asked)
        webhook.signature_token = new_signature_token()
        webhook.origins = origins_of(asked)
        account().webhooks[webhook.id] = webhook
    wire = webhook_wire(webhook)
    wire["configuration"]["signatureToken"] = webhook.signature_token
    return single(wire, 201)


@routes.add("PUT", "/webhooks", "webhooks:write:admin")
def update() -> ResponseReturnValue:
    """In bulk: `{"data": [{"id", "url", "configuration"}]}`."""
    rows = json_object().get("data")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_request('The body must be {"data": [{"id", "url", "configuration"}]}.')
    with world.lock:
        # All are checked before the first is changed.
        changes = [(api_made(str(row.get("id"))), checked_row(row)) for row in rows]
        for webhook, row in changes:
            change(webhook, row)
    return jsonify(data=[webhook_wire(webhook) for webhook, _ in changes])


@routes.add("DELETE", "/webhooks/<webhook_id>", "webhooks:write:admin")
def delete(webhook_id: str) -> ResponseReturnValue:
    with world.lock:
        del account().webhooks[api_made(webhook_id).id]
    return "", 204


def checked(asked: Json) -> Webhook:
    try:
        webhook = new_webhook(str(asked.get("event")), str(asked.get("url")), "api")
    except ValueError as error:
        raise bad_request(str(error)) from None
    if sum(it.event == webhook.event for it in account().webhooks.values()) >= URLS_PER_EVENT:
        raise bad_request(f"There are {URLS_PER_EVENT} webhooks for {webhook.event} already.")
    return webhook


def checked_row(row: Json) -> Json:
    if "url" in row:
        try:
            check_url(str(row["url"]))
        except ValueError as error:
            raise bad_request(str(error)) from None
    origins_of(row)
    return row


def change(webhook: Webhook, row: Json) -> None:
    webhook.url = str(row.get("url", webhook.url))
    if "configuration" in row:
        webhook.origins = origins_of(row)
    webhook.updated_at = now_ms()


def origins_of(asked: Json) -> list[str]:
    """All six unless conditions say otherwise."""
    configuration = json_part(asked, "configuration")
    origins = json_part(configuration, "conditions").get("origins") or ORIGINS
    if not isinstance(origins, list) or not all(origin in ORIGINS for origin in origins):
        raise bad_request(f"origins must be a list of some of {', '.join(ORIGINS)}.")
    return list(origins)


def api_made(webhook_id: str) -> Webhook:
    webhook = account().webhooks.get(webhook_id)
    if webhook is None:
        raise not_found(f"webhooks {webhook_id} was not found")
    if webhook.made_by != "api":
        raise forbidden("This webhook was made on the webhooks page and can be changed only there.")
    return webhook


def webhook_wire(webhook: Webhook) -> Json:
    return {
        "id": webhook.id,
        "event": webhook.event,
        "url": webhook.url,
        "configuration": {"conditions": {"origins": webhook.origins}},
        "createdAt": webhook.created_at,
        "updatedAt": webhook.updated_at,
    }
