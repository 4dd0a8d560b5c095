"""POST /appcast/conversions, and what came."""

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.appcast.contract import problems_of
from sandbox.appcast.signature import HEADER, why_refused
from sandbox.control.faults import order
from sandbox.control.requests import Routes
from sandbox.traffic import APPCAST
from sandbox.world import world
from sandbox.world.appcast import Conversion
from sandbox.world.ids import iso, now_ms


def receive() -> ResponseReturnValue:
    """Signature first, then the contract; a repeated event is accepted and noted."""
    refusal = why_refused(
        request.headers.get(HEADER, ""), world.settings.conversions_secret, request.get_data()
    )
    if refusal:
        return jsonify(error="bad_signature", message=refusal), 401
    body: Any = request.get_json(silent=True)
    problems = problems_of(body)
    if problems:
        return jsonify(error="contract_broken", problems=problems), 422
    with world.lock:
        for event in body["events"]:
            world.appcast.keep(event, now_ms())
    return jsonify(accepted=len(body["events"]))


def kept_conversions() -> ResponseReturnValue:
    """Oldest first; `?event=`, `?application_id=` and `?job_reference=` narrow it."""
    wanted = {
        name: request.args[name]
        for name in ("event", "application_id", "job_reference")
        if name in request.args
    }
    kept = [it for it in list(world.appcast.conversions) if wanted.items() <= it.event.items()]
    return jsonify([conversion_row(it) for it in kept])


def order_fault_of_appcast() -> ResponseReturnValue:
    return order(APPCAST)


routes: Routes = [
    ("POST", "/appcast/conversions", receive),
    ("GET", "/_control/appcast/conversions", kept_conversions),
    ("POST", "/_control/appcast/faults", order_fault_of_appcast),
]


def conversion_row(conversion: Conversion) -> dict[str, Any]:
    return {"at": iso(conversion.at), "is_repeat": conversion.is_repeat} | conversion.event
