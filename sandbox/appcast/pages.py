"""/appcast: what came from the portal, and a form that sends an application."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sandbox.appcast.senders import send
from sandbox.control.requests import Routes
from sandbox.world import world

SHOWN = 200


def appcast_page() -> ResponseReturnValue:
    return render_template(
        "appcast/appcast.html",
        conversions=world.appcast.conversions[::-1][:SHOWN],
        applications=world.appcast.applications[::-1][:SHOWN],
        senders=list(world.appcast.senders.values()),
        accounts=list(world.accounts.values()),
        problem=request.args.get("problem", ""),
    )


def send_by_form() -> ResponseReturnValue:
    form = request.form
    applicant = {name: form[name].strip() for name in ("full_name", "email") if form.get(name, "").strip()}
    asked = {"tenant": form.get("tenant"), "job_reference": form.get("job_reference"), "applicant": applicant}
    try:
        answer = send(asked | {"with_resume": form.get("with_resume") == "yes"})
    except ValueError as error:
        return redirect(url_for("appcast.appcast_page", problem=str(error)))
    refused = (
        []
        if answer["status"] in (200, 202)
        else [f"The portal answered {answer['status']}: {answer['body']}"]
    )
    problem = "; ".join([*refused, *answer["broken_promises"]])
    return redirect(url_for("appcast.appcast_page", problem=problem))


routes: Routes = [("GET", "/appcast", appcast_page), ("POST", "/appcast/applications", send_by_form)]
