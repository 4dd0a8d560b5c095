from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from integrations.types import EventKind
from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User
from tenants.rights import Right

from . import endpoints, replayable
from .models import CatchUp, RejectedRequest, Replay, WebhookEndpoint, WebhookEvent

MOST_BY_HAND = 100


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin[WebhookEndpoint]):
    list_display = ["tenant", "event_kind", "made_by", "created_at"]
    list_filter = ["event_kind", "made_by"]
    search_fields = ["tenant__name"]
    list_select_related = ["tenant"]
    exclude = ["key"]


class TestFilter(admin.SimpleListFilter):
    title = "whether it is a test"
    parameter_name = "test"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "no"), ("yes", "Lever's “Verify connection”")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> QuerySet[WebhookEvent]:
        if self.value() not in {"yes", "no"}:
            return queryset
        is_test = Q(kind=EventKind.TEST)
        return queryset.filter(is_test if self.value() == "yes" else ~is_test)


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin[WebhookEvent]):
    acting = Right.REPLAY
    list_display = [
        "name",
        "tenant",
        "status",
        "outcome",
        "triggered_at",
        "received_at",
        "repeats",
        "processed_at",
    ]
    list_filter = ["status", TestFilter]
    search_fields = ["tenant__name", "=name", "=opportunity_external_id", "=application_external_id"]
    list_select_related = ["tenant", "endpoint"]
    exclude = ["body", "key", "body_hash"]
    actions = ["replay"]

    @admin.action(description="Process once more", permissions=["act"])
    def replay(self, request: HttpRequest, rows: QuerySet[WebhookEvent]) -> None:
        assert isinstance(request.user, User)
        if rows.count() > MOST_BY_HAND:
            messages.error(request, f"Expected at most {MOST_BY_HAND}; replay more from the tenant's page.")
            return
        refused = [event for event in rows if not replayable.replay(event, by=request.user)]
        count = len(rows) - len(refused)
        if count:
            messages.success(request, f"{count} are processed once more; what they did is not done twice.")
        for why, many in Counter(replayable.why_not_replayed(it) for it in refused).items():
            messages.warning(request, f"{many} are not: {why}.")


@admin.register(RejectedRequest)
class RejectedRequestAdmin(ReadOnlyAdmin[RejectedRequest]):
    list_display = ["tenant", "address_of", "reason", "event_name", "detail", "received_at"]
    list_filter = ["reason"]
    search_fields = ["tenant__name"]
    list_select_related = ["tenant", "endpoint"]
    exclude = ["body"]

    @admin.display(description="address of", ordering="endpoint__event_kind")
    def address_of(self, request: RejectedRequest) -> str:
        return endpoints.title_of(endpoints.event_name(request.endpoint))


@admin.register(Replay)
class ReplayAdmin(ReadOnlyAdmin[Replay]):
    list_display = ["created_at", "tenant", "source", "by", "status", "done", "total", "ended_at"]
    list_filter = ["status", "source"]
    search_fields = ["tenant__name"]
    list_select_related = ["tenant", "by"]


@admin.register(CatchUp)
class CatchUpAdmin(ReadOnlyAdmin[CatchUp]):
    list_display = ["tenant", "read_at", "covered_until", "next_attempt_at", "error_message"]
    list_filter = ["error_code"]
    search_fields = ["tenant__name"]
    list_select_related = ["tenant"]
    exclude = ["cursor"]
