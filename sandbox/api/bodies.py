"""The JSON that a caller sent, whatever it looks like."""

from typing import Any

from flask import request

from sandbox.api.errors import bad_request
from sandbox.api.lists import Json


def json_object() -> Json:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object.")
    return body


def json_part(whole: Json, name: str) -> Json:
    """An object inside of it, empty when it is left out."""
    part: Any = whole.get(name) or {}
    if not isinstance(part, dict):
        raise bad_request(f"{name} must be an object.")
    return part
