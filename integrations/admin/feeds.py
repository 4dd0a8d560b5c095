from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User
from tenants.rights import Right

from ..models import Feed, FeedSync, FormCheck, Posting
from ..models.feeds import Standing
from ..services import feeds, outgoing


class StandingFilter(admin.SimpleListFilter):
    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(it.value, str(it.label)) for it in Standing]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(standing=self.value()) if self.value() in Standing.values else queryset


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin[Feed]):
    list_display = [
        *[
            "tenant",
            "standing",
            "jobs",
            "published",
            "refusable",
            "fetched_at",
            "synced_at",
            "next_sync_at",
            "last_error",
        ],
        "url",
    ]
    list_filter = [StandingFilter]
    search_fields = ["tenant__name", "url"]
    list_select_related = ["tenant", "outgoing"]
    exclude = ["key"]
    actions = ["sync", "show_address", "change_address"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feed]:
        open_jobs = Posting.objects.filter(tenant=OuterRef("tenant"), closed_at=None).order_by()
        counted = open_jobs.values("tenant").annotate(count=Count("pk")).values("count")
        rows: QuerySet[Feed] = feeds.with_standing(super().get_queryset(request))
        return rows.annotate(jobs=Coalesce(Subquery(counted), 0))

    @admin.display(ordering="rank")
    def standing(self, feed: Any) -> str:
        return str(Standing(feed.standing).label)

    @admin.display(description="open jobs", ordering="jobs")
    def jobs(self, feed: Any) -> int:
        return int(feed.jobs)

    @admin.display(description="jobs in our feed")
    def published(self, feed: Feed) -> int:
        return feed.outgoing.jobs if hasattr(feed, "outgoing") else 0

    @admin.display(description="boards may refuse")
    def refusable(self, feed: Feed) -> int:
        return feed.outgoing.refusable if hasattr(feed, "outgoing") else 0

    @admin.display(description="ours last fetched")
    def fetched_at(self, feed: Feed) -> datetime | None:
        return feed.outgoing.read_at if hasattr(feed, "outgoing") else None

    @admin.display(description="what went wrong last")
    def last_error(self, feed: Any) -> str:
        return str(feed.last_error or "")

    @admin.action(description="Show our feed's address", permissions=["act"])
    def show_address(self, request: HttpRequest, rows: QuerySet[Feed]) -> None:
        for feed in rows:
            messages.info(request, f"{feed.tenant}: {outgoing.address(feed.key)}")

    @admin.action(description="Give our feed another address; the old one ends at once", permissions=["act"])
    def change_address(self, request: HttpRequest, rows: QuerySet[Feed]) -> None:
        assert isinstance(request.user, User)
        for feed in rows:
            address = outgoing.address(outgoing.change_address(feed, request.user))
            messages.success(request, f"{feed.tenant}: tell Appcast the new address, {address}")

    @admin.action(description="Sync the feed", permissions=["act"])
    def sync(self, request: HttpRequest, rows: QuerySet[Feed]) -> None:
        for feed in rows:
            feeds.start_sync(feed, FeedSync.Trigger.STAFF)
        messages.success(request, "The syncs are on their way.")


@admin.register(FeedSync)
class FeedSyncAdmin(ReadOnlyAdmin[FeedSync]):
    acting = Right.DECIDE
    list_display = [
        *["tenant", "status", "error_message", "found", "new", "changed", "closed"],
        *["trigger", "created_at", "finished_at"],
    ]
    list_filter = ["status", "trigger"]
    search_fields = ["=error_code", "tenant__name"]
    list_select_related = ["tenant"]
    actions = ["accept_drop", "reject_drop"]

    @admin.action(description="Accept the drop: these jobs are closed indeed", permissions=["act"])
    def accept_drop(self, request: HttpRequest, rows: QuerySet[FeedSync]) -> None:
        count = _decide(request, rows, FeedSync.Decision.ACCEPTED)
        messages.success(
            request, f"{count} accepted: each feed is read again, and as many jobs may close as it told of."
        )

    @admin.action(description="Reject the drop: these jobs are still open", permissions=["act"])
    def reject_drop(self, request: HttpRequest, rows: QuerySet[FeedSync]) -> None:
        count = _decide(request, rows, FeedSync.Decision.REJECTED)
        messages.success(request, f"{count} rejected: the jobs stay open.")


def _decide(request: HttpRequest, rows: QuerySet[FeedSync], decision: FeedSync.Decision) -> int:
    """How many; of those that were chosen, a later sync may have answered some."""
    assert isinstance(request.user, User)
    return sum(feeds.decide(sync, decision, request.user) for sync in rows.select_related("feed"))


@admin.register(Posting)
class PostingAdmin(ReadOnlyAdmin[Posting]):
    list_display = ["title", "tenant", "department", "first_seen_at", "closed_at"]
    search_fields = ["title", "tenant__name", "=external_id"]
    ordering = ["-id"]
    list_select_related = ["tenant"]


@admin.register(FormCheck)
class FormCheckAdmin(ReadOnlyAdmin[FormCheck]):
    list_display = ["posting", "tenant", "status", "checked_at", "error_message"]
    list_filter = ["status"]
    search_fields = ["=error_code", "tenant__name", "posting__title"]
    list_select_related = ["tenant", "posting"]
