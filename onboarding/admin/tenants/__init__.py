"""A tenant at the desk: its line in the list, its page, and what is pressed there."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import URLField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants import audit, fresh, visits
from tenants.models import Tenant, User
from tenants.rights import Right, require

from ...models import Problem
from ...steps import BY_KEY
from ...views.pages import is_live_request, unless_seen
from .. import actions, replays
from . import page
from .listing import TenantList


@admin.register(Tenant)
class TenantAdmin(TenantList):
    prepopulated_fields = {"slug": ["name"]}
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    readonly_fields = ["status", "live_at"]
    change_form_template = "onboarding/desk/tenant.html"

    def has_delete_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        """A tenant leaves by off-boarding."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(Right.ADD)

    def has_change_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        """Of its settings; what is pressed has rights of its own."""
        return request.user.has_perm(Right.SETTINGS)

    def get_urls(self) -> list[URLPattern]:
        def desk(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path("export/", desk(require_safe(self.export)), name="tenants_tenant_export"),
            path(
                "checks/",
                desk(require_http_methods(["GET", "POST"])(self.checks)),
                name="tenants_tenant_checks",
            ),
            path("columns/", desk(require_POST(self.keep_columns)), name="tenants_tenant_columns"),
            path("<int:pk>/act/<slug:name>/", desk(require_POST(self.act)), name="tenants_tenant_act"),
            path("<int:pk>/visit/", desk(require_POST(self.visit)), name="tenants_tenant_visit"),
            path("<int:pk>/replays/", desk(require_safe(self.replays)), name="tenants_tenant_replays"),
            *super().get_urls(),
        ]

    def act(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        assert isinstance(request.user, User)
        tenant = get_object_or_404(Tenant, pk=pk)
        try:
            action = actions.find(name)
            if not request.user.has_perm(action.right):
                messages.error(
                    request, f"“{action.label}” was not done. {actions.refusal(request.user, action.right)}"
                )
            elif action.is_grave and not fresh.has_just_signed_in(request):
                return fresh.ask_staff(request, _page_of(request, tenant))
            elif asked := actions.question(action, tenant, request.POST):
                return self.ask(request, tenant, action, asked)
            else:
                return self.say(request, tenant, actions.run(action, tenant, request.user, request.POST))
        except actions.ActionError as error:
            messages.error(request, str(error))
        return redirect(_page_of(request, tenant))

    def ask(self, request: HttpRequest, tenant: Tenant, action: Any, asked: str) -> HttpResponse:
        """What is dangerous, once more, with what will be so."""
        given = [(key, it) for key, it in request.POST.items() if key != "csrfmiddlewaretoken"]
        shown = {"original": tenant, "action": action, "asked": asked, "given": given, "title": action.label}
        shown["left"] = _page_of(request, tenant)
        context = {**self.admin_site.each_context(request), **shown}
        return render(request, "onboarding/desk/sure.html", context)

    def say(self, request: HttpRequest, tenant: Tenant, said: actions.Said) -> HttpResponse:
        """A secret stands in this answer alone."""
        if not said.secret:
            messages.success(request, said.text)
            return redirect(_page_of(request, tenant))
        context = {**self.admin_site.each_context(request), "original": tenant, "said": said}
        return render(request, "onboarding/desk/secret.html", {**context, "title": str(tenant)})

    def visit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Look as the customer does, for a reason: at the step that a problem names, or at the checklist."""
        tenant = get_object_or_404(Tenant, pk=pk)
        reason = request.POST.get("reason", "").strip()[: visits.LONGEST_REASON]
        assert isinstance(request.user, User)
        require(request.user, Right.VISIT)
        if tenant.has_ended:
            raise PermissionDenied("This customer has left: there is nothing to look at.")
        if not reason:
            messages.error(request, "Expected a reason, which stands in the audit trail.")
            return redirect(_page_of(request, tenant))
        visits.begin(request, tenant, reason, _page_of(request, tenant))
        step = request.POST.get("step", "")
        return redirect(f"onboarding:{step if step in BY_KEY else 'checklist'}", tenant.slug)

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
        return {
            **replays.progress(replays.latest(tenant)),
            "original": tenant,
            "room": reverse("admin:tenants_tenant_replays", args=[tenant.pk]),
            "may_act": request.user.has_perm(Right.ACT),
            "may_start": request.user.has_perm(Right.REPLAY),
        }

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        super().save_model(request, obj, form, change)
        action = "tenant.changed" if change else "tenant.added"
        audit.record(action, obj, tenant_id=obj.pk, actor=request.user, changed=form.changed_data)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        tenant = self.get_object(request, object_id)
        shown = page.shown(request, tenant) if tenant and self.has_view_permission(request, tenant) else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Tenant | None:
        """Read once for a request, which asks for it twice."""
        kept: dict[str, Tenant | None] = request.__dict__.setdefault("tenants_at_desk", {})
        if object_id not in kept:
            kept[object_id] = super().get_object(request, object_id, from_field)
        return kept[object_id]


def _page_of(request: HttpRequest, tenant: Tenant) -> str:
    """Where it was pressed: at a problem of the tenant's, or on its own page."""
    named = request.POST.get("problem", "")
    if named.isdecimal() and len(named) < 19 and Problem.objects.filter(tenant=tenant, pk=named).exists():
        return reverse("admin:onboarding_problem_change", args=[named])
    return reverse("admin:tenants_tenant_change", args=[tenant.pk])
