"""/inbox and /authenticator."""

import time

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from sandbox.mail.totp import STEP_SECONDS, code_at
from sandbox.world import world
from sandbox.world.inbox import Mail

room = Blueprint("mail", __name__)
OUT_OF_FRAME = '<base target="_top">'


@room.get("/inbox")
def inbox() -> ResponseReturnValue:
    to = request.args.get("to", "")
    return render_template("mail/inbox.html", mails=world.inbox.newest_first(to or None), to=to)


@room.get("/inbox/<int:number>")
def show(number: int) -> ResponseReturnValue:
    return render_template("mail/mail.html", mail=mail_or_404(number))


@room.get("/inbox/<int:number>/html")
def html_part(number: int) -> ResponseReturnValue:
    """In a frame of its own: no script, no form, nothing from other sites; a link leaves the frame."""
    response = Response(
        OUT_OF_FRAME + (mail_or_404(number).html or ""), content_type="text/html; charset=utf-8"
    )
    response.headers["Content-Security-Policy"] = (
        "sandbox allow-popups allow-top-navigation-by-user-activation; "
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    )
    return response


@room.get("/authenticator")
def authenticator() -> ResponseReturnValue:
    codes = [(email, code_at(secret)) for email, secret in world.settings.totp_secrets]
    left = STEP_SECONDS - int(time.time()) % STEP_SECONDS
    return render_template("mail/authenticator.html", codes=codes, seconds_left=left)


@room.get("/_control/inbox")
def inbox_json() -> ResponseReturnValue:
    return jsonify([mail.wire for mail in world.inbox.newest_first(request.args.get("to"))])


@room.get("/_control/totp")
def totp_json() -> ResponseReturnValue:
    email = request.args.get("email", "").lower()
    secret = dict(world.settings.totp_secrets).get(email)
    if secret is None:
        return jsonify(error=f"SANDBOX_TOTP_SECRETS has no secret for {email!r}."), 404
    return jsonify(
        email=email, code=code_at(secret), seconds_left=STEP_SECONDS - int(time.time()) % STEP_SECONDS
    )


def mail_or_404(number: int) -> Mail:
    mail = world.inbox.mail(number)
    if mail is None:
        abort(404, f"There is no mail number {number}.")
    return mail
