import json

import pytest

from integrations.appcast.strict_json import MOST_DEPTH, MOST_VALUES, NotStrictError, read


def nested(levels: int) -> bytes:
    """An object with lists in it, `levels` in all with the innermost value."""
    return b'{"a":' + b"[" * (levels - 2) + b"1" + b"]" * (levels - 2) + b"}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "expected JSON"),
        (b"{", "expected JSON"),
        (b"{} {}", "expected JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "expected JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "expected JSON"),
        (b"[" * 100_000, "expected JSON"),
        ('{"a": 1}'.encode("utf-16"), "expected UTF-8"),
        (b'{"a": "\xff"}', "expected UTF-8"),
        (b"[]", "expected a JSON object"),
        (b"null", "expected a JSON object"),
        (b'{"a": NaN}', "received NaN"),
        (b'{"a": -Infinity}', "received -Infinity"),
        (b'{"a": 1, "a": 2}', "one twice"),
        (b'{"a": {"b": 1, "b\\u0000": 2}}', "one twice"),
        (nested(MOST_DEPTH + 1), "levels"),
        (json.dumps({"a": [0] * MOST_VALUES}).encode(), "values"),
    ],
)
def test_what_a_careful_sender_would_not_write_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(NotStrictError, match=reason):
        read(body)


def test_as_deep_and_as_many_as_allowed_is_taken() -> None:
    assert "a" in read(nested(MOST_DEPTH))
    assert len(read(json.dumps({"a": [0] * (MOST_VALUES - 2)}).encode())) == 1


def test_null_is_absent_on_every_level_but_in_lists() -> None:
    assert read(b'{"a": null, "b": {"c": null}, "d": [null, {"e": null}]}') == {"b": {}, "d": [None, {}]}


def test_every_text_can_be_stored() -> None:
    """No NUL, no half of a pair; a whole pair is one letter."""
    read_back = read(rb'{"a\u0000": "x\u0000y", "b": ["\ud83d\ude00", "\ud83d", "\u0000"]}')
    assert read_back == {"a": "xy", "b": ["😀", "?", ""]}
