"""Switches of an account, and of the whole sandbox."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.accounts import posting_row, summary
from sandbox.control.requests import ACCOUNT, Routes, account_or_404, body, flag, number
from sandbox.world import world
from sandbox.world.account import Account
from sandbox.world.form_editor import set_state, set_unsupported_question
from sandbox.world.posting import Posting
from sandbox.world.recruiting import NotPossible


def revoke(key: str) -> ResponseReturnValue:
    """As under Authorized Apps: nobody tells the app."""
    account = account_or_404(key)
    with world.lock:
        world.grants.revoke(account)
    return jsonify(summary(account))


def feed(key: str) -> ResponseReturnValue:
    account, sent = account_or_404(key), body()
    if sent.get("style", account.feed_style) not in ("snake", "camel"):
        raise ValueError(f"style must be snake or camel; it is {sent['style']!r}.")
    with world.lock:
        account.feed_style = sent.get("style", account.feed_style)
        account.is_feed_on = flag(sent, "enabled") if "enabled" in sent else account.is_feed_on
    return jsonify(summary(account))


def form(key: str, posting_id: str) -> ResponseReturnValue:
    posting = posting_of(account_or_404(key), posting_id)
    with world.lock:
        set_unsupported_question(posting, flag(body(), "add_unsupported"))
    return jsonify(posting_row(posting))


def close(key: str, posting_id: str) -> ResponseReturnValue:
    posting = posting_of(account_or_404(key), posting_id)
    with world.lock:
        set_state(posting, "closed")
    return jsonify(posting_row(posting))


def publish(key: str, posting_id: str) -> ResponseReturnValue:
    posting = posting_of(account_or_404(key), posting_id)
    with world.lock:
        set_state(posting, "published")
    return jsonify(posting_row(posting))


def tokens() -> ResponseReturnValue:
    """How long access tokens live from now on, those already out included."""
    seconds = number(body(), "seconds")
    if seconds is None:
        raise ValueError("The body needs 'seconds', how long a token lives.")
    with world.lock:
        world.grants.shorten(int(seconds))
    return jsonify(seconds=int(seconds))


def reset() -> ResponseReturnValue:
    world.reset()
    return jsonify(accounts=list(world.accounts))


routes: Routes = [
    ("POST", f"{ACCOUNT}/revoke", revoke),
    ("POST", f"{ACCOUNT}/feed", feed),
    ("POST", f"{ACCOUNT}/postings/<posting_id>/form", form),
    ("POST", f"{ACCOUNT}/postings/<posting_id>/close", close),
    ("POST", f"{ACCOUNT}/postings/<posting_id>/publish", publish),
    ("POST", "/_control/tokens", tokens),
    ("POST", "/_control/reset", reset),
]


def posting_of(account: Account, posting_id: str) -> Posting:
    posting = account.postings.get(posting_id)
    if posting is None:
        raise NotPossible(f"{account.key} has no posting {posting_id}.")
    return posting
