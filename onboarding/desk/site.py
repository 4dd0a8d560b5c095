"""The desk of Customer Success: its first page tells who waits on whom, and its runbook what each code means."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_POST, require_safe

from tenants import visits
from tenants.desk import Desk, needs_mail
from tenants.models import User

from . import runbook
from .fleet import fleet


class FleetDesk(Desk):
    index_title = "Who waits, on whom, and for how long"
    index_template = "onboarding/desk/fleet.html"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("runbook/", self.admin_view(require_safe(self.runbook)), name="runbook"),
            path("visit/end/", self.admin_view(require_POST(self.end_visit)), name="end_visit"),
            *super().get_urls(),
        ]

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        told = {"fleet": fleet(), "needs_mail": needs_mail(cast(User, request.user))}
        return super().index(request, {**(extra_context or {}), **told})

    def end_visit(self, request: HttpRequest) -> HttpResponse:
        """Of looking as a customer; back to where it began."""
        return redirect(visits.end(request) or "admin:index")

    def runbook(self, request: HttpRequest) -> HttpResponse:
        context = {**self.each_context(request), "title": "Runbook", "sections": runbook.sections()}
        return render(request, "onboarding/desk/runbook.html", context)
