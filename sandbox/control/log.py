"""What the sandbox received, for checks from outside."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.control.requests import Routes
from sandbox.world import world
from sandbox.world.ids import iso


def received() -> ResponseReturnValue:
    """Oldest first; `?account=`, `?path_prefix=` and `?after=` (epoch milliseconds) narrow it."""
    account, prefix = request.args.get("account"), request.args.get("path_prefix", "/")
    after = epoch_ms(request.args.get("after", "0"))
    entries = [
        {"at": iso(it.at), "method": it.method, "path": it.path, "account": it.account, "status": it.status}
        for it in list(world.log)
        if it.at > after and it.path.startswith(prefix) and account in (None, it.account)
    ]
    applications = {key: len(it.applications) for key, it in world.accounts.items()}
    return jsonify(requests=entries, applications=applications, pending_webhooks=world.courier.pending)


def epoch_ms(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(f"after must be a time in epoch milliseconds; it is {text!r}.")
    return int(text)


routes: Routes = [("GET", "/_control/log", received)]
