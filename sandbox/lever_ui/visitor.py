"""Who looks at Lever's pages: whoever signed in, or with `?account=` that account's Super Admin."""

from typing import Any

from flask import flash, g, redirect, request, session
from flask.typing import ResponseReturnValue

from sandbox.oauth.sign_in import sign_in_address, signed_in
from sandbox.world import world
from sandbox.world.account import Account, User


def identify() -> ResponseReturnValue | None:
    chosen = world.accounts.get(request.args.get("account", ""))
    if chosen:
        session["email"] = chosen.admin.email
    who = signed_in()
    if who is None:
        return redirect(sign_in_address())
    g.account, g.user = who
    if request.method == "POST" and request.path.startswith("/settings/") and not user().is_super_admin:
        flash("Only a Super Admin can change settings.", "problem")
        return back()
    return None


def account() -> Account:
    found: Account = g.account
    return found


def user() -> User:
    found: User = g.user
    return found


def shown_everywhere() -> dict[str, Any]:
    return {"account": g.get("account"), "user": g.get("user")}


def say_why_not(error: Exception) -> ResponseReturnValue:
    flash(str(error), "problem")
    return back()


def back() -> ResponseReturnValue:
    """To the page whose button was pressed: the first two parts of the path name it."""
    return redirect("/".join(request.path.split("/")[: 3 if request.path.startswith("/settings/") else 2]))
