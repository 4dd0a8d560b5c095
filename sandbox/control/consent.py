"""Sign-in and Accept in one call, through the same code as the pages."""

from urllib.parse import parse_qsl, urlsplit

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.requests import Routes, account_or_404, body, text
from sandbox.oauth import consent
from sandbox.world import world


def decide_consent() -> ResponseReturnValue:
    """`{"account", "authorize_url", "decision"?: "accept" | "deny"}` gives `{"redirect_to"}`."""
    sent = body()
    account = account_or_404(text(sent, "account"))
    query = dict(parse_qsl(urlsplit(text(sent, "authorize_url")).query))
    try:
        asked = consent.read_request(query, world.settings)
    except consent.BadRequest as error:
        raise ValueError(str(error)) from None
    decision = sent.get("decision", "accept")
    if decision not in ("accept", "deny"):
        raise ValueError(f"decision must be accept or deny; it is {decision!r}.")
    if decision == "deny":
        return jsonify(redirect_to=consent.deny(asked))
    return jsonify(redirect_to=consent.accept(world, account, account.admin, asked))


routes: Routes = [("POST", "/_control/consent", decide_consent)]
