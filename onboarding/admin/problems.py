from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest

from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User

from .. import problems
from ..models import LiveRequest, Notice, Problem, Rehearsal, StepOverride


@admin.register(Problem)
class ProblemAdmin(ReadOnlyAdmin[Problem]):
    list_display = ["title", "tenant", "detail", "remedy", "actor", "status", "since", "last_seen_at"]
    ordering = [F("resolved_at").desc(nulls_first=True), "since"]
    list_filter = ["status", "actor", "code"]
    search_fields = ["tenant__name", "code", "detail"]
    list_select_related = ["tenant"]
    actions = ["acknowledge"]

    @admin.display(description="problem", ordering="code")
    def title(self, problem: Problem) -> str:
        return str(problems.KINDS[problem.code].title)

    @admin.display(description="what to do")
    def remedy(self, problem: Problem) -> str:
        return problems.KINDS[problem.code].remedy

    @admin.action(description="Acknowledge: I am on it", permissions=["act"])
    def acknowledge(self, request: HttpRequest, rows: QuerySet[Problem]) -> None:
        assert isinstance(request.user, User)
        for problem in rows:
            problems.acknowledge(problem, f"by {request.user}", request.user)
        messages.success(request, "Acknowledged.")


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
