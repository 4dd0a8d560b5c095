"""Lever's data API, v1."""

from flask import Blueprint

from sandbox.api import access, apply, opportunities, pipeline, postings, surveys, uploads, users, webhooks
from sandbox.api.errors import LeverError

room = Blueprint("api", __name__, url_prefix="/v1")
room.before_request(access.identify)
room.before_request(access.limit_rate)
room.after_request(access.add_headers)
room.register_error_handler(LeverError, access.refuse)
for part in (postings, apply, pipeline, uploads, opportunities, users, webhooks, surveys):
    part.routes.register_on(room)

__all__ = ["room"]
