"""GET /users, GET /sources."""

from collections import Counter

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.api.access import account
from sandbox.api.lists import Json, page
from sandbox.api.routes import Routes
from sandbox.world.account import User

routes = Routes()
JOINED_MS = 1_704_067_200_000


@routes.add("GET", "/users", "users:read:admin")
def users() -> ResponseReturnValue:
    wanted = request.args.getlist("email")
    found = [user for user in account().users if not wanted or user.email in wanted]
    return page(found, lambda user: (JOINED_MS, user.id), user_wire)


@routes.add("GET", "/sources", "sources:read:admin")
def sources() -> ResponseReturnValue:
    counts = Counter(source for it in list(account().opportunities.values()) for source in it.sources)
    return jsonify(
        data=[{"text": text, "count": count} for text, count in sorted(counts.items())], hasNext=False
    )


def user_wire(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "username": user.email.partition("@")[0],
        "email": user.email,
        "accessRole": user.access_role,
        "photo": None,
        "createdAt": JOINED_MS,
        "deactivatedAt": None,
        "externalDirectoryId": None,
    }
