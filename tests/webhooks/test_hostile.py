"""Thousands of hostile bodies: none breaks the door, none is believed unproved, none costs much.

A tenth of them takes the whole way through the door with its database; all the others meet what decides about them
there, the strict parser and the signature.
"""

import gc
import json
import logging
import resource
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from integrations.errors import RejectedError
from integrations.providers import get_provider
from webhooks.intake import LARGEST_BODY
from webhooks.models import WebhookEndpoint

from . import rows
from .door import knock, knock_at
from .hostile import bodies
from .lever import OTHER_SECRET, SECRET, delivery, now_ms, signature

# Of the process's own time, which other programs on the machine do not lengthen. What is measured is a tenth of it.
MOST_SECONDS, MOST_MEMORY_MB = 2.0, 64
AT = now_ms()
THROUGH_THE_DOOR, DECIDED_ABOUT = 150, 2500


@pytest.fixture(autouse=True)
def as_the_web_does() -> Iterator[None]:
    """What is loaded is not searched for garbage (`config.asgi`)."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def in_silence() -> Iterator[None]:
    """Three lines a request of a log that nobody reads."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def many(count: int, key: str | None, knock_with: Callable[[bytes], int]) -> Counter[int]:
    """How often each status was answered. AssertionError where one is 500 or more, or a body is taken unproved."""
    answers: Counter[int] = Counter()
    slowest = 0.0

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(bodies(key, AT))
    def each(body: bytes) -> None:
        nonlocal slowest
        gc.freeze()  # what hypothesis has made meanwhile
        began = time.process_time()
        status = knock_with(body)
        slowest = max(slowest, time.process_time() - began)
        assert status in (200, 401, 413)
        assert status != 200 or is_proved(body)
        answers[status] += 1

    each()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{dict(answers)}; slowest {slowest * 1000:.0f} ms; peak of the process {peak} MB")
    assert slowest < MOST_SECONDS
    return answers


def is_proved(body: bytes) -> bool:
    """By the contract's own words, and in one reading of the JSON only."""
    read: list[list[str]] = []

    def one(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        read.append([name for name, _ in pairs])
        return dict(pairs)

    sent = json.loads(body, object_pairs_hook=one)
    is_plain = all(len(names) == len(set(names)) for names in read)
    return is_plain and bool(sent["signature"] == signature(SECRET, sent["token"], sent["triggeredAt"]))


def test_of_well_signed_bodies_that_were_harmed_only_the_proved_are_taken(endpoint: WebhookEndpoint) -> None:
    answers = many(2 * THROUGH_THE_DOOR, SECRET, lambda body: knock(endpoint, body))
    assert answers[200] > 10  # harmed where the signature does not reach
    assert answers[401] > THROUGH_THE_DOOR
    assert all(is_proved(bytes(it.body)) for it in rows.events())


@pytest.mark.parametrize("key", [None, OTHER_SECRET], ids=["unsigned", "signed with another token"])
def test_without_the_addresss_token_nothing_is_taken(endpoint: WebhookEndpoint, key: str | None) -> None:
    assert many(THROUGH_THE_DOOR, key, lambda body: knock(endpoint, body))[200] == 0
    assert rows.events() == []


def test_at_an_address_that_nobody_has_nothing_is_taken_or_kept(endpoint: WebhookEndpoint) -> None:
    answers = many(THROUGH_THE_DOOR, SECRET, lambda body: knock_at(f"/webhooks/lever/{'x' * 32}", body))
    assert answers[200] == 0
    assert (rows.events(), rows.rejected()) == ([], [])


@pytest.mark.parametrize("key", [SECRET, OTHER_SECRET], ids=["harmed", "signed with another token"])
def test_what_decides_at_the_door_believes_only_what_is_proved(key: str) -> None:
    answers = many(DECIDED_ABOUT, key, decided)
    assert (answers[200] > DECIDED_ABOUT / 20) is (key == SECRET)
    assert answers[401] > DECIDED_ABOUT / 2


def decided(body: bytes) -> int:
    lever = get_provider("lever")
    try:
        event = lever.parse_event(body)
    except RejectedError:
        return 401
    return 401 if lever.is_signed_with(event, [OTHER_SECRET[::-1] + "0", SECRET]) is None else 200


def whole(start: bytes, piece: bytes, end: bytes = b"") -> bytes:
    """As large as the door lets in."""
    return start + piece * ((LARGEST_BODY - len(start) - len(end)) // len(piece)) + end


HEAVIEST = {
    "lists in lists": whole(b"", b"["),
    "objects in objects": whole(b"", b'{"a":'),
    "lists in lists, closed": b"[" * (LARGEST_BODY // 2) + b"]" * (LARGEST_BODY // 2),
    "empty lists": whole(b'{"data":[', b"[],", b"[]]}"),
    "empty objects": whole(b'{"data":[', b"{},", b"{}]}"),
    "numbers": whole(b'{"data":[', b"1,", b"1]}"),
    "floats": whole(b'{"data":[', b"1e9,", b"1]}"),
    "keys": b'{"data":{' + b",".join(b'"%d":1' % it for it in range(24_000)) + b"}}",
    "the same key": whole(b'{"data":{', b'"a":1,', b'"a":1}}'),
    "digits": whole(b'{"triggeredAt":', b"9", b"}"),
    "digits after a point": whole(b'{"triggeredAt":0.', b"9", b"}"),
    "an exponent": whole(b'{"triggeredAt":1e', b"9", b"}"),
    "a text": whole(b'{"token":"', b"a", b'"}'),
    "escapes": whole(b'{"token":"', b"\\u00e9", b'"}'),
    "a quote at a time": whole(b'{"token":"', b'\\"', b'"}'),
    "wide letters": whole(b'{"token":"', "\U0001f600".encode(), b'"}'),
    "blanks": whole(b"", b" "),
    "hex for the token": whole(b'{"triggeredAt":1,"event":"x","data":{"x":1},"token":"', b"a", b'"}'),
    "NULs": whole(b"", b"\x00"),
}


@pytest.mark.parametrize("body", HEAVIEST.values(), ids=HEAVIEST.keys())
def test_the_heaviest_that_is_let_in_costs_little(endpoint: WebhookEndpoint, body: bytes) -> None:
    assert len(body) <= LARGEST_BODY
    began = time.process_time()
    assert knock(endpoint, body) == 401
    seconds = time.process_time() - began
    tracemalloc.start()
    try:
        knock(endpoint, body)
        megabytes = tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()
    print(f"{seconds * 1000:.0f} ms, {megabytes:.1f} MB")
    assert (seconds < MOST_SECONDS, megabytes < MOST_MEMORY_MB) == (True, True)


@pytest.mark.parametrize(
    "path", ["/webhooks/acme/" + "x" * 32, "/webhooks/lever/short", "/webhooks/lever/\u00e9" + "x" * 32]
)
def test_an_address_of_nobody_is_no_error_of_ours(db: None, path: str) -> None:
    assert knock_at(path, delivery()) in (401, 404)
