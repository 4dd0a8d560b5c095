"""What looks almost like a delivery of Lever's. Each differs in one thing from a body that is believed; none is."""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

import pytest

from tenants.models import Tenant
from tests.factories import SigningSecretFactory, WebhookEndpointFactory
from webhooks import intake
from webhooks.models import WebhookEndpoint

from . import rows
from .door import knock
from .lever import OTHER_SECRET, SECRET, STAGE_CHANGE, now_ms, signature, stage_change

OTHER_TENANTS_SECRET = "e" * 48
LEFT_OUT: Any = object()
TOKEN, AT = secrets.token_hex(24), now_ms()
DIGITS, DATA = str(AT), stage_change()
MAC = signature(SECRET, TOKEN, AT)
SIGNED_STRING = f"{TOKEN}{AT}".encode()


def envelope(**changes: Any) -> bytes:
    """The body that is believed, but for what is changed."""
    whole = {"triggeredAt": AT, "event": STAGE_CHANGE, "data": DATA, "signature": MAC, "token": TOKEN}
    return json.dumps({key: it for key, it in (whole | changes).items() if it is not LEFT_OUT}).encode()


def proved(token: object = TOKEN, at: object = AT, **changes: Any) -> bytes:
    """Another token or time, correctly signed: what is wrong is its shape alone."""
    mac = hmac.digest(SECRET.encode(), f"{token}{at}".encode(), "sha256").hex()
    return envelope(**{"token": token, "triggeredAt": at, "signature": mac, **changes})


def raw(old: str, new: str) -> bytes:
    """The believed body with a piece of its text replaced, for what no JSON library would write."""
    text = envelope().decode()
    assert old in text
    return text.replace(old, new).encode("utf-8", "surrogatepass")


def mac(key: bytes = SECRET.encode(), message: bytes = SIGNED_STRING, how: str = "sha256") -> str:
    return hmac.digest(key, message, how).hex()


