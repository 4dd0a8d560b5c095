"""GET /v0/postings/<site> and /v0/postings/<site>/<id>."""

import json

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from sandbox.feed.selection import feed_postings
from sandbox.feed.wire import posting_wire
from sandbox.feed.xml import feed_xml
from sandbox.world import world
from sandbox.world.account import Account
from sandbox.world.posting import Posting

room = Blueprint("feed", __name__, url_prefix="/v0/postings")


@room.get("/<site>")
def postings(site: str) -> ResponseReturnValue:
    """No mode is HTML; a mode in the query beats the Accept header."""
    account = account_or_404(site)
    mode = request.args.get("mode") or mode_of_accept()
    found = feed_postings(world, account, request.args)
    if mode == "json":
        return finished(grouped_json(found), "application/json; charset=utf-8")
    if mode == "xml":
        # What Lever answers while the toggle is off is not known: 404 for XML, and JSON goes on.
        if not account.is_feed_on:
            abort(404)
        return finished(feed_xml(account, found), "text/xml; charset=utf-8")
    return finished(render_template("feed/board.html", account=account, postings=found).encode(), "text/html")


@room.get("/<site>/<posting_id>")
def posting(site: str, posting_id: str) -> ResponseReturnValue:
    found = account_or_404(site).postings.get(posting_id)
    if found is None or not found.is_public:
        abort(404)
    return finished(to_json(posting_wire(found)), "application/json; charset=utf-8")


def account_or_404(site: str) -> Account:
    return world.accounts.get(site) or abort(404)


def mode_of_accept() -> str:
    return "json" if request.accept_mimetypes.best == "application/json" else "html"


def grouped_json(postings: list[Posting]) -> bytes:
    """`group` turns the bare array into [{"title", "postings"}]."""
    group = request.args.get("group")
    if group not in ("location", "commitment", "team"):
        return to_json([posting_wire(posting) for posting in postings])
    titles = dict.fromkeys(getattr(posting, group) or "" for posting in postings)
    of_title = {title: [it for it in postings if (getattr(it, group) or "") == title] for title in titles}
    return to_json(
        [{"title": title, "postings": [posting_wire(it) for it in of_title[title]]} for title in titles]
    )


def to_json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def finished(body: bytes, content_type: str) -> Response:
    """Lever gives an ETag; that it answers 304 to it is not known, but is what an ETag is for."""
    if world.faults.take("malformed_feed", request.environ.get("sandbox.account"), path=request.path):
        body = body[: len(body) * 2 // 3]
    response = Response(body, content_type=content_type)
    response.add_etag()
    response.make_conditional(request)
    return response
