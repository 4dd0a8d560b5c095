from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html

from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User
from tenants.rights import Right

from ..models import Application, Delivery, SenderSecret
from ..services import applications, senders


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
    list_select_related = ["tenant", "posting", "delivery"]
    exclude = ["document", "email_hash", "body_hash"]
    readonly_fields = ["way"]
    actions = ["erase"]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(Right.ERASE)

    @admin.action(description="Erase what is personal", permissions=["erase"])
    def erase(self, request: HttpRequest, rows: QuerySet[Application]) -> HttpResponse | None:
        """Asks first, for a reason too: it cannot be taken back. One that is being sent is left alone."""
        assert isinstance(request.user, User)
        chosen = list(rows.filter(erased_at=None).exclude(delivery__status=Delivery.Status.SENDING))
        reason = request.POST.get("reason", "").strip()
        if "sure" not in request.POST or not reason:
            undelivered = sum(it.delivery.delivered_at is None for it in chosen)
            shown = {"rows": chosen, "undelivered": undelivered, "title": "Erase"}
            context = {**self.admin_site.each_context(request), **shown}
            return render(request, "integrations/desk/erase.html", context)
        for application in chosen:
            applications.erase(application, reason=reason, by=request.user)
        messages.success(request, f"Erased: {len(chosen)} of {rows.count()}.")
        return None

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
