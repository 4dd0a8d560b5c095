"""Signing in by the code that is mailed, over HTTP."""

import re

from .control_room import Sandbox, wait
from .visitor import Visitor

CODE = re.compile(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4})\s*$", re.MULTILINE)
SIGN_IN, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"


def by_code(visitor: Visitor, sandbox: Sandbox, email: str) -> None:
    """Once for each address: the newest code there is taken, which might be the one before."""
    visitor.submit(SIGN_IN, SIGN_IN, {"email": email})
    code = wait(lambda: _mailed(sandbox, email), f"a sign-in code for {email}")
    visitor.submit(CONFIRM, CONFIRM, {"code": code})


def _mailed(sandbox: Sandbox, email: str) -> str | None:
    """The newest mail comes first; it may be another."""
    found = (CODE.search(mail["text"]) for mail in sandbox.ask(f"inbox?to={email}"))
    return next((it[1] for it in found if it), None)
