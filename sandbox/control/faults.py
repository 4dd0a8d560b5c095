"""Ordering faults, for one account or (without one) for all."""

import time
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.requests import ACCOUNT, Routes, account_or_404, body, flag, number, text
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
    times, seconds = number(sent, "times"), number(sent, "seconds")
    is_slow = kind == "slow"
    return Fault(
        kind=kind,
        account=account,
        path_prefix=sent.get("path_prefix", "/"),
        method=sent.get("method"),
        times_left=None if times is None else int(times),
        # `seconds` says how late a slow answer is; of any other fault, how long it lasts.
        ends_at=time.time() + seconds if seconds is not None and not is_slow else None,
        delay_seconds=seconds if seconds is not None and is_slow else SLOW_SECONDS,
        retry_after=None if sent.get("retry_after") is None else int(sent["retry_after"]),
        scopes=frozenset((sent.get("scopes") or FEWER_SCOPES).split())
        if kind == "reduced_scopes"
        else frozenset(),
    )
