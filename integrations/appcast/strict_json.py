"""JSON as a careful sender writes it, made plain: no NUL in texts, and `null` counts as absent."""

import json
from collections.abc import Iterator, Mapping
from typing import NoReturn

MOST_DEPTH = 20
MOST_VALUES = 20_000


class NotStrictError(ValueError):
    """Says what is wrong, never what came."""


def read(body: bytes) -> dict[str, object]:
    """The object in the body; its size was checked before. NotStrictError for anything else."""
    parsed, reason = _parsed(body)
    if reason:
        # Outside the handler: the decoder's own error holds the body.
        raise NotStrictError(reason)
    if not isinstance(parsed, dict):
        raise NotStrictError("expected a JSON object, received another value")
    _check_size(parsed)
    return {name: _plain(value) for name, value in parsed.items() if value is not None}


def _parsed(body: bytes) -> tuple[object, str]:
    try:
        text = body.decode()
        return json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_constant), ""
    except UnicodeDecodeError:
        return None, "expected UTF-8, received other bytes"
    except NotStrictError as error:
        return None, str(error)
    except (ValueError, RecursionError):
        return None, "expected JSON, received something else"


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Two readers of a doubled key may each believe another value."""
    record = {_clean(name): value for name, value in pairs}
    if len(record) != len(pairs):
        raise NotStrictError("expected each key once, received one twice")
    return record


def _no_constant(name: str) -> NoReturn:
    raise NotStrictError(f"expected JSON, received {name}")


def _check_size(root: object) -> None:
    level, values = [root], 0
    for _ in range(MOST_DEPTH):
        values += len(level)
        level = [child for node in level for child in _children(node)]
        if values + len(level) > MOST_VALUES:
            raise NotStrictError(f"expected at most {MOST_VALUES} values, received more")
    if level:
        raise NotStrictError(f"expected at most {MOST_DEPTH} levels, received more")


def _children(node: object) -> Iterator[object]:
    if isinstance(node, Mapping):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


def _plain(value: object) -> object:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if item is not None}
    return value


def _clean(text: str) -> str:
    """PostgreSQL takes no NUL, and half a surrogate pair cannot be written as UTF-8."""
    whole = text if text.isascii() else text.encode(errors="replace").decode()
    return whole.replace("\0", "")
