"""Many companies at once, whose Super Admin has authorized the app: for load, not for looking at."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.requests import Routes, account_or_404, body, number, optional_text, text
from sandbox.seed.accounts import users_of
from sandbox.world import world
from sandbox.world.account import Account
from sandbox.world.ids import stable_id
from sandbox.world.posting import Posting

MOST = 20_000


def crowd() -> ResponseReturnValue:
    """Like the account `of`; `scopes` with blanks between. The access tokens are shown this once.

    `named` begins their keys; each has one public job, or so many `jobs`.
    """
    sent = body()
    like, count = account_or_404(text(sent, "of")), int(number(sent, "count") or 0)
    scopes, named = frozenset(text(sent, "scopes").split()), optional_text(sent, "named") or "crowd"
    jobs = [it for it in like.postings.values() if it.is_public][: int(number(sent, "jobs", 1) or 1)]
    if not 0 < count <= MOST:
        raise ValueError(f"count must be between 1 and {MOST}; it is {count}.")
    with world.lock:
        return jsonify([member(like, jobs, f"{named}-{it:05}", scopes) for it in range(count)])


routes: Routes = [("POST", "/_control/crowd", crowd)]


def member(like: Account, jobs: Sequence[Posting], key: str, scopes: frozenset[str]) -> dict[str, Any]:
    """`posting` and `title` are of the first job."""
    postings = [
        replace(job, id=stable_id(key, "posting", number), site=key, form=dict(job.form))
        for number, job in enumerate(jobs)
    ]
    account = Account(
        key=key,
        name=f"{like.name} {key}",
        id=stable_id(key, "account"),
        users=users_of(key),
        pipeline=like.pipeline,
        postings={it.id: it for it in postings},
    )
    world.accounts[key] = account
    world.grants.authorize(account, account.admin, scopes)
    tokens = world.grants.issue_tokens(account, scopes)
    first = {"posting": postings[0].id, "title": postings[0].text}
    return {"key": key, "account_id": account.id, **first, **tokens}
