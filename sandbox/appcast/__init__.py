"""Appcast: receives conversions, sends applications."""

from flask import Blueprint

from sandbox.appcast import asking, conversions, pages, senders
from sandbox.control.requests import answer_error

room = Blueprint("appcast", __name__)
for part in (conversions, senders, asking, pages):
    for method, path, view in part.routes:
        room.add_url_rule(path, view.__name__, view, methods=[method])
room.register_error_handler(ValueError, answer_error)

__all__ = ["room"]
