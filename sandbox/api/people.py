"""Users of the account, as other objects show them."""

from sandbox.api.access import account
from sandbox.api.lists import Json


def user_or_id(user_id: str | None, is_expanded: bool) -> Json | str | None:
    if not is_expanded:
        return user_id
    return next(({"id": user.id, "name": user.name} for user in account().users if user.id == user_id), None)
