"""Webhooks as a Super Admin makes them on Lever's page."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.accounts import webhook_row
from sandbox.control.requests import ACCOUNT, Routes, account_or_404, body, flag, text
from sandbox.world import world
from sandbox.world.by_hand import add_webhook, generate_token, switch_event
from sandbox.world.recruiting import NotPossible
from sandbox.world.webhooks import new_signature_token


def make_webhook(key: str) -> ResponseReturnValue:
    """Adds the row, switches the event on and generates the token, as the customer's guide says."""
    account, sent = account_or_404(key), body()
    with world.lock:
        webhook = add_webhook(account, text(sent, "event"), text(sent, "url"))
        webhook.signature_token = new_signature_token()
        switch_event(account, webhook.event, is_on=True)
    return jsonify(webhook_row(account, webhook)), 201


def switch_webhook(key: str) -> ResponseReturnValue:
    account, sent = account_or_404(key), body()
    with world.lock:
        switch_event(account, text(sent, "event"), is_on=flag(sent, "on"))
    return jsonify(switched_on=sorted(account.switched_on_events))


def change_token(key: str) -> ResponseReturnValue:
    """Of the webhook that was made by hand for this event: what it signs with from now on."""
    account, event = account_or_404(key), text(body(), "event")
    with world.lock:
        webhook = next((it for it in account.webhooks.values() if it.event == event), None)
        if webhook is None:
            raise NotPossible(f"{key} has no webhook for {event!r}.")
        generate_token(account, webhook.id)
    return jsonify(webhook_row(account, webhook))


routes: Routes = [
    ("POST", f"{ACCOUNT}/webhooks", make_webhook),
    ("POST", f"{ACCOUNT}/webhooks/switch", switch_webhook),
    ("POST", f"{ACCOUNT}/webhooks/token", change_token),
]
