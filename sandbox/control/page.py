"""/control: the control room for people. Its buttons call what the scripts call."""

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sandbox.control.faults import FEWER_SCOPES
from sandbox.control.requests import Routes
from sandbox.world import world
from sandbox.world.faults import KINDS, Fault


def page() -> ResponseReturnValue:
    accounts = list(world.accounts.values())
    return render_template("control/control.html", accounts=accounts, kinds=KINDS, faults=world.faults.live)


def order_by_form() -> ResponseReturnValue:
    kind, account = request.form["kind"], request.form.get("account") or None
    if request.form.get("on") == "no":
        world.faults.cancel(kind, account)
    elif kind in KINDS:
        scopes = frozenset(FEWER_SCOPES.split()) if kind == "reduced_scopes" else frozenset()
        times = request.form.get("times", "")
        world.faults.order(
            Fault(kind, account, times_left=int(times) if times.isdecimal() else None, scopes=scopes)
        )
    return redirect(url_for("control.page"))


def healthy() -> ResponseReturnValue:
    return jsonify(status="ok")


routes: Routes = [
    ("GET", "/control", page),
    ("POST", "/control/faults", order_by_form),
    ("GET", "/healthz", healthy),
]
