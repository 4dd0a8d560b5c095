from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User
from tenants.rights import Right

from ..models import Application, SenderSecret
from ..services import senders


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin[Application]):
    """Without anything personal: that is sealed, and opened for delivery alone."""

    list_display = [
        "id",
        "tenant",
        "posting",
        "accepted_at",
        "external_id",
        "confirmed_at",
        "erased_at",
        "is_test",
    ]
    list_filter = ["is_test", "is_attributed"]
    search_fields = ["=id", "=sender_id", "=external_id", "tenant__name", "posting__title"]
    list_select_related = ["tenant", "posting"]
    exclude = ["document", "email_hash", "body_hash"]
    readonly_fields = ["way"]

    @admin.display(description="what happened to it")
    def way(self, application: Application) -> str:
        page = reverse("admin:integrations_delivery_change", args=[application.delivery.pk])
        return format_html('<a href="{}">its delivery</a>', page)


@admin.register(SenderSecret)
class SenderSecretAdmin(ReadOnlyAdmin[SenderSecret]):
    """A new one is issued on the tenant's own page, which shows it that once."""

    acting = Right.SECRETS

    list_display = ["tenant", "created_at", "last_used_at", "withdrawn_at"]
    search_fields = ["tenant__name"]
    list_filter = [("withdrawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["tenant"]
    exclude = ["secret"]
    actions = ["withdraw"]

    @admin.action(description="Withdraw", permissions=["act"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[SenderSecret]) -> None:
        assert isinstance(request.user, User)
        for row in rows:
            senders.withdraw(row, request.user)
        messages.success(request, "Withdrawn: what is signed with them is refused from now on.")
        for tenant in sorted({row.tenant for row in rows}, key=str):
            if not senders.count_live(tenant.pk):
                messages.warning(request, f"{tenant} has no live secret: all its applications are refused.")
