"""Lever's webhook bodies (contract 4), parsed strictly before they are believed: the signature is inside.

The signature is `hex(HMAC-SHA256(secret, token + triggeredAt))`. It covers neither `event` nor `data`.
"""

import hmac
import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import NoReturn

from ..errors import RejectedError
from ..types import EventKind, JsonObject, SignedEvent
from .wire import EPOCH, as_object, one_id, text

EVENT_NAMES = {
    EventKind.APPLICATION_CREATED: "applicationCreated",
    EventKind.STAGE_CHANGED: "candidateStageChange",
    EventKind.HIRED: "candidateHired",
    EventKind.ARCHIVED: "candidateArchiveChange",
    EventKind.DELETED: "candidateDeleted",
}
# Lever documents its test under this name [O]; whether tests of other events bear theirs is not documented [?].
NAME_OF_ANY_TEST = "candidateHired"
KINDS = {name: kind for kind, name in EVENT_NAMES.items()}

TOKEN = re.compile(r"[0-9a-f]{32,128}")
THIRTEEN_DIGITS = range(10**12, 10**13)
MOST_DEPTH, MOST_NODES = 20, 2000
EVENT_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
LONGEST_ID = 100


def parse(body: bytes) -> SignedEvent:
    """RejectedError `lever.bad_event` says what is wrong, never what came. The size was checked before."""
    envelope = _strict_json(body)
    token, triggered_at = envelope.get("token"), envelope.get("triggeredAt")
    name, data, signature = envelope.get("event"), envelope.get("data"), envelope.get("signature", "")
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        _refuse("token is not 32 to 128 lower-case hex digits")
    if (
        not isinstance(triggered_at, int)
        or isinstance(triggered_at, bool)
        or triggered_at not in THIRTEEN_DIGITS
    ):
        _refuse("triggeredAt is not an integer of 13 digits")
    if not isinstance(name, str) or not EVENT_NAME.fullmatch(name):
        _refuse("event is not a name")
    if not isinstance(data, Mapping):
        _refuse("data is not an object")
    if not isinstance(signature, str) or not signature.isascii():
        _refuse("signature is not a plain text")
    webhook = KINDS.get(name, EventKind.OTHER)
    return SignedEvent(
        # "Verify connection" sends empty data under its event's name.
        kind=webhook if data else EventKind.TEST,
        webhook=webhook if data or name != NAME_OF_ANY_TEST else EventKind.OTHER,
        name=name,
        signed_string=f"{token}{triggered_at}",
        signature=signature,
        triggered_at=EPOCH + timedelta(milliseconds=triggered_at),
        **_facts(data),
    )


def is_signed_with(event: SignedEvent, secrets: Sequence[str]) -> int | None:
    """Every secret is tried, so that the time taken does not tell which one matched."""
    given = event.signature.encode()
    matches = [hmac.compare_digest(_sign(secret, event.signed_string), given) for secret in secrets]
    return matches.index(True) if any(matches) else None


def _sign(secret: str, signed_string: str) -> bytes:
    return hmac.digest(secret.encode(), signed_string.encode(), "sha256").hex().encode()


def _facts(data: JsonObject) -> dict[str, str]:
    """Child fields of some events are known from public code only [T]; what is absent stays empty."""
    facts = {
        "opportunity_external_id": text(data, "opportunityId"),
        "application_external_id": text(data, "applicationId"),
        "to_stage_external_id": text(data, "toStageId"),
        "from_stage_external_id": text(data, "fromStageId"),
        "archive_reason_external_id": one_id(as_object(data.get("toArchived")).get("reason")),
    }
    return {name: fact for name, fact in facts.items() if fact.isprintable() and len(fact) <= LONGEST_ID}


def _strict_json(body: bytes) -> JsonObject:
    try:
        parsed = _decoder().decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        _refuse("not strict JSON in UTF-8")
    if not isinstance(parsed, Mapping):
        _refuse("not a JSON object")
    if not _is_surely_small(body):
        _check_size(parsed)
    return parsed


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_without_doubles, parse_constant=_no_constant, parse_float=_finite
    )


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ValueError("a key stands twice")
    return record


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("beyond a float")
    return value


def _is_surely_small(body: bytes) -> bool:
    """Told by its signs, those within texts included: nearly all webhooks need no walk through their values."""
    opened = body.count(b"{") + body.count(b"[")
    return opened < MOST_DEPTH and opened + body.count(b",") + body.count(b":") < MOST_NODES


def _check_size(root: object) -> None:
    level, nodes = [root], 0
    for _ in range(MOST_DEPTH):
        nodes += len(level)
        level = [child for node in level for child in _children(node)]
        if nodes + len(level) > MOST_NODES:
            _refuse(f"more than {MOST_NODES} values")
        if not level:
            return
    _refuse(f"nested more than {MOST_DEPTH} deep")


def _children(node: object) -> list[object]:
    if isinstance(node, Mapping):
        return list(node.values())
    return node if isinstance(node, list) else []


def _refuse(reason: str) -> NoReturn:
    raise RejectedError("lever.bad_event", "This is not a webhook of Lever.", reason)
