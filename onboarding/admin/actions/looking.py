"""Look again, and read again what Lever has."""

from collections.abc import Mapping

from django.http import QueryDict
from django.utils import timezone

from integrations.models import Connection, Feed, FeedSync, Posting
from integrations.services import connections, discoveries, feeds
from tenants import audit
from tenants.models import Tenant, User
from tenants.rights import Right
from tenants.scoping import tenant_scope

from ... import clock, problems
from ...desk.sheet import Sheet
from .types import Action, ActionError, never


def _diagnose(tenant: Tenant, by: User, data: QueryDict) -> str:
    count = len(problems.diagnose(tenant))
    _on_record("tenant.checked", tenant, by)
    return f"Looked again: {count} problem{' is' if count == 1 else 's are'} open."


def _sync(tenant: Tenant, by: User, data: QueryDict) -> str:
    feed = Feed.objects.filter(tenant=tenant).first()
    if feed is None:
        raise ActionError("The customer has not connected a feed yet.")
    sync = feeds.start_sync(feed, FeedSync.Trigger.STAFF)
    _on_record("tenant.sync_asked", tenant, by)
    if sync.retries_at and sync.retries_at > timezone.now():
        return f"Lever asked us to wait: the feed is synced at {clock.told(sync.retries_at)}."
    return "The feed is being synced."


def _accept_drop(tenant: Tenant, by: User, data: QueryDict) -> str:
    _decide(tenant, FeedSync.Decision.ACCEPTED, by)
    return "Accepted: the feed is read again, and what is missing is closed."


def _reject_drop(tenant: Tenant, by: User, data: QueryDict) -> str:
    _decide(tenant, FeedSync.Decision.REJECTED, by)
    return "Rejected: the jobs stay open until the feed lists them again or shows another drop."


def _largest_drop(tenant: Tenant, by: User, data: QueryDict) -> str:
    given, feed = data.get("percent", ""), Feed.objects.filter(tenant=tenant).first()
    if feed is None:
        raise ActionError("The customer has not connected a feed yet.")
    if not given.isdecimal() or len(given) > 3 or int(given) > 100:
        raise ActionError("Expected a share from 0 to 100 percent.")
    feeds.allow_drop(feed, int(given), by)
    return f"A sync that would close more than {int(given)} % of the jobs is held."


def _decide(tenant: Tenant, decision: FeedSync.Decision, by: User) -> None:
    """What was decided on is no problem any more, and the page says so at once."""
    if not feeds.decide(_held(tenant), decision, by):
        raise ActionError("Somebody has decided, or a later sync has answered it.")
    problems.diagnose(tenant)


def _held(tenant: Tenant) -> FeedSync:
    latest = FeedSync.objects.filter(tenant=tenant).select_related("feed").first()
    if latest is None or not latest.waits_for_decision:
        raise ActionError("The latest sync is not held.")
    return latest


def _what_is_closed(tenant: Tenant) -> str:
    held = _held(tenant)
    open_jobs = Posting.objects.filter(tenant=tenant, closed_at=None).count()
    return (
        f"This sync found {held.found} jobs where {open_jobs} are open: {held.closed} are closed at Appcast, and "
        "nobody can apply to them any more. Compare with the customer's careers page first."
    )


def _discover(tenant: Tenant, by: User, data: QueryDict) -> str:
    connection = Connection.objects.filter(tenant=tenant, status=Connection.Status.ACTIVE).first()
    if connection is None:
        raise ActionError("Lever is not authorized.")
    discoveries.start(connection)
    _on_record("tenant.reading_asked", tenant, by)
    return "The account is being read."


def _allow_account(tenant: Tenant, by: User, data: QueryDict) -> str:
    for connection in Connection.objects.filter(tenant=tenant):
        connections.allow_another_account(connection, by)
    return "The customer may authorize another Lever account now; jobs, stages and history stay."


def _what_another_account_means(tenant: Tenant) -> str:
    site = Connection.objects.filter(tenant=tenant).values_list("site", flat=True).first()
    return (
        f"The next Lever account that the customer authorizes takes the place of “{site or 'unknown'}”. "
        "Ask them first whether that is meant."
    )


def _on_record(action: str, tenant: Tenant, by: User) -> None:
    with tenant_scope(tenant.pk):
        audit.record(action, tenant, tenant_id=tenant.pk, actor=by)


def _is_held(sheet: Sheet) -> bool:
    return sheet.sync is not None and sheet.sync.waits_for_decision


ACTIONS: Mapping[str, Action] = {
    "diagnose": Action("Check again", _diagnose),
    "sync": Action("Sync the feed", _sync, lambda sheet: sheet.feed is not None),
    "accept_drop": Action("Accept the drop", _accept_drop, _is_held, Right.DECIDE, _what_is_closed),
    "reject_drop": Action("Reject the drop", _reject_drop, _is_held, Right.DECIDE),
    "largest_drop": Action("Set the share", _largest_drop, never, Right.DECIDE),
    "discover": Action("Read the account again", _discover, lambda sheet: sheet.is_connected),
    "allow_account": Action(
        "Allow another Lever account",
        _allow_account,
        lambda sheet: sheet.connection is not None,
        Right.DECIDE,
        _what_another_account_means,
        is_grave=True,
    ),
}
