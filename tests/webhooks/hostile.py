"""Bodies that mean harm: an envelope of the right shape with pieces of its text replaced, doubled or broken."""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from .lever import STAGE_CHANGE, signature, stage_change

Pairs = list[tuple[str, str]]

# The text of a JSON value, or of what no JSON library would write.
ODD = (
    *("null", "true", "false", "0", "-0", "1e5", "1.5", "-1", '""', "[]", "{}", "[[]]", '{"":{}}', '"x"'),
    *("NaN", "-Infinity", "Infinity", "1e999", "-1e999", "1e-999", "0x10", "01", "+1", ".5", "1.", "1_000"),
    *("9" * 4300, "9" * 5000, "-" + "9" * 5000, "1" + "0" * 100_000, "0." + "1" * 5000, "1e" + "9" * 5000),
    *('"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"\x00"', '"\n"', '"\\x"', '"\\u12"', '"\ud800"', '"\\"'),
    *(
        '"\u202e"',
        '"' + "\u0660" * 48 + '"',
        '"' + "é" * 3000 + '"',
        '"' + "\\u0041" * 20_000 + '"',
        '"' + "a" * 200_000,
    ),
    *("undefined", "None", "", "/**/1", "'x'", "[1 2]", "[,]", '{"a"}', '{"a":1,}', "{1:2}", "]", "}", '"'),
)
REPEATED = ("[", '{"a":', "[{},", "1,", "[],", "{},", '"a",', " ", "\t\n", "\\", "[1,", "-", "9", '{"a":[')
NAMES = (
    "token",
    "triggeredAt",
    "event",
    "data",
    "signature",
    "id",
    "Token",
    "",
    "\\u0074oken",
    "__proto__",
    "a.b",
)
BYTES = (
    *(b"\x00", b"\xff", b"\xfe\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf"),
    *(b"\xe2\x80\xa8", b"\x1b[2J", b"\r\n\r\n", b"{", b"}", b'"', b"\\", b",", b"//", b"%00", b"'"),
)

short_text = st.text(max_size=20).map(lambda it: json.dumps(it, ensure_ascii=False))
small_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def repeated(piece: str, times: int) -> str:
    """Opened and not closed, or closed; as deep or as long as a body may be."""
    return piece * times + {"[": "]", "{": "}"}.get(piece[0], "") * (times * (times % 2))


values: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(ODD),
    st.builds(repeated, st.sampled_from(REPEATED), st.sampled_from([2, 19, 21, 500, 1999, 2001, 20_000])),
    st.integers().map(str),
    short_text,
    small_json.map(json.dumps),
)


@st.composite
def bodies(draw: st.DrawFn, key: str | None, at: int) -> bytes:
    """A good delivery signed with `key`, harmed one to four times."""
    pairs = good(draw(st.integers(0, 2**64)), key, at)
    for _ in range(draw(st.integers(0, 2))):
        pairs = draw(st.sampled_from(HARMS))(draw, pairs)
    body = ("{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}").encode(
        "utf-8", "surrogatepass"
    )
    for _ in range(draw(st.integers(0, 2))):
        body = draw(st.sampled_from(BREAKS))(draw, body)
    return body


def good(number: int, key: str | None, at: int) -> Pairs:
    token = f"{number:048x}"
    signed = [("signature", json.dumps(signature(key, token, at)))] if key else []
    data = json.dumps(stage_change(opportunityId=f"o-{number}"))
    whole = [("triggeredAt", str(at)), ("event", f'"{STAGE_CHANGE}"'), ("data", data), *signed]
    return [*whole, ("token", f'"{token}"')]


def replaced(draw: st.DrawFn, pairs: Pairs) -> Pairs:
    place = draw(st.integers(0, len(pairs) - 1))
    return [*pairs[:place], (pairs[place][0], draw(values)), *pairs[place + 1 :]]


def doubled(draw: st.DrawFn, pairs: Pairs) -> Pairs:
    """A name twice, with its own value or another, before or after."""
    name, value = draw(st.sampled_from(pairs))
    place = draw(st.integers(0, len(pairs)))
    return [*pairs[:place], (name, draw(st.just(value) | values)), *pairs[place:]]


def added(draw: st.DrawFn, pairs: Pairs) -> Pairs:
    return [*pairs, (draw(st.sampled_from(NAMES)), draw(values))]


def left_out(draw: st.DrawFn, pairs: Pairs) -> Pairs:
    gone = draw(st.sampled_from(pairs))
    return [it for it in pairs if it != gone] or pairs


def inside(draw: st.DrawFn, pairs: Pairs) -> Pairs:
    """Under a name of Lever's within the data."""
    name = draw(st.sampled_from(["opportunityId", "toStageId", "applicationId", "toArchived", "x"]))
    return [(it, f'{{"{name}":{draw(values)}}}' if it == "data" else value) for it, value in pairs]


def put_in(draw: st.DrawFn, body: bytes) -> bytes:
    place = draw(st.integers(0, len(body)))
    return body[:place] + draw(st.sampled_from(BYTES) | st.binary(min_size=1, max_size=4)) + body[place:]


def cut(draw: st.DrawFn, body: bytes) -> bytes:
    return body[: draw(st.integers(0, len(body)))]


def flipped(draw: st.DrawFn, body: bytes) -> bytes:
    place = draw(st.integers(0, max(0, len(body) - 1)))
    return (
        body[:place]
        + bytes([b ^ (1 << draw(st.integers(0, 7))) for b in body[place : place + 1]])
        + body[place + 1 :]
    )


def wrapped(draw: st.DrawFn, body: bytes) -> bytes:
    before, after = draw(
        st.sampled_from([(b"[", b"]"), (b'{"a":', b"}"), (b"\xef\xbb\xbf", b""), (b"", b"{}"), (b" ", b"\n")])
    )
    return before + body + after


def recoded(draw: st.DrawFn, body: bytes) -> bytes:
    return body.decode("utf-8", "replace").encode(
        draw(st.sampled_from(["utf-16", "utf-32", "utf-7"])), "replace"
    )


HARMS: tuple[Callable[[st.DrawFn, Pairs], Pairs], ...] = (
    replaced,
    replaced,
    doubled,
    added,
    left_out,
    inside,
)
BREAKS: tuple[Callable[[st.DrawFn, bytes], bytes], ...] = (put_in, cut, flipped, wrapped, recoded)
