"""The desk: Django's admin, where Customer Success sees every tenant by a named and logged way."""

from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from .scoping import across_tenants


class Desk(AdminSite):
    site_header = "Appcast onboarding desk"
    site_title = "Onboarding desk"
    index_title = "Tenants and their integrations"
    login = secure_admin_login(AdminSite.login)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Staff see across tenants, inside one transaction, and only with a second factor."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def desk_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if self.has_permission(request) and not has_second_factor(request):
                messages.warning(
                    request, "Staff use two factors: set up an authenticator app or a passkey first."
                )
                return redirect("mfa_index")
            with across_tenants(f"desk of user {request.user.pk}"):
                response: HttpResponse = inner(request, *args, **kwargs)
                return response.render() if isinstance(response, TemplateResponse) else response

        return desk_view


def has_second_factor(request: HttpRequest) -> bool:
    factors = Authenticator.objects.filter(user_id=request.user.pk)
    return bool(factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())
