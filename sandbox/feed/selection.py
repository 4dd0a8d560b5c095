"""Which postings a request for the feed gets."""

from werkzeug.datastructures import MultiDict

from sandbox.world import World
from sandbox.world.account import Account
from sandbox.world.posting import Posting

FILTERS = ("location", "commitment", "team", "department")


def feed_postings(world: World, account: Account, query: MultiDict[str, str]) -> list[Posting]:
    public = [posting for posting in list(account.postings.values()) if posting.is_public]
    path = f"/v0/postings/{account.key}"
    if world.faults.take("empty_feed", account.key, path=path):
        return []
    if world.faults.take("shrunken_feed", account.key, path=path):
        public = public[: max(1, len(public) // 10)]
    matching = [posting for posting in public if matches(posting, query)]
    skip, limit = whole(query.get("skip"), 0), whole(query.get("limit"), len(matching))
    return matching[skip : skip + limit]


def matches(posting: Posting, query: MultiDict[str, str]) -> bool:
    """Repeated values are alternatives; case counts only when there are several."""
    return all(matches_one(posting, name, query.getlist(name)) for name in FILTERS if query.getlist(name))


def matches_one(posting: Posting, name: str, wanted: list[str]) -> bool:
    values = posting.all_locations if name == "location" else [getattr(posting, name) or ""]
    if len(wanted) == 1:
        return wanted[0].lower() in [value.lower() for value in values]
    return any(value in wanted for value in values)


def whole(text: str | None, default: int) -> int:
    """Lever does not document what it does with nonsense here: it is ignored."""
    return int(text) if text and text.isdecimal() else default
