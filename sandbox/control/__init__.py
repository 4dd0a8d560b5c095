"""The control room: everything that a script or a test may ask of the sandbox, as JSON; and a page of it."""

from flask import Blueprint

from sandbox.control import (
    accounts,
    candidates,
    consent,
    crowd,
    faults,
    log,
    stages,
    switches,
    webhooks,
)
from sandbox.control import (
    page as faults_page,
)
from sandbox.control.requests import answer_error
from sandbox.world.recruiting import NotPossible

room = Blueprint("control", __name__)
for part in (accounts, candidates, consent, crowd, faults, log, stages, switches, webhooks, faults_page):
    for method, path, view in part.routes:
        room.add_url_rule(path, view.__name__, view, methods=[method])
for error in (NotPossible, ValueError):
    room.register_error_handler(error, answer_error)

__all__ = ["room"]
