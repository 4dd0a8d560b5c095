"""The desk: Django's admin, where Customer Success sees every tenant by a named and logged way."""

from functools import wraps
from typing import Any, NoReturn, cast

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from . import fresh
from .models import User
from .rights import whom_to_ask
from .scoping import across_tenants


class Desk(AdminSite):
    site_header = "Appcast onboarding desk"
    site_title = "Onboarding desk"
    index_title = "Tenants and their integrations"
    enable_nav_sidebar = False  # the width belongs to the lists

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and cast(User, request.user).sees_desk

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """By code, as everywhere. Django's own form, which asks for a password, is not shown to anybody."""
        response: HttpResponse = open_desk(request)
        return response

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> NoReturn:
        """Nobody has a password."""
        raise Http404

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> NoReturn:
        raise Http404

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Staff see across tenants, inside one transaction, and only with a second factor."""
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        def desk_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_staff and not self.has_permission(request):
                raise PermissionDenied(f"Nobody has given you a role at the desk yet. {whom_to_ask()}")
            asked = ask_for_factor(request) if self.has_permission(request) else None
            if asked:
                return asked
            with across_tenants(f"desk of user {request.user.pk}"):
                response: HttpResponse = inner(request, *args, **kwargs)
                return response.render() if isinstance(response, TemplateResponse) else response

        return desk_view


def needs_mail(user: User) -> bool:
    """Whether they sign in by mailed codes alone: no key of theirs opens the desk by itself."""
    keys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    return not any(it.wrap().is_passwordless for it in keys)


@secure_admin_login  # type: ignore[untyped-decorator]
def open_desk(request: HttpRequest) -> HttpResponse:
    return redirect("admin:index")


def ask_for_factor(request: HttpRequest) -> HttpResponse | None:
    """Staff set a second factor up, and show it in each session: one that began without it knows a mailbox alone."""
    factors = dict(Authenticator.objects.filter(user_id=request.user.pk).values_list("pk", "type"))
    if set(factors.values()) <= {Authenticator.Type.RECOVERY_CODES}:
        messages.warning(request, "Staff use two factors: set up an authenticator app or a passkey first.")
        return redirect("mfa_index")
    if fresh.shown_factors(request).isdisjoint(factors):
        back_to = request.get_full_path() if request.method == "GET" else reverse("admin:index")
        return fresh.ask_staff(request, back_to, "Confirm that it is you by your second factor.")
    return None
