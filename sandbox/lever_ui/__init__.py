"""Lever's own pages, as far as the customer's guide walks through them."""

from flask import Blueprint

room = Blueprint("lever_ui", __name__)
__all__ = ["room"]
