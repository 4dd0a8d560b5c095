from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User

from ..models import Delivery, DeliveryAttempt
from ..services import deliveries


class AttemptInline(admin.TabularInline[DeliveryAttempt, Delivery]):
    model = DeliveryAttempt
    extra = 0
    can_delete = False
    fields = [
        "number",
        "started_at",
        "finished_at",
        "outcome",
        "error_message",
        "error_detail",
    ]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    list_display = [
        *["application", "tenant", "status", "attempts", "created_at"],
        *["next_attempt_at", "delivered_at", "error_message"],
    ]
    list_filter = ["status", "error_code"]
    search_fields = ["=application__id", "=application__external_id", "tenant__name"]
    list_select_related = ["tenant", "application"]
    inlines = [AttemptInline]
    actions = ["send_again", "mark_arrived"]

    @admin.action(description="Send again: it did not arrive, or what held it is mended", permissions=["act"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        """Of deliveries that rest: one that is under way looks after itself."""
        assert isinstance(request.user, User)
        resting = rows.filter(status__in=[Delivery.Status.HELD, Delivery.Status.REJECTED])
        for delivery in resting:
            deliveries.send_again(delivery, request.user)
        messages.success(
            request, f"{len(resting)} of {rows.count()} are sent again; the others were not held."
        )

    @admin.action(description="It arrived: I saw it in the ATS", permissions=["act"])
    def mark_arrived(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        assert isinstance(request.user, User)
        held = rows.filter(status=Delivery.Status.HELD)
        count = held.count()
        for delivery in held:
            deliveries.mark_arrived(delivery, request.user)
        messages.success(request, f"{count} marked as delivered.")
