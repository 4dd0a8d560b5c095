"""Settings > Integrations and API."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sandbox.control.requests import Routes
from sandbox.lever_ui.visitor import account
from sandbox.oauth.scopes import WORDS
from sandbox.world import world


def integrations() -> ResponseReturnValue:
    app = account().authorized_app
    return render_template(
        "lever/integrations.html",
        feed_url=f"{request.host_url}v0/postings/{account().key}?mode=xml",
        app=app,
        permissions=[WORDS[scope] for scope in sorted(app.scopes)] if app else [],
    )


def toggle_feed() -> ResponseReturnValue:
    with world.lock:
        account().is_feed_on = request.form.get("on") == "yes"
    return redirect(url_for("lever_ui.integrations"))


def revoke_access() -> ResponseReturnValue:
    with world.lock:
        world.grants.revoke(account())
    return redirect(url_for("lever_ui.integrations"))


routes: Routes = [
    ("GET", "/settings/integrations", integrations),
    ("POST", "/settings/integrations/feed", toggle_feed),
    ("POST", "/settings/integrations/revoke", revoke_access),
]
