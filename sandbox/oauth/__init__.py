"""Lever's OAuth: sign-in, consent, tokens. The paths of auth.lever.co on the sandbox's one origin."""

from flask import Blueprint

from sandbox.oauth import authorize, sign_in, token

room = Blueprint("oauth", __name__)
room.add_url_rule("/sign-in", view_func=sign_in.sign_in, methods=["GET", "POST"])
room.add_url_rule("/sign-out", view_func=sign_in.sign_out, methods=["POST"])
room.add_url_rule("/authorize", view_func=authorize.authorize, methods=["GET"])
room.add_url_rule("/authorize", view_func=authorize.decide, methods=["POST"])
room.add_url_rule("/oauth/token", view_func=token.token, methods=["POST"])

__all__ = ["room"]
