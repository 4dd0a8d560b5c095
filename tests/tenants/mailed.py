"""Signing in by a mailed code, as a person does it."""

import re
import secrets
import uuid
from ipaddress import IPv4Address

from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client

ASK, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
LETTERS = "[BCDFGHJKLMNPQRSTVWXZ]"
CODE = re.compile(rf"\b{LETTERS}{{4}}-{LETTERS}{{4}}\b")


def new_address() -> str:
    """Of nobody else's."""
    return f"{uuid.uuid4().hex}@mail.example"


def new_browser() -> Client:
    """On a machine of its own, since requests are limited by machine."""
    return Client(REMOTE_ADDR=str(IPv4Address(int(IPv4Address("10.0.0.0")) + secrets.randbelow(2**24))))


def another_of(browser: Client) -> Client:
    """A further browser on its machine."""
    return Client(REMOTE_ADDR=str(browser.defaults["REMOTE_ADDR"]))


def ask(browser: Client, email: str) -> HttpResponse:
    return browser.post(ASK, {"email": email})  # type: ignore[return-value]


def guess(browser: Client, code: str) -> HttpResponse:
    return browser.post(CONFIRM, {"code": code})  # type: ignore[return-value]


def code_in(mail: EmailMessage) -> str:
    found = CODE.search(str(mail.body))
    assert found
    return found[0]
