from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import (
    Count,
    Exists,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    URLField,
)
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.views.decorators.http import require_POST, require_safe

from integrations.models import Application, Connection, Conversion, Delivery, Feed, FeedSync
from integrations.types import EventKind
from tenants import audit, fresh
from tenants.models import AuditEvent, Tenant, User
from webhooks.models import WebhookEvent

from .. import problems
from ..checklist import checklist
from ..evidence import gather
from ..models import Departure, Notice, Problem, StepOverride
from ..views.pages import is_live_request, unless_seen
from . import actions, replays

RECENT = 8


class WaitsOnFilter(admin.SimpleListFilter):
    title = "who must act"
    parameter_name = "waits_on"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Problem.Actor.choices] + [
            ("nobody", "no open problem")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> QuerySet[Tenant]:
        open_problems = Problem.objects.filter(tenant=OuterRef("pk"), resolved_at=None)
        if self.value() == "nobody":
            return queryset.filter(~Exists(open_problems))
        return queryset.filter(Exists(open_problems.filter(actor=self.value()))) if self.value() else queryset


class ConnectionFilter(admin.SimpleListFilter):
    title = "Lever"
    parameter_name = "lever"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Connection.Status.choices] + [
            ("none", "never authorized")
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tenant]) -> QuerySet[Tenant]:
        connections = Connection.objects.filter(tenant=OuterRef("pk"))
        if self.value() == "none":
            return queryset.filter(~Exists(connections))
        return queryset.filter(Exists(connections.filter(status=self.value()))) if self.value() else queryset


