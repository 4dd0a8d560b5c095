"""Asking a portal where applications stand, as Appcast Apply would."""

from urllib.parse import urlencode

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.appcast.portal import body_of, broken_promises, call, sender_of
from sandbox.appcast.signature import HEADER, sign
from sandbox.control.requests import Routes


def standing() -> ResponseReturnValue:
    """Of `?tenant=`, all, narrowed by what else is in the query; or the one of `application_id`."""
    asked = request.args.to_dict()
    sender, one = sender_of(asked.pop("tenant", "")), asked.pop("application_id", None)
    path = f"/api/v1/tenants/{sender.tenant}/applications" + (f"/{one}" if one else "")
    target = f"{path}?{urlencode(asked)}" if asked else path
    # A list is signed over its path and query, one application over nothing.
    signature = sign(sender.secret, b"" if one else target.encode())
    response = call("GET", sender.portal_url + target, headers={HEADER: signature})
    broken = broken_promises(sender, "GET", path, response)
    return jsonify(status=response.status_code, body=body_of(response), broken_promises=broken)


routes: Routes = [("GET", "/_control/appcast/applications", standing)]
