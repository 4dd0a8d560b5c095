"""Lever's own pages, as far as the customer's guide and a recruiter's day walk through them."""

from flask import Blueprint

from sandbox.lever_ui import candidates, integrations, pipeline, postings, visitor, webhooks
from sandbox.world.recruiting import NotPossible

room = Blueprint("lever_ui", __name__)
room.before_request(visitor.identify)
room.context_processor(visitor.shown_everywhere)
for part in (integrations, webhooks, pipeline, candidates, postings):
    for method, path, view in part.routes:
        room.add_url_rule(path, view.__name__, view, methods=[method])
for error in (NotPossible, ValueError):
    room.register_error_handler(error, visitor.say_why_not)

__all__ = ["room"]
