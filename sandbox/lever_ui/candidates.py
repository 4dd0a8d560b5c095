"""The list of candidates, and what a recruiter does to one."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sandbox.control.requests import Routes
from sandbox.lever_ui.visitor import account
from sandbox.world import recruiting, world
from sandbox.world.recruiting import NotPossible

SHOWN = 100


def candidates() -> ResponseReturnValue:
    newest = sorted(account().opportunities.values(), key=lambda it: it.created_at, reverse=True)
    return render_template(
        "lever/candidates.html", opportunities=newest[:SHOWN], count=len(newest), pipeline=account().pipeline
    )


def candidate(opportunity_id: str) -> ResponseReturnValue:
    found = account().opportunities.get(opportunity_id)
    if found is None:
        raise NotPossible(f"{account().name} has no opportunity {opportunity_id}.")
    return render_template(
        "lever/candidates.html", opportunities=[found], count=1, pipeline=account().pipeline
    )


def act(opportunity_id: str) -> ResponseReturnValue:
    """One form a row; the button that was pressed says which act is meant."""
    form, customer = request.form, account()
    match form.get("act"):
        case "move":
            recruiting.move(world, customer, opportunity_id, form.get("stage", ""))
        case "archive":
            recruiting.archive(world, customer, opportunity_id, form.get("reason", ""))
        case "unarchive":
            recruiting.archive(world, customer, opportunity_id, None)
        case "hire":
            recruiting.hire(world, customer, opportunity_id)
        case "delete":
            recruiting.delete(world, customer, opportunity_id)
    return redirect(url_for("lever_ui.candidates"))


routes: Routes = [
    ("GET", "/candidates", candidates),
    ("GET", "/candidates/<opportunity_id>", candidate),
    ("POST", "/candidates/<opportunity_id>", act),
]