@admin.register(Tenant)
class TenantAdmin(admin.ModelAdmin[Tenant]):
    list_display = [
        *["name", "status", "open_problems", "lever", "feed"],
        *["webhooks", "deliveries", "conversions"],
    ]
    list_filter = ["status", WaitsOnFilter, ConnectionFilter]
    search_fields = ["name", "slug", "client_id", "ent_id"]
    prepopulated_fields = {"slug": ["name"]}
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    readonly_fields = ["status", "live_at"]
    change_form_template = "onboarding/desk/tenant.html"
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        """With the health of each tenant, in one query."""
        of_tenant = {"tenant": OuterRef("pk")}
        events = WebhookEvent.objects.filter(**of_tenant).exclude(kind=EventKind.TEST)
        feeds = Feed.objects.filter(**of_tenant)
        return (
            super()
            .get_queryset(request)
            .annotate(
                lever_status=Subquery(Connection.objects.filter(**of_tenant).values("status")[:1]),
                feed_synced_at=Subquery(feeds.values("synced_at")[:1]),
                last_event_at=Subquery(
                    events.values("tenant").annotate(last=Max("received_at")).values("last")[:1]
                ),
                delivered=_count(Delivery, status=Delivery.Status.DELIVERED),
                held=_count(Delivery, status=Delivery.Status.HELD),
                sent=_count(Conversion, status=Conversion.Status.SENT),
                unsent=_count(Conversion, status__in=["held", "ready", "dead"]),
                problem_count=_count(Problem, resolved_at=None),
            )
        )

    def has_delete_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        """A tenant leaves by off-boarding."""
        return False

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(require_POST(self.act))
        room = self.admin_site.admin_view(require_safe(self.replays))
        return [
            path("<int:pk>/act/<slug:name>/", act, name="tenants_tenant_act"),
            path("<int:pk>/replays/", room, name="tenants_tenant_replays"),
            *super().get_urls(),
        ]

    def act(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        assert isinstance(request.user, User)
        tenant = get_object_or_404(Tenant, pk=pk)
        if not self.has_change_permission(request, tenant):
            messages.error(request, "You may look at tenants, but not act on them.")
            return redirect("admin:tenants_tenant_change", pk)
        if name in actions.GRAVE and not fresh.has_just_signed_in(request):
            return fresh.ask_staff(request, reverse("admin:tenants_tenant_change", args=[pk]))
        try:
            said = actions.run(name, tenant, request.user, request.POST)
        except actions.ActionError as error:
            messages.error(request, str(error))
            return redirect("admin:tenants_tenant_change", pk)
        if said.secret:
            return self.show_once(request, tenant, said)
        messages.success(request, said.text)
        return redirect("admin:tenants_tenant_change", pk)

    def replays(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who may only look sees how far replays are, and nothing to press."""
        tenant = get_object_or_404(Tenant, pk=pk)
        if not self.has_view_permission(request, tenant):
            raise PermissionDenied
        shown = self.replays_of(request, tenant)
        if is_live_request(request):
            return unless_seen(request, render(request, "onboarding/desk/progress.html", shown))
        context = {**self.admin_site.each_context(request), **shown, **replays.room(request, tenant)}
        return render(request, "onboarding/desk/replays.html", {**context, "title": f"Replays of {tenant}"})

    def replays_of(self, request: HttpRequest, tenant: Tenant) -> dict[str, Any]:
        latest = replays.latest(tenant)
        return {
            "original": tenant,
            "replays": latest,
            "is_replaying": any(it.is_running for it in latest),
            "room": reverse("admin:tenants_tenant_replays", args=[tenant.pk]),
            "may_act": self.has_change_permission(request, tenant),
        }

    def show_once(self, request: HttpRequest, tenant: Tenant, said: actions.Said) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "original": tenant, "said": said}
        return render(request, "onboarding/desk/secret.html", {**context, "title": str(tenant)})

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        super().save_model(request, obj, form, change)
        action = "tenant.changed" if change else "tenant.added"
        audit.record(action, obj, tenant_id=obj.pk, actor=request.user, changed=form.changed_data)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        tenant = self.get_object(request, object_id)
        shown = (
            desk_of(tenant) | self.replays_of(request, tenant) | {"title": tenant.name, "subtitle": None}
            if tenant
            else {}
        )
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    @admin.display(description="Lever", ordering="lever_status")
    def lever(self, tenant: Any) -> str:
        status = tenant.lever_status
        return str(Connection.Status(status).label) if status else "never authorized"

    @admin.display(description="feed synced", ordering="feed_synced_at")
    def feed(self, tenant: Any) -> str:
        return _ago(tenant.feed_synced_at)

    @admin.display(description="last webhook", ordering="last_event_at")
    def webhooks(self, tenant: Any) -> str:
        return _ago(tenant.last_event_at)

    @admin.display(description="applications", ordering="held")
    def deliveries(self, tenant: Any) -> str:
        return f"{tenant.delivered} delivered" + (f", {tenant.held} held" if tenant.held else "")

    @admin.display(description="conversions", ordering="unsent")
    def conversions(self, tenant: Any) -> str:
        return f"{tenant.sent} sent" + (f", {tenant.unsent} waiting" if tenant.unsent else "")

    @admin.display(description="open problems", ordering="problem_count")
    def open_problems(self, tenant: Any) -> int:
        return int(tenant.problem_count)


def desk_of(tenant: Tenant) -> dict[str, Any]:
    """All that one page tells of one tenant."""
    evidence = gather(tenant)
    return {
        "tenant": tenant,
        "evidence": evidence,
        "departure": Departure.objects.select_related("by").filter(tenant=tenant).first(),
        "checklist": checklist(evidence),
        "problems": [
            (it, problems.KINDS[it.code]) for it in Problem.objects.filter(tenant=tenant, resolved_at=None)
        ],
        "syncs": FeedSync.objects.filter(tenant=tenant)[:RECENT],
        "events": WebhookEvent.objects.filter(tenant=tenant)[:RECENT],
        "delivery_rows": Delivery.objects.select_related("application__posting").filter(tenant=tenant)[
            :RECENT
        ],
        "conversion_rows": Conversion.objects.filter(tenant=tenant)[:RECENT],
        "counts": Application.objects.filter(tenant=tenant).aggregate(
            total=Count("pk"), delivered=Count("pk", filter=Q(delivery__status="delivered"))
        ),
        "audit_events": AuditEvent.objects.filter(tenant=tenant)[:RECENT],
        "plain_actions": actions.applicable(evidence),
        "overrides": StepOverride.objects.filter(tenant=tenant, expires_at__gt=timezone.now()),
        "notices": Notice.objects.select_related("user").filter(tenant=tenant, ended_at=None),
        "ask_back_form": actions.AskBackForm(),
        "snooze_form": actions.SnoozeForm(auto_id=False),
        "invite_form": actions.InviteForm(),
        "override_form": actions.OverrideForm(),
    }


def _count(model: Any, **only: Any) -> Any:
    rows = model.objects.filter(tenant=OuterRef("pk"), **only).order_by().values("tenant")
    counted = rows.annotate(count=Count("pk")).values("count")[:1]
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _ago(at: datetime | None) -> str:
    return f"{timesince(at)} ago" if at else "never"
