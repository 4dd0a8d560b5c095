"""GET /authorize: sign-in, then consent. POST /authorize: the decision."""

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from sandbox.oauth import consent
from sandbox.oauth.scopes import WORDS
from sandbox.oauth.sign_in import here, sign_in_address, signed_in
from sandbox.world import world


def authorize() -> ResponseReturnValue:
    try:
        asked = consent.read_request(request.args, world.settings)
    except consent.BadRequest as error:
        return render_template("oauth/bad_request.html", error=error), 400
    who = signed_in()
    if who is None:
        return redirect(sign_in_address())
    account, user = who
    if not user.is_super_admin:
        return render_template("oauth/not_allowed.html", account=account, user=user, here=here()), 403
    if not consent.needs_consent(account, asked):
        return redirect(consent.accept(world, account, user, asked))
    permissions = [(scope, WORDS[scope]) for scope in sorted(asked.scopes)]
    return render_template(
        "oauth/consent.html", account=account, user=user, permissions=permissions, here=here()
    )


def decide() -> ResponseReturnValue:
    try:
        asked = consent.read_request(request.args, world.settings)
    except consent.BadRequest as error:
        return render_template("oauth/bad_request.html", error=error), 400
    who = signed_in()
    if who is None:
        return redirect(sign_in_address())
    if request.form.get("decision") != "accept":
        return redirect(consent.deny(asked))
    account, user = who
    try:
        return redirect(consent.accept(world, account, user, asked))
    except consent.NotAllowed:
        return render_template("oauth/not_allowed.html", account=account, user=user, here=here()), 403
