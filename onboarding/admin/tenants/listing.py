"""The list of tenants: each with its health, in as many statements whatever their number."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from integrations.models import Connection, Feed
from tenants.models import Tenant, User
from tenants.rights import Right, require

from ... import clock
from ...models import Problem
from ...notices import reminding
from ...problems import asked
from ...views.pages import is_live_request, unless_seen
from ..actions import people
from . import columns, searching
from .exporting import as_csv
from .filters import (
    ConnectionFilter,
    ProblemActorFilter,
    ProblemFilter,
    QuestionFilter,
    SilenceFilter,
    WaitsOnFilter,
)


class TenantList(admin.ModelAdmin[Tenant]):
    list_display = ["name", *columns.COLUMNS]
    list_filter = [
        "status",
        QuestionFilter,
        WaitsOnFilter,
        ProblemActorFilter,
        ProblemFilter,
        ConnectionFilter,
        SilenceFilter,
        ("owner", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["name"]
    list_select_related = ["health", "owner"]
    list_per_page = 50
    show_full_result_count = False
    change_list_template = "onboarding/desk/tenants.html"
    actions = ["check_again", "remind"]

    def get_list_display(self, request: HttpRequest) -> Any:
        return ["name", *columns.of(_who(request))]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        offered = [(it, label_for_field(it, Tenant, self)) for it in columns.COLUMNS]
        shown = {"offered_columns": offered, "own_columns": columns.of(_who(request))}
        context = {**(extra_context or {}), **shown, **self._checks(request)}
        return super().changelist_view(request, context)

    def checks(self, request: HttpRequest) -> HttpResponse:
        """How far the looks are that staff asked for; pressed, those that are left are called off."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            require(_who(request), Right.ACT)
        if is_live_request(request):
            return unless_seen(request, render(request, "onboarding/desk/checks.html", self._checks(request)))
        at = parse_datetime(request.POST.get("at", ""))
        if at:
            count = asked.call_off(at, _who(request))
            messages.success(request, f"Called off: {count}, but for looks that begin within this minute.")
        return redirect("admin:tenants_tenant_changelist")

    def _checks(self, request: HttpRequest) -> dict[str, Any]:
        lines = asked.latest()
        is_under_way = any(it.left for it in lines)
        return {"checks": lines, "is_checking": is_under_way, "may_act": self.has_act_permission(request)}

    def keep_columns(self, request: HttpRequest) -> HttpResponse:
        """Back to the list as it was filtered; what it was sorted by may be another column now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        columns.keep(_who(request), request.POST.getlist("column"))
        filtered = QueryDict(request.POST.get("list", ""), mutable=True)
        filtered.pop("o", None)
        return redirect(f"{reverse('admin:tenants_tenant_changelist')}?{filtered.urlencode()}")

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(Right.ACT)

    @admin.action(description="Check again", permissions=["act"])
    def check_again(self, request: HttpRequest, rows: QuerySet[Tenant]) -> None:
        """By the workers, however many; the list tells how far they are."""
        chosen = list(rows.exclude(status=Tenant.Status.OFFBOARDED).order_by("pk"))
        asked.ask(chosen, _who(request))
        messages.success(request, f"{len(chosen)} are being looked at.")

    @admin.action(description="Remind by e-mail", permissions=["act"])
    def remind(self, request: HttpRequest, rows: QuerySet[Tenant]) -> None:
        said = people.told([reminding.remind(tenant, _who(request)) for tenant in rows])
        messages.success(
            request, said or f"Nothing waits for anybody of them who gets e-mails. {people.NOBODY_OF}"
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        mine = {"tenant": OuterRef("pk")}
        problems = Problem.objects.filter(**mine, resolved_at=None).order_by().values("tenant")
        counted = problems.annotate(count=Count("pk")).values("count")
        return (
            super()
            .get_queryset(request)
            .annotate(
                lever_status=Subquery(Connection.objects.filter(**mine).values("status")[:1]),
                feed_synced_at=Subquery(Feed.objects.filter(**mine).values("synced_at")[:1]),
                problem_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
            )
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Tenant], search_term: str
    ) -> tuple[QuerySet[Tenant], bool]:
        words = search_term.strip()
        if searching.is_email(words):
            searching.on_record(words, _who(request))
        return searching.search(queryset, words), False

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """What is listed, with its filters. All rows are read before the first is sent: the scope ends with it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).get_queryset(request).defer("health__steps")
        cells = [
            ("name", lambda it: it.name),
            ("slug", lambda it: it.slug),
            ("status", lambda it: it.get_status_display()),
            ("CS owner", lambda it: it.owner.email if it.owner else ""),
            ("open problems", self.open_problems),
            ("who acts next", self.waits),
            ("Lever", self.lever),
            ("feed synced", lambda it: it.feed_synced_at),
            ("last webhook", lambda it: self._health(it, "last_event_at")),
            ("applications delivered", lambda it: self._health(it, "delivered")),
            ("applications held", lambda it: self._health(it, "held")),
            ("conversions sent", lambda it: self._health(it, "conversions_sent")),
            ("conversions waiting", lambda it: self._health(it, "conversions_waiting")),
        ]
        return as_csv("tenants", cells, iter(rows))

    def _health(self, tenant: Any, name: str) -> Any:
        """None of one that is added just now."""
        health = getattr(tenant, "health", None)
        return getattr(health, name) if health else None

    @admin.display(description="open problems", ordering="problem_count")
    def open_problems(self, tenant: Any) -> int:
        return int(tenant.problem_count)

    @admin.display(description="who acts next", ordering="health__waits_since")
    def waits(self, tenant: Any) -> str:
        health = getattr(tenant, "health", None)
        if health is None or not health.waits_on:
            return ""
        since = f", for {health.waits_for}" if health.waits_since else ""
        return f"{health.get_waits_on_display()}{since}"

    @admin.display(description="Lever", ordering="lever_status")
    def lever(self, tenant: Any) -> str:
        status = tenant.lever_status
        return str(Connection.Status(status).label) if status else "never authorized"

    @admin.display(description="feed synced", ordering="feed_synced_at")
    def feed(self, tenant: Any) -> str:
        return _ago(tenant.feed_synced_at)

    @admin.display(description="last webhook", ordering="health__last_event_at")
    def webhooks(self, tenant: Any) -> str:
        return _ago(self._health(tenant, "last_event_at"))

    @admin.display(description="applications", ordering="health__held")
    def deliveries(self, tenant: Any) -> str:
        held = self._health(tenant, "held")
        return f"{self._health(tenant, 'delivered') or 0} delivered" + (f", {held} held" if held else "")

    @admin.display(description="conversions", ordering="health__conversions_waiting")
    def conversions(self, tenant: Any) -> str:
        waiting = self._health(tenant, "conversions_waiting")
        sent = self._health(tenant, "conversions_sent") or 0
        return f"{sent} sent" + (f", {waiting} waiting" if waiting else "")


def _ago(at: datetime | None) -> str:
    return f"{clock.lasted(at)} ago" if at else "never"


def _who(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
