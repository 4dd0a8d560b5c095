"""The list of postings, and the form of one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sandbox.control.requests import Routes
from sandbox.lever_ui.visitor import account
from sandbox.world import world
from sandbox.world.form_editor import set_state, set_unsupported_question
from sandbox.world.posting import Posting
from sandbox.world.recruiting import NotPossible


def postings() -> ResponseReturnValue:
    newest = sorted(account().postings.values(), key=lambda it: it.created_at, reverse=True)
    return render_template("lever/postings.html", postings=newest)


def posting(posting_id: str) -> ResponseReturnValue:
    return render_template("lever/posting.html", posting=posting_of(posting_id))


def edit_posting(posting_id: str) -> ResponseReturnValue:
    found = posting_of(posting_id)
    with world.lock:
        match request.form.get("act"):
            case "close":
                set_state(found, "closed")
            case "publish":
                set_state(found, "published")
            case "add question":
                set_unsupported_question(found, is_wanted=True)
            case "remove question":
                set_unsupported_question(found, is_wanted=False)
    flash("Saved.", "done")
    return redirect(url_for("lever_ui.posting", posting_id=posting_id))


def posting_of(posting_id: str) -> Posting:
    found = account().postings.get(posting_id)
    if found is None:
        raise NotPossible(f"{account().name} has no posting {posting_id}.")
    return found


routes: Routes = [
    ("GET", "/postings", postings),
    ("GET", "/postings/<posting_id>", posting),
    ("GET", "/jobs/postings/edit/<posting_id>", posting),
    ("POST", "/postings/<posting_id>", edit_posting),
]
