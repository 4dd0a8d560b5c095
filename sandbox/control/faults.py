"""Ordering faults, for one account or (without one) for all."""

import time
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.requests import ACCOUNT, Routes, account_or_404, body, flag, number, optional_text, text
from sandbox.traffic import MACHINE_PATHS
from sandbox.world import world
from sandbox.world.faults import KINDS, SLOW_SECONDS, Fault

# The grant that StepStone publishes: what is left when `reduced_scopes` names nothing else.
FEWER_SCOPES = "offline_access postings:read:admin postings:write:admin uploads:write:admin"


def order_fault_of_account(key: str) -> ResponseReturnValue:
    return order(account_or_404(key).key)


def order_fault_of_all() -> ResponseReturnValue:
    return order(None)


def live_faults() -> ResponseReturnValue:
    return jsonify([fault.wire for fault in world.faults.live])


routes: Routes = [
    ("POST", f"{ACCOUNT}/faults", order_fault_of_account),
    ("POST", "/_control/faults", order_fault_of_all),
    ("GET", "/_control/faults", live_faults),
]


def order(account: str | None) -> ResponseReturnValue:
    sent = body()
    fault = fault_of(sent, account)
    if flag(sent, "on") if "on" in sent else True:
        world.faults.order(fault)
    else:
        world.faults.cancel(fault.kind, account)
    return live_faults()


def fault_of(sent: dict[str, Any], account: str | None) -> Fault:
    kind = text(sent, "kind")
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; it is {kind!r}.")
    times, seconds, retry_after = (number(sent, name) for name in ("times", "seconds", "retry_after"))
    share = number(sent, "share", 1)
    if share is None or not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1; it is {share!r}.")
    method, scopes = optional_text(sent, "method"), optional_text(sent, "scopes") or FEWER_SCOPES
    is_slow = kind == "slow"
    return Fault(
        kind=kind,
        account=account,
        path_prefix=path_prefix_of(sent),
        method=method and method.upper(),
        times_left=None if times is None else int(times),
        # `seconds` says how late a slow answer is; of any other fault, how long it lasts.
        ends_at=time.time() + seconds if seconds is not None and not is_slow else None,
        delay_seconds=seconds if seconds is not None and is_slow else SLOW_SECONDS,
        share=share,
        retry_after=None if retry_after is None else int(retry_after),
        scopes=frozenset(scopes.split()) if kind == "reduced_scopes" else frozenset(),
    )


def path_prefix_of(sent: dict[str, Any]) -> str:
    prefix = optional_text(sent, "path_prefix") or "/"
    if not any(path.startswith(prefix) or prefix.startswith(path) for path in MACHINE_PATHS):
        raise ValueError(f"path_prefix must lie below {', '.join(MACHINE_PATHS)}; it is {prefix!r}.")
    return prefix
