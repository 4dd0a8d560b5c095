"""Settings > Integrations and API > Webhooks."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sandbox.control.requests import Routes
from sandbox.lever_ui.visitor import account
from sandbox.world import by_hand, world
from sandbox.world.webhooks import EVENTS, URLS_PER_EVENT

SHOWN = 100
DONE = "lever_ui.webhooks"


def webhooks() -> ResponseReturnValue:
    rows = list(account().webhooks.values())
    of_event = {event: [row for row in rows if row.event == event] for event in EVENTS}
    return render_template(
        "lever/webhooks.html",
        events=EVENTS,
        of_event=of_event,
        limit=URLS_PER_EVENT,
        deliveries=account().history[::-1][:SHOWN],
    )


def switch(event: str) -> ResponseReturnValue:
    with world.lock:
        by_hand.switch_event(account(), event, is_on=request.form.get("on") == "yes")
    return redirect(url_for(DONE, _anchor=event))


def add(event: str) -> ResponseReturnValue:
    with world.lock:
        by_hand.add_webhook(account(), event, request.form.get("url", ""))
    return redirect(url_for(DONE, _anchor=event))


def change_url(webhook_id: str) -> ResponseReturnValue:
    with world.lock:
        by_hand.change_url(account(), webhook_id, request.form.get("url", ""))
    flash("Saved.", "done")
    return redirect(url_for(DONE, _anchor=webhook_id))


def generate_token(webhook_id: str) -> ResponseReturnValue:
    with world.lock:
        by_hand.generate_token(account(), webhook_id)
    return redirect(url_for(DONE, _anchor=webhook_id))


def remove(webhook_id: str) -> ResponseReturnValue:
    with world.lock:
        by_hand.remove_webhook(account(), webhook_id)
    return redirect(url_for(DONE))


def verify(webhook_id: str) -> ResponseReturnValue:
    last = by_hand.verify_connection(world, account(), webhook_id).attempts[-1]
    if last.is_accepted:
        flash(f"Connection verified: the receiver answered {last.status}.", "done")
    else:
        flash(f"The test failed: {last.error or f'the receiver answered {last.status}'}.", "problem")
    return redirect(url_for(DONE, _anchor=webhook_id))


def rerun(delivery_id: str) -> ResponseReturnValue:
    with world.lock:
        by_hand.rerun(world, account(), delivery_id)
    flash("Sent again.", "done")
    return redirect(url_for(DONE, _anchor="history"))


PAGE = "/settings/webhooks"
routes: Routes = [
    ("GET", PAGE, webhooks),
    ("POST", f"{PAGE}/events/<event>/switch", switch),
    ("POST", f"{PAGE}/events/<event>/add", add),
    ("POST", f"{PAGE}/<webhook_id>/url", change_url),
    ("POST", f"{PAGE}/<webhook_id>/token", generate_token),
    ("POST", f"{PAGE}/<webhook_id>/remove", remove),
    ("POST", f"{PAGE}/<webhook_id>/verify", verify),
    ("POST", f"{PAGE}/deliveries/<delivery_id>/rerun", rerun),
]
