"""Customer Success at the desk, over HTTP."""

import re

from . import sign_in
from .control_room import Sandbox
from .environment import DEMO_STAFF
from .stack import Stack
from .visitor import Unexpected, Visitor

SECOND_FACTOR = "/accounts/2fa/authenticate/"


class Staff:
    """Signed in with both factors, once."""

    def __init__(self, stack: Stack) -> None:
        secret = stack.variables["SANDBOX_TOTP_SECRETS"].rpartition(":")[2]
        stack.manage("staff", DEMO_STAFF, "--totp-secret", secret)
        sandbox = Sandbox(stack.ports.sandbox_url, "")
        self._visitor = Visitor(stack.ports.portal_url)
        sign_in.by_code(self._visitor, sandbox, DEMO_STAFF)
        one_time = sandbox.ask(f"totp?email={DEMO_STAFF}")["code"]
        self._visitor.submit(SECOND_FACTOR, SECOND_FACTOR, {"code": one_time})

    def approve(self, name: str) -> None:
        """See the tenant in the list, open it, let it go live, and say yes when asked once more."""
        desk = self._visitor.get("/admin/tenants/tenant/")
        change = re.search(rf'href="(/admin/tenants/tenant/(\d+)/change/)[^"]*">{re.escape(name)}<', desk)
        if not change:
            raise Unexpected(f"The desk does not list {name}.")
        self._visitor.submit(change[1], f"/admin/tenants/tenant/{change[2]}/act/approve/", {"sure": "1"})

    def get(self, path: str) -> str:
        return self._visitor.get(path)