KEYS = {
    "nobody's token": OTHER_SECRET[:-1] + "0",
    "the other event's token": OTHER_SECRET,
    "another tenant's token": OTHER_TENANTS_SECRET,
    "the dummy of unknown addresses": intake.DUMMY_SECRET,
    "no key": "",
    "the key in capitals": SECRET.upper(),
    "the key twice": SECRET * 2,
    "the key without its last digit": SECRET[:-1],
    "the key with a line break": f"{SECRET}\n",
    "the key in quotes": f'"{SECRET}"',
}
SIGNATURES: dict[str, Any] = {
    "the key hex-decoded instead of text": mac(key=bytes.fromhex(SECRET)),
    "key and message exchanged": mac(key=SIGNED_STRING, message=SECRET.encode()),
    "time before token": mac(message=f"{AT}{TOKEN}".encode()),
    "a dot between token and time": mac(message=f"{TOKEN}.{AT}".encode()),
    "of the token alone": mac(message=TOKEN.encode()),
    "of the time alone": mac(message=DIGITS.encode()),
    "of the time in seconds": mac(message=f"{TOKEN}{AT // 1000}".encode()),
    "of the token hex-decoded": mac(message=bytes.fromhex(TOKEN) + DIGITS.encode()),
    "of the body": mac(message=envelope(signature=LEFT_OUT)),
    "of another delivery": signature(SECRET, TOKEN[::-1], AT),
    "a plain hash without a key": hashlib.sha256(SECRET.encode() + SIGNED_STRING).hexdigest(),
    "SHA-1": mac(how="sha1"),
    "SHA-512": mac(how="sha512"),
    "SHA-512 cut to 64 digits": mac(how="sha512")[:64],
    "in base 64": base64.b64encode(bytes.fromhex(MAC)).decode(),
    "in capitals": MAC.upper(),
    "its first letter in capitals": next(
        MAC[:i] + it.upper() + MAC[i + 1 :] for i, it in enumerate(MAC) if it.isalpha()
    ),
    "a blank before it": f" {MAC}",
    "a blank after it": f"{MAC} ",
    "a line break after it": f"{MAC}\n",
    "a NUL after it": f"{MAC}\x00",
    "padded with a zero": f"0{MAC}",
    "with 0x": f"0x{MAC}",
    "with the name of the hash": f"sha256={MAC}",
    "without its last digit": MAC[:-1],
    "its first half": MAC[:32],
    "twice": MAC * 2,
    "of one digit": MAC[0],
    "in full-width digits": MAC.translate({ord(it): ord(it) + 0xFEE0 for it in "0123456789abcdef"}),
    "empty": "",
    "left out": LEFT_OUT,
    "null": None,
    "true": True,
    "zero": 0,
    "as a number": int(MAC, 16),
    "in a list": [MAC],
    "in an object": {"sha256": MAC},
}
BORDERS = {
    "a digit moved to the token": envelope(token=TOKEN + DIGITS[0], triggeredAt=int(DIGITS[1:])),
    "two digits moved to the token": envelope(token=TOKEN + DIGITS[:2], triggeredAt=int(DIGITS[2:])),
    "all digits but one moved to the token": envelope(token=TOKEN + DIGITS[:-1], triggeredAt=int(DIGITS[-1])),
    "a digit moved to the time": envelope(token=f"{TOKEN[:-1]}", triggeredAt=int(f"1{DIGITS}")),
    "a digit moved to the time, signed": proved(f"{TOKEN[:-1]}1"[:-1], int(f"1{DIGITS}")),
    "sixteen digits moved to the time": proved(TOKEN[:32], int(f"{'7' * 16}{DIGITS}")),
}
TOKENS = {
    "in capitals": proved(TOKEN.upper()[:-1] + "A"),
    "of 31 digits": proved("a" * 31),
    "of 129 digits": proved("a" * 129),
    "empty": proved(""),
    "not hex": proved("g" * 48),
    "a UUID": proved("be58f711-f349-c778-0e45-79cd7c63341a"),
    "a line break after it": proved(f"{TOKEN}\n"),
    "a blank before it": proved(f" {TOKEN}"),
    "in Arabic digits": proved("\u0660" * 48),
    "a number": proved(int("1" * 48)),
    "in a list": envelope(token=[TOKEN]),
    "null": envelope(token=None),
    "left out": envelope(token=LEFT_OUT),
    "under another name": envelope(token=LEFT_OUT, Token=TOKEN),
    "another token than the signed one": envelope(token=TOKEN[::-1]),
}
TIMES = {
    "12 digits": proved(at=AT // 10),
    "14 digits": proved(at=AT * 10),
    "in seconds": proved(at=AT // 1000),
    "a float": proved(at=float(AT)),
    "a float that is signed as a whole number": envelope(triggeredAt=float(AT)),
    "with an exponent": raw(DIGITS, f"{DIGITS[0]}.{DIGITS[1:]}e12"),
    "a string": envelope(triggeredAt=DIGITS),
    "true": proved(at=True),
    "false": proved(at=False),
    "null": envelope(triggeredAt=None),
    "in a list": envelope(triggeredAt=[AT]),
    "left out": envelope(triggeredAt=LEFT_OUT),
    "negative": proved(at=-AT),
    "negative with 12 digits": proved(at=-(AT // 10)),
    "with a zero before it": raw(DIGITS, f"0{DIGITS}"),
    "with a plus before it": raw(DIGITS, f"+{DIGITS}"),
    "in hex": raw(DIGITS, hex(AT)),
    "NaN": raw(DIGITS, "NaN"),
    "infinite": raw(DIGITS, "Infinity"),
    "another time than the signed one": envelope(triggeredAt=AT + 1),
}
DOUBLES = {
    "the signature, the good one last": raw('"signature"', f'"signature": "{"0" * 64}", "signature"'),
    "the signature, the good one first": raw(f'"{MAC}"', f'"{MAC}", "signature": "{"0" * 64}"'),
    "the signature, the same twice": raw(f'"{MAC}"', f'"{MAC}", "signature": "{MAC}"'),
    "the token": raw('"token"', f'"token": "{TOKEN[::-1]}", "token"'),
    "the token, its name escaped": raw('"token"', f'"\\u0074oken": "{TOKEN[::-1]}", "token"'),
    "the time": raw('"triggeredAt"', '"triggeredAt": 1, "triggeredAt"'),
    "the data": raw('"data"', '"data": {}, "data"'),
    "inside the data": raw('"toStageId"', '"toStageId": "x", "toStageId"'),
}
SHAPES = {
    "no event": envelope(event=LEFT_OUT),
    "an empty event": envelope(event=""),
    "an event that is a number": envelope(event=7),
    "an event with a NUL": envelope(event=f"{STAGE_CHANGE}\x00"),
    "no data": envelope(data=LEFT_OUT),
    "data null": envelope(data=None),
    "data in a list": envelope(data=[DATA]),
    "data as text": envelope(data=json.dumps(DATA)),
    "in a list": b"[" + envelope() + b"]",
    "as a text": json.dumps(envelope().decode()).encode(),
    "twice": envelope() * 2,
    "one in a line, two lines": envelope() + b"\n" + envelope(),
    "a NUL after it": envelope() + b"\x00",
    "a byte order mark before it": b"\xef\xbb\xbf" + envelope(),
    "in UTF-16": envelope().decode().encode("utf-16"),
    "a comma too many": envelope()[:-1] + b",}",
    "with a comment": envelope() + b"// signed",
    "in single quotes": envelope().replace(b'"', b"'"),
    "without its end": envelope()[:-1],
    "as a form": b"token=" + TOKEN.encode() + b"&triggeredAt=" + DIGITS.encode(),
    "NaN inside": raw('"offer"', "NaN"),
    "a lone surrogate as bytes": raw('"offer"', '"\ud800"'),
    "a byte that is not UTF-8": envelope().replace(b"offer", b"off\xe9"),
    "a number beyond a float": raw('"offer"', "1e999"),
    "an integer of 5,000 digits": raw('"offer"', "9" * 5000),
    "nested 30 deep": raw('"offer"', "[" * 30 + "]" * 30),
    "nested 50,000 deep": raw('"offer"', "[" * 50_000 + "]" * 50_000),
    "3,000 values": raw('"offer"', f"[{'1,' * 3000}1]"),
}
NEGATIVES: dict[str, dict[str, bytes]] = {
    "keys": {name: envelope(signature=signature(key, TOKEN, AT)) for name, key in KEYS.items()},
    "signatures": {name: envelope(signature=it) for name, it in SIGNATURES.items()},
    "borders": BORDERS,
    "tokens": TOKENS,
    "times": TIMES,
    "doubles": DOUBLES,
    "shapes": SHAPES,
}


@pytest.fixture
def crowded(endpoint: WebhookEndpoint, southgate: Tenant) -> WebhookEndpoint:
    """The address, with other tokens that are good elsewhere."""
    other = WebhookEndpointFactory.create(tenant=endpoint.tenant, event_kind="hired")
    theirs = WebhookEndpointFactory.create(tenant=southgate)
    SigningSecretFactory.create(tenant=endpoint.tenant, endpoint=other, secret=OTHER_SECRET)
    SigningSecretFactory.create(tenant=southgate, endpoint=theirs, secret=OTHER_TENANTS_SECRET)
    return endpoint


def test_what_they_all_differ_from_is_believed(crowded: WebhookEndpoint) -> None:
    assert (knock(crowded, envelope()), knock(crowded, proved("c" * 32))) == (200, 200)
    assert [it.body for it in rows.events()] == [envelope(), proved("c" * 32)]


@pytest.mark.parametrize("what", NEGATIVES)
def test_what_is_almost_a_delivery_is_not_believed(crowded: WebhookEndpoint, what: str) -> None:
    answers = {name: knock(crowded, body) for name, body in NEGATIVES[what].items()}
    assert answers == dict.fromkeys(NEGATIVES[what], 401)
    assert (len(rows.rejected()), rows.events()) == (len(answers), [])


@pytest.mark.parametrize("header", ["Signature", "X-Signature", "Lever-Signature", "X-Lever-Signature"])
def test_a_signature_in_a_header_is_none(crowded: WebhookEndpoint, header: str) -> None:
    assert knock(crowded, envelope(signature=LEFT_OUT), **{header: MAC}) == 401
    assert rows.reasons() == ["unsigned"]
