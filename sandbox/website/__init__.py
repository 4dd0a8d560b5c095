"""The customers' own web sites, as far as the portal opens them: privacy policy and terms."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from sandbox.world import world

room = Blueprint("website", __name__)
PAGES = {"privacy": "Privacy policy", "terms": "Terms and conditions"}


@room.get("/sites/<key>/<page>")
def policy(key: str, page: str) -> ResponseReturnValue:
    account = world.accounts.get(key)
    if account is None or page not in PAGES:
        abort(404)
    return render_template("website/policy.html", account=account, title=PAGES[page])


__all__ = ["room"]
