from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User

from .. import problems
from ..desk.sheet import sheet_of
from ..models import LiveRequest, Notice, Problem, Rehearsal, StepOverride
from ..problems import forwarding
from . import actions
from .actions.problems import SnoozeForm
from .handles import handled
from .tenants.page import health_of


class OpenFilter(admin.SimpleListFilter):
    title = "whether it is there"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "open, whatever was said of it"), ("no", "over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Problem]) -> QuerySet[Problem]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "yes")


@admin.register(Problem)
class ProblemAdmin(ReadOnlyAdmin[Problem]):
    list_display = ["title", "tenant", "detail", "remedy", "actor", "lasts", "status"]
    ordering = [F("resolved_at").desc(nulls_first=True), "since"]
    list_filter = [OpenFilter, "status", "actor", "code"]
    search_fields = ["tenant__name", "code", "detail"]
    list_select_related = ["tenant"]
    actions = ["acknowledge"]
    change_form_template = "onboarding/desk/problem.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Problem]:
        return super().get_queryset(request).select_related("tenant", "resolved_by")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        problem = self.get_object(request, object_id)
        shown = self.desk_of(request, problem) if problem else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def desk_of(self, request: HttpRequest, problem: Problem) -> dict[str, Any]:
        return {
            "problem": problem,
            "kind": problems.kind_of(problem.code),
            **self.handled(request, problem),
            "notices": Notice.objects.filter(
                tenant=problem.tenant_id, code=problem.code, subject=problem.subject, ended_at=None
            ).select_related("user"),
            "changes": problem.changes.select_related("by"),
            "text": forwarding.text_of(problem),
            "snooze_form": SnoozeForm(auto_id=False),
            "may_act": self.has_act_permission(request),
            "title": str(problems.kind_of(problem.code).title),
            "subtitle": None,
        }

    def handled(self, request: HttpRequest, problem: Problem) -> dict[str, Any]:
        """Of what is over nothing is pressed any more; and where there is a reminder to press, whom it would reach."""
        assert isinstance(request.user, User)
        sheet = sheet_of(problem.tenant, health_of(problem.tenant))
        applicable = dict(actions.applicable(sheet, request.user)) if problem.is_open else {}
        shown = handled(problem, applicable, sheet.feed)
        is_mail = any(name == "remind" for name, _ in shown.presses)
        return {"handled": shown, "reach": sheet.reach if is_mail else None}

    @admin.display(description="problem", ordering="code")
    def title(self, problem: Problem) -> str:
        return str(problems.kind_of(problem.code).title)

    @admin.display(description="for", ordering="since")
    def lasts(self, problem: Problem) -> str:
        return problem.lasts

    @admin.display(description="what to do")
    def remedy(self, problem: Problem) -> str:
        page = f"{reverse('admin:runbook')}#{problem.code}"
        return format_html('{} <a href="{}">Runbook</a>', problems.kind_of(problem.code).remedy, page)

    @admin.action(description="Acknowledge: I am on it", permissions=["act"])
    def acknowledge(self, request: HttpRequest, rows: QuerySet[Problem]) -> None:
        """Those that nobody has decided on yet: what is snoozed stays so until its day."""
        assert isinstance(request.user, User)
        chosen = rows.count()
        waiting = list(rows.filter(status=Problem.Status.OPEN).order_by("tenant", "pk"))
        count = sum(problems.acknowledge(it, f"by {request.user}", request.user) for it in waiting)
        messages.success(request, f"Acknowledged: {count} of {chosen}, those that were open.")


@admin.register(Rehearsal)
class RehearsalAdmin(ReadOnlyAdmin[Rehearsal]):
    list_display = ["tenant", "started_at", "started_by", "application"]
    search_fields = ["tenant__name"]
    list_select_related = ["tenant", "started_by", "application"]


@admin.register(StepOverride)
class StepOverrideAdmin(ReadOnlyAdmin[StepOverride]):
    list_display = ["tenant", "step", "reason", "author", "created_at", "expires_at"]
    search_fields = ["tenant__name", "reason"]
    list_select_related = ["tenant", "author"]


@admin.register(LiveRequest)
class LiveRequestAdmin(ReadOnlyAdmin[LiveRequest]):
    list_display = ["tenant", "asked_at", "asked_by", "answer", "comment", "answered_at", "answered_by"]
    list_filter = ["answer"]
    search_fields = ["tenant__name"]
    list_select_related = ["tenant", "asked_by", "answered_by"]


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin[Notice]):
    list_display = [
        "tenant",
        "user",
        "code",
        "subject",
        "sent_count",
        "last_sent_at",
        "next_at",
        "stopped_at",
    ]
    list_filter = ["code"]
    ordering = [F("ended_at").desc(nulls_first=True), "next_at"]
    search_fields = ["tenant__name", "user__email", "code"]
    list_select_related = ["tenant", "user"]
