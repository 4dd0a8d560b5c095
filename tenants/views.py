"""The page behind an invitation's link. Opening it changes nothing, since mail scanners open links; its button does."""

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from . import invitations
from .models import Invitation, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = invitations.find(token)
    if found is None or not found.is_live:
        return render(
            request, "tenants/invitation_spent.html", {"invitation": found, "token": token}, status=410
        )
    if request.method != "POST":
        return render(request, "tenants/invitation.html", {"invitation": found})
    return accept(request, found)


def accept(request: HttpRequest, found: Invitation) -> HttpResponse:
    is_known = User.objects.filter(email=found.email).exists()
    user = invitations.accept(found)
    target = reverse("onboarding:checklist", args=[found.tenant.slug])
    if request.user == user:
        return redirect(target)
    if is_known:  # The link opens one tenant; an account that may hold more is opened by a fresh code alone.
        messages.info(request, f"You have joined {found.tenant.name}. Sign in as {found.email} to go on.")
        return redirect(f"{reverse('account_request_login_code')}?next={target}")
    login(request, user, backend=BACKEND)
    return redirect(target)


@require_POST
def renew_invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = invitations.find(token)
    try:
        if found:
            invitations.renew(found)
    except invitations.InvitationError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "If the link was ours, a new one is on its way to the same mailbox.")
    return redirect("tenants:invitation", token=token)
