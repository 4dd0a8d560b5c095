"""Lists of the data API: pages, `include` and `expand`."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.api.errors import bad_request

Json = dict[str, Any]
Item = TypeVar("Item")
MAXIMUM = 100
# The first number of every recorded token; what it counts is not known.
TOKEN_VERSION = 3


def page(
    items: Iterable[Item],
    place: Callable[[Item], tuple[float, str]],
    wire: Callable[[Item], Json],
    newest_first: bool = True,
) -> ResponseReturnValue:
    """`place` is a number and an id that give an item its place in the list."""
    after = offset()
    ordered = sorted(items, key=place, reverse=newest_first)
    if after:
        ordered = [it for it in ordered if (place(it) < after if newest_first else place(it) > after)]
    shown, limit = ordered[: page_length()], page_length()
    envelope: Json = {"data": [only_included(wire(item)) for item in shown]}
    if len(ordered) > limit:
        envelope["next"] = token_of(place(shown[-1]))
    return jsonify(envelope | {"hasNext": len(ordered) > limit})


def page_length() -> int:
    text = request.args.get("limit", str(MAXIMUM))
    if not text.isdecimal() or not 1 <= int(text) <= MAXIMUM:
        raise bad_request(f"limit must be a whole number from 1 to {MAXIMUM}, not {text!r}.")
    return int(text)


def token_of(place: tuple[float, str]) -> str:
    """Percent-encoded already; who sends it back encodes it once more, as any query value."""
    return quote(json.dumps([TOKEN_VERSION, *place], separators=(",", ":")), safe="")


def offset() -> tuple[float, str] | None:
    text = request.args.get("offset")
    if not text:
        return None
    try:
        _, number, item_id = json.loads(unquote(text))
        return float(number), str(item_id)
    except (ValueError, TypeError):
        raise bad_request("offset must be the `next` token of the previous page.") from None


def single(wire: Json, status: int = 200) -> ResponseReturnValue:
    return jsonify(data=only_included(wire)), status


def only_included(wire: Json) -> Json:
    """`include` leaves only what it names, and whatever is expanded."""
    included = set(request.args.getlist("include"))
    return {key: value for key, value in wire.items() if key in included | expanded()} if included else wire


def expanded() -> set[str]:
    return set(request.args.getlist("expand"))
