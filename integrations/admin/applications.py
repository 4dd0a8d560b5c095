from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from tenants import fresh
from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User
from tenants.rights import Right, require

from ..models import Application, Delivery, SenderSecret
from ..services import applications, resumes, senders
from .resumes import ReasonForm, as_file


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin[Application]):
    """Without anything personal: that is sealed. A résumé alone is opened, for a reason, and leaves as a file."""

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
    actions = ["erase"]
    change_form_template = "integrations/desk/application.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(self.resume))
        name = "integrations_application_resume"
        return [path("<uuid:application_id>/resume/", view, name=name), *super().get_urls()]

    def resume(self, request: HttpRequest, application_id: UUID) -> HttpResponse:
        """Whoever asks confirms first that it is them, so that their reason is typed once."""
        assert isinstance(request.user, User)
        application = get_object_or_404(self.get_queryset(request), pk=application_id)
        require(request.user, Right.RESUMES)
        if not fresh.has_just_signed_in(request):
            return fresh.ask_staff(request, request.path, "Confirm that it is you first.")
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                reason = form.cleaned_data["reason"]
                return as_file(application, resumes.open_one(application, reason, request.user))
            except resumes.ClosedError as error:
                form.add_error(None, str(error))
        shown = {"original": application, "form": form, "why_closed": resumes.why_closed(application)}
        context = {**self.admin_site.each_context(request), **shown, "title": "Open the résumé"}
        return render(request, "integrations/desk/resume.html", context)

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
