from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.models import Delivery
from integrations.services import deliveries
from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User
from tenants.rights import Right, require

from ..deliveries import timeline
from ..deliveries.reasons import reason_of
from ..deliveries.states import state_of
from ..deliveries.upcoming import upcoming
from ..views.pages import is_live_request, unless_seen
from . import retries
from .decisions import apt


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    acting = Right.DECIDE
    list_display = [
        *["application", "tenant", "status", "why", "created_at"],
        *["next_attempt_at", "delivered_at"],
    ]
    list_filter = ["status", "is_in_doubt", "application__is_test"]
    search_fields = [
        *["=application__id", "=application__sender_id", "=application__external_id"],
        *["=error_code", "tenant__name"],
    ]
    list_select_related = ["tenant", "application"]
    actions = ["send_again", "mark_arrived"]
    change_form_template = "onboarding/desk/delivery.html"
    change_list_template = "onboarding/desk/deliveries.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Nothing sealed is opened for a look."""
        return super().get_queryset(request).defer("application__document")

    def get_urls(self) -> list[URLPattern]:
        def desk(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("retries/", desk(require_safe(self.retries)), name="integrations_delivery_retries"),
            path("retries/start/", desk(require_POST(self.retry)), name="integrations_delivery_retry"),
            path(
                "<int:delivery_id>/decide/<slug:decision>/",
                desk(require_http_methods(["GET", "POST"])(self.decide)),
                name="integrations_delivery_decide",
            ),
            *super().get_urls(),
        ]

    def decide(self, request: HttpRequest, delivery_id: int, decision: str) -> HttpResponse:
        """Asks first: what it says cannot be taken back."""
        assert isinstance(request.user, User)
        delivery = get_object_or_404(self.get_queryset(request), pk=delivery_id)
        chosen = apt(delivery).get(decision)
        require(request.user, self.acting)
        if chosen is None:
            messages.warning(request, "Nothing was done: this delivery does not wait for that any more.")
        elif request.method == "GET" or request.POST.get("tries") != str(delivery.attempts):
            if request.method == "POST":
                messages.warning(
                    request, "It was tried since you were asked. Please read the question again."
                )
            shown = {"delivery": delivery, "decision": chosen, "reason": reason_of(delivery)}
            context = {**self.admin_site.each_context(request), **shown, "title": chosen.label}
            return render(request, "onboarding/desk/decide.html", context)
        elif chosen.run(delivery, request.user):
            messages.success(request, chosen.said)
        else:
            messages.warning(request, "Nothing was done: somebody else decided at the same moment.")
        return redirect("admin:integrations_delivery_change", delivery_id)

    def retries(self, request: HttpRequest) -> HttpResponse:
        """Who may only look sees how far retries are, and nothing to press."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown = retries.progress(may_act=self.has_act_permission(request))
        if is_live_request(request):
            return unless_seen(request, render(request, "onboarding/desk/progress.html", shown))
        context = {**self.admin_site.each_context(request), **shown, **retries.room(request.GET)}
        return render(request, "onboarding/desk/retries.html", {**context, "title": "Send again in bulk"})

    def retry(self, request: HttpRequest) -> HttpResponse:
        assert isinstance(request.user, User)
        require(request.user, self.acting)
        form = retries.RetryForm(request.POST)
        if not form.is_valid():
            messages.error(request, "Expected a choice as the preview names it.")
            return redirect("admin:integrations_delivery_retries")
        started = retries.start(form, request.user)
        if started.replays:
            messages.success(request, started.says)
        for refusal in started.refusals[: retries.SHOWN]:
            messages.warning(request, refusal)
        return redirect("admin:integrations_delivery_retries")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        delivery = self.get_object(request, object_id)
        shown = self.desk_of(request, delivery) if delivery else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def desk_of(self, request: HttpRequest, delivery: Delivery) -> dict[str, Any]:
        return {
            "delivery": delivery,
            "application": delivery.application,
            "state": state_of(delivery),
            "reason": reason_of(delivery) if deliveries.is_resting(delivery) else None,
            "next": upcoming(delivery.tenant, delivery),
            "moments": timeline.for_staff(delivery),
            "decisions": apt(delivery).values() if self.has_act_permission(request) else [],
            "is_desk": True,
        }

    @admin.display(description="why, and what helps", ordering="error_code")
    def why(self, delivery: Delivery) -> str:
        if not deliveries.is_resting(delivery):
            return str(delivery.error_message)
        reason = reason_of(delivery)
        return format_html('{}<br><span class="help">{}</span>', reason.title, reason.remedy)

    @admin.action(description="Send again: it did not arrive, or what held it is mended", permissions=["act"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        """Of deliveries that rest: one that is under way looks after itself, and a doubt is a question of its own."""
        assert isinstance(request.user, User)
        in_doubt, count = rows.filter(is_in_doubt=True).count(), rows.count()
        apt = list(rows.filter(deliveries.may_be_sent_again()))
        for delivery in apt:
            deliveries.send_again(delivery, request.user)
        messages.success(request, f"{len(apt)} of {count} are sent again; the others were not held.")
        if in_doubt:
            messages.warning(request, f"{in_doubt} may have arrived: decide each on its own page.")

    @admin.action(description="It arrived: I saw it in the ATS", permissions=["act"])
    def mark_arrived(self, request: HttpRequest, rows: QuerySet[Delivery]) -> None:
        assert isinstance(request.user, User)
        doubtful = rows.filter(status=Delivery.Status.HELD, is_in_doubt=True)
        count = sum(deliveries.mark_arrived(delivery, request.user) for delivery in doubtful)
        messages.success(
            request, f"{count} of {rows.count()} marked as delivered: those that may have arrived."
        )
