from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User
from tenants.rights import Right

from ..models import Conversion
from ..services import conversion_sending


@admin.register(Conversion)
class ConversionAdmin(ReadOnlyAdmin[Conversion]):
    acting = Right.REPLAY
    list_display = [
        *["name", "tenant", "raw_status", "status", "error_message", "occurred_at", "sent_at"],
        *["next_attempt_at", "is_caught_up", "event_id"],
    ]
    list_filter = ["status", "is_verified", "is_caught_up", "application__is_test"]
    search_fields = ["=event_id", "=application__id", "=name", "=error_code", "tenant__name"]
    list_select_related = ["tenant"]
    actions = ["send_again"]

    @admin.action(description="Send again", permissions=["act"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Conversion]) -> None:
        assert isinstance(request.user, User)
        count = sum(conversion_sending.send_again(it, request.user) for it in rows)
        messages.success(request, f"{count} are sent again; what is held goes out once it is mapped.")
