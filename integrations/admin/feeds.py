from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User

from ..models import Feed, FeedSync, FormCheck, Posting
from ..services import feeds


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin[Feed]):
    list_display = ["tenant", "url", "synced_at", "next_sync_at"]
    search_fields = ["tenant__name", "url"]
    list_select_related = ["tenant"]
    exclude = ["key"]
    actions = ["sync"]

    @admin.action(description="Sync the feed", permissions=["act"])
    def sync(self, request: HttpRequest, rows: QuerySet[Feed]) -> None:
        for feed in rows:
            feeds.start_sync(feed, FeedSync.Trigger.STAFF)
        messages.success(request, "The syncs are on their way.")


@admin.register(FeedSync)
class FeedSyncAdmin(ReadOnlyAdmin[FeedSync]):
    list_display = [
        *["tenant", "status", "error_message", "found", "new", "changed", "closed"],
        *["trigger", "created_at", "finished_at"],
    ]
    list_filter = ["status", "trigger", "error_code"]
    search_fields = ["tenant__name"]
    list_select_related = ["tenant"]
    actions = ["accept_drop", "reject_drop"]

    @admin.action(description="Accept the drop: these jobs are closed indeed", permissions=["act"])
    def accept_drop(self, request: HttpRequest, rows: QuerySet[FeedSync]) -> None:
        _decide(request, rows, FeedSync.Decision.ACCEPTED)
        messages.success(request, "Accepted: the feed is read again, and what is missing is closed.")

    @admin.action(description="Reject the drop: these jobs are still open", permissions=["act"])
    def reject_drop(self, request: HttpRequest, rows: QuerySet[FeedSync]) -> None:
        _decide(request, rows, FeedSync.Decision.REJECTED)
        messages.success(request, "Rejected: the jobs stay open.")


def _decide(request: HttpRequest, rows: QuerySet[FeedSync], decision: FeedSync.Decision) -> None:
    assert isinstance(request.user, User)
    for sync in rows.select_related("feed").filter(status=FeedSync.Status.HELD):
        feeds.decide(sync, decision, request.user)


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin[Posting]):
    list_display = ["title", "tenant", "department", "first_seen_at", "closed_at"]
    search_fields = ["title", "tenant__name", "external_id"]
    list_select_related = ["tenant"]


@admin.register(FormCheck)
class FormCheckAdmin(ReadOnlyAdmin[FormCheck]):
    list_display = ["posting", "tenant", "status", "checked_at", "error_message"]
    list_filter = ["status", "error_code"]
    search_fields = ["tenant__name", "posting__title"]
    list_select_related = ["tenant", "posting"]
