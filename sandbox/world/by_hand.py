"""What a Super Admin does on Lever's webhooks page. What the API made can only be switched on and off here."""

from sandbox.world.account import Account
from sandbox.world.courier import attempt
from sandbox.world.ids import now_ms
from sandbox.world.recruiting import NotPossible, signing_of
from sandbox.world.webhooks import (
    EVENTS,
    URLS_PER_EVENT,
    Delivery,
    Webhook,
    check_url,
    new_delivery,
    new_signature_token,
    new_webhook,
)
from sandbox.world.world import World


def switch_event(account: Account, event: str, is_on: bool) -> None:
    if event not in EVENTS:
        raise ValueError(f"event must be one of {', '.join(EVENTS)}; it is {event!r}.")
    if is_on:
        account.switched_on_events.add(event)
    else:
        account.switched_on_events.discard(event)


def add_webhook(account: Account, event: str, url: str) -> Webhook:
    webhook = new_webhook(event, url.strip(), "ui")
    if sum(it.event == event for it in account.webhooks.values()) >= URLS_PER_EVENT:
        raise NotPossible(f"Lever takes {URLS_PER_EVENT} URLs for an event; remove one first.")
    account.webhooks[webhook.id] = webhook
    return webhook


def change_url(account: Account, webhook_id: str, url: str) -> None:
    webhook = hand_made(account, webhook_id)
    check_url(url.strip())
    webhook.url, webhook.updated_at = url.strip(), now_ms()


def generate_token(account: Account, webhook_id: str) -> None:
    """The old token is worth nothing from now on."""
    hand_made(account, webhook_id).signature_token = new_signature_token()


def remove_webhook(account: Account, webhook_id: str) -> None:
    del account.webhooks[hand_made(account, webhook_id).id]


def verify_connection(world: World, account: Account, webhook_id: str) -> Delivery:
    """A signed request with empty data, sent once and at once; the caller must not hold the world's lock."""
    webhook = webhook_of(account, webhook_id)
    delivery = new_delivery(webhook, {}, signing_of(world, account))
    account.deliveries.append(delivery)
    attempt(delivery)
    return delivery


def rerun(world: World, account: Account, delivery_id: str) -> None:
    """The same bytes again, so the same token (that Lever does so too is inferred)."""
    delivery = next((it for it in account.history if it.id == delivery_id), None)
    if delivery is None:
        raise NotPossible("This delivery is no longer in the history.")
    world.courier.send(delivery)


def webhook_of(account: Account, webhook_id: str) -> Webhook:
    webhook = account.webhooks.get(webhook_id)
    if webhook is None:
        raise NotPossible(f"{account.key} has no webhook {webhook_id}.")
    return webhook


def hand_made(account: Account, webhook_id: str) -> Webhook:
    webhook = webhook_of(account, webhook_id)
    if webhook.made_by != "ui":
        raise NotPossible("This webhook was made through the API and can be changed only there.")
    return webhook
