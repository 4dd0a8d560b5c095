"""Reading what a script sent, and telling it what was wrong."""

from collections.abc import Callable
from typing import Any

from flask import abort, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.world import world
from sandbox.world.account import Account

Routes = list[tuple[str, str, Callable[..., ResponseReturnValue]]]
ACCOUNT = "/_control/accounts/<key>"


def account_or_404(key: str) -> Account:
    account = world.accounts.get(key)
    if account is None:
        abort(404, f"there is no account {key!r}; there are {', '.join(world.accounts)}.")
    return account


def body() -> dict[str, Any]:
    """The JSON object that was sent, or an empty one."""
    if not request.get_data():
        return {}
    sent = request.get_json(silent=True, force=True)
    if not isinstance(sent, dict):
        raise ValueError("The body must be a JSON object.")
    return sent


def text(sent: dict[str, Any], name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"The body needs {name!r}, a string; it is {value!r}.")
    return value


def optional_text(sent: dict[str, Any], name: str) -> str | None:
    return None if sent.get(name) is None else text(sent, name)


def json_object(sent: dict[str, Any], name: str) -> dict[str, Any]:
    """An object that may be left out."""
    value = sent.get(name) or {}
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object; it is {value!r}.")
    return value


def flag(sent: dict[str, Any], name: str) -> bool:
    value = sent.get(name)
    if not isinstance(value, bool):
        raise ValueError(f"The body needs {name!r}, true or false; it is {value!r}.")
    return value


def number(sent: dict[str, Any], name: str, default: float | None = None) -> float | None:
    value = sent.get(name, default)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
        raise ValueError(f"{name} must be a number and not negative; it is {value!r}.")
    return value


def answer_error(error: Exception) -> ResponseReturnValue:
    return jsonify(error=str(error)), 400
