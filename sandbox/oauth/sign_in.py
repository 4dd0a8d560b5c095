"""Signing in to the sandbox's Lever: choose who you are, no password."""

from urllib.parse import quote, urlsplit

from flask import redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from sandbox.world import world
from sandbox.world.account import Account, User


def sign_in() -> ResponseReturnValue:
    after = local_path(request.values.get("next", ""))
    email = request.values.get("email", "").strip().lower()
    if request.method == "GET" or world.account_of_email(email) is None:
        accounts = list(world.accounts.values())
        unknown = email if request.method == "POST" else ""
        return render_template("oauth/sign_in.html", accounts=accounts, next=after, unknown=unknown)
    session["email"] = email
    return redirect(after)


def sign_out() -> ResponseReturnValue:
    session.pop("email", None)
    return redirect("/sign-in")


def signed_in() -> tuple[Account, User] | None:
    email = session.get("email", "")
    account = world.account_of_email(email)
    user = account.user(email) if account else None
    return (account, user) if account and user else None


def sign_in_address() -> str:
    """Where to sign in and come back here."""
    return f"/sign-in?next={quote(here())}"


def here() -> str:
    return request.full_path.rstrip("?")


def local_path(target: str) -> str:
    """Only a path of the sandbox itself."""
    parts = urlsplit(target)
    is_local = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc
    return target if is_local else "/settings/integrations"
