"""Many companies at once, each with one job, whose Super Admin has authorized the app: for load, not for looking at."""

from dataclasses import replace
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.requests import Routes, account_or_404, body, number, optional_text, text
from sandbox.seed.accounts import users_of
from sandbox.world import world
from sandbox.world.account import Account
from sandbox.world.ids import stable_id

MOST = 20_000


def crowd() -> ResponseReturnValue:
    """Like the account `of`; `scopes` with blanks between. The access tokens are shown this once.

    `named` begins their keys.
    """
    sent = body()
    like, count = account_or_404(text(sent, "of")), int(number(sent, "count") or 0)
    scopes, named = frozenset(text(sent, "scopes").split()), optional_text(sent, "named") or "crowd"
    if not 0 < count <= MOST:
        raise ValueError(f"count must be between 1 and {MOST}; it is {count}.")
    with world.lock:
        return jsonify([member(like, f"{named}-{number:05}", scopes) for number in range(count)])


routes: Routes = [("POST", "/_control/crowd", crowd)]


def member(like: Account, key: str, scopes: frozenset[str]) -> dict[str, Any]:
    job = next(posting for posting in like.postings.values() if posting.is_public)
    posting = replace(job, id=stable_id(key, "posting", 0), site=key, form=dict(job.form))
    account = Account(
        key=key,
        name=f"{like.name} {key}",
        id=stable_id(key, "account"),
        users=users_of(key),
        pipeline=like.pipeline,
        postings={posting.id: posting},
    )
    world.accounts[key] = account
    world.grants.authorize(account, account.admin, scopes)
    tokens = world.grants.issue_tokens(account, scopes)
    return {"key": key, "account_id": account.id, "posting": posting.id, "title": posting.text, **tokens}
