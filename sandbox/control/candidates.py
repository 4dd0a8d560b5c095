"""What a recruiter does to a candidate."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.accounts import opportunity_row
from sandbox.control.requests import ACCOUNT, Routes, account_or_404, body, text
from sandbox.world import recruiting, world
from sandbox.world.candidates import Opportunity


def move(key: str, opportunity_id: str) -> ResponseReturnValue:
    return done(recruiting.move(world, account_or_404(key), opportunity_id, text(body(), "stage")))


def archive(key: str, opportunity_id: str) -> ResponseReturnValue:
    """`reason` null takes the candidate out of the archive."""
    sent = body()
    reason = None if sent.get("reason", "") is None else text(sent, "reason")
    return done(recruiting.archive(world, account_or_404(key), opportunity_id, reason))


def hire(key: str, opportunity_id: str) -> ResponseReturnValue:
    return done(recruiting.hire(world, account_or_404(key), opportunity_id))


def delete(key: str, opportunity_id: str) -> ResponseReturnValue:
    recruiting.delete(world, account_or_404(key), opportunity_id)
    return jsonify(deleted=opportunity_id)


def done(opportunity: Opportunity) -> ResponseReturnValue:
    return jsonify(opportunity_row(opportunity))


CANDIDATE = f"{ACCOUNT}/candidates/<opportunity_id>"
routes: Routes = [("POST", f"{CANDIDATE}/{act.__name__}", act) for act in (move, archive, hire, delete)]
