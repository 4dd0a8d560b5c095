"""The published jobs as the ATS tells them, the feed and we: compared daily, and each difference explained."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

from tenants.scoping import tenant_scope

from ..errors import IntegrationError, RejectedError
from ..models import Feed, FeedComparison, Posting
from ..types import ListedPosting, Visibility
from . import grants, readings, work

MOST_TOLD, MOST_ASKED = 20, 20
ASKED_AT_MOST_EVERY = timedelta(hours=1)


class Why(StrEnum):
    """What a difference comes from; the first four are as the customer wants it."""

    INTERNAL = "internal"
    UNLISTED = "unlisted"
    CONFIDENTIAL = "confidential"
    FILTERED = "filtered"
    NEW = "new"
    CLOSED = "closed"
    GONE = "gone"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Difference:
    external_id: str
    title: str
    why: Why


def read(comparison_id: int) -> None:
    readings.read_again(FeedComparison, comparison_id, _read)


def ask() -> None:
    """In the tenant's scope: for somebody who has just looked at the feed."""
    readings.hasten(FeedComparison, ASKED_AT_MOST_EVERY)


def _read(row: FeedComparison) -> None:
    with tenant_scope(row.tenant_id):
        feed = Feed.objects.first()
        is_of_account = feed is not None and feed.site.casefold() == row.connection.site.casefold()
        if feed is None or not is_of_account or feed.synced_at is None:
            work.note(row, in_ats=0, in_feed=0, counts={}, differences=[])
            return
    listed = {
        it.external_id: it for it in grants.call(row.tenant_id, lambda client: client.listed_postings())
    }
    with tenant_scope(row.tenant_id):
        open_rows = Posting.objects.filter(closed_at=None).order_by().values_list("external_id", "title")
        ours = dict(open_rows.iterator())
    found: dict[Why, list[Difference]] = defaultdict(list)
    for it in (*_not_in_feed(feed, listed, ours), *_not_in_ats(row.tenant_id, listed, ours)):
        found[it.why].append(it)
    with tenant_scope(row.tenant_id):
        work.note(
            row,
            in_ats=sum(it.visibility is Visibility.PUBLIC for it in listed.values()),
            in_feed=len(ours),
            counts={why: len(those) for why, those in found.items()},
            differences=[asdict(it) for those in found.values() for it in those[:MOST_TOLD]],
        )


def _not_in_feed(
    feed: Feed, listed: Mapping[str, ListedPosting], ours: Mapping[str, str]
) -> Iterator[Difference]:
    for external_id, it in listed.items():
        if external_id not in ours:
            yield Difference(external_id, it.title, _why_not_in_feed(feed, it))


def _why_not_in_feed(feed: Feed, it: ListedPosting) -> Why:
    if it.visibility is not Visibility.PUBLIC:
        return Why(it.visibility.value)
    if it.updated_at and feed.synced_at and it.updated_at > feed.synced_at:
        return Why.NEW
    is_filtered = any(name != "mode" for name, _ in parse_qsl(urlsplit(feed.url).query))
    return Why.FILTERED if is_filtered else Why.UNEXPLAINED


def _not_in_ats(
    tenant_id: int, listed: Mapping[str, ListedPosting], ours: Mapping[str, str]
) -> Iterator[Difference]:
    """Each is asked for by its id, as far as there are few."""
    absent = [external_id for external_id in ours if external_id not in listed]
    for number, external_id in enumerate(absent):
        why = _why_not_in_ats(tenant_id, external_id) if number < MOST_ASKED else Why.UNEXPLAINED
        yield Difference(external_id, ours[external_id], why)


def _why_not_in_ats(tenant_id: int, external_id: str) -> Why:
    try:
        state = grants.call(tenant_id, lambda client: client.posting_state(external_id))
    except RejectedError:
        return Why.GONE
    except IntegrationError:
        return Why.UNEXPLAINED
    return Why.UNEXPLAINED if state.is_open else Why.CLOSED
