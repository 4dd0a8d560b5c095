from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.admin.reading import ReadOnlyAdmin

from ..models import (
    ArchiveReasonReading,
    Connection,
    Discovery,
    Reading,
    StageReading,
    WebhookReading,
)
from ..services import discoveries


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin[Connection]):
    list_display = [
        "tenant",
        "provider",
        "status",
        "site",
        "region",
        "authorized_at",
        "proved_at",
        "error_code",
    ]
    list_filter = ["status", "provider", "region", "error_code"]
    search_fields = ["tenant__name", "site", "account_external_id"]
    list_select_related = ["tenant"]
    actions = ["read_again"]

    @admin.action(description="Read the account again", permissions=["act"])
    def read_again(self, request: HttpRequest, rows: QuerySet[Connection]) -> None:
        for connection in rows.filter(status=Connection.Status.ACTIVE):
            discoveries.start(connection)
        messages.success(request, "The accounts are being read.")


@admin.register(Discovery)
class DiscoveryAdmin(ReadOnlyAdmin[Discovery]):
    list_display = ["tenant", "status", "started_at", "finished_at"]
    list_filter = ["status"]
    search_fields = ["tenant__name"]
    list_select_related = ["tenant"]


@admin.register(StageReading, ArchiveReasonReading, WebhookReading)
class ReadingAdmin(ReadOnlyAdmin[Reading]):
    list_display = ["tenant", "read_at", "next_attempt_at", "error_message"]
    list_filter = ["error_code"]
    search_fields = ["tenant__name"]
    list_select_related = ["tenant"]
