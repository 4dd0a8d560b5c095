"""The page behind an invitation's link. Opening it changes nothing, since mail scanners open links; its button does."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from . import asking, fresh, invitations, offers, sessions
from .models import Invitation, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = invitations.find(token)
    if found is None or not found.is_live:
        return spent(request, found, token)
    if request.method != "POST":
        return render(
            request, "tenants/invitation.html", {"invitation": found, "offer": offers.offer_of(found)}
        )
    try:
        accepted = invitations.accept(found)
    except invitations.InvitationError:  # somebody was faster, between the look and the press
        return spent(request, invitations.find(token), token)
    return welcome(request, found, accepted)


def spent(request: HttpRequest, found: Invitation | None, token: str) -> HttpResponse:
    has_left = found is not None and found.accepted_at is not None and not invitations.has_place(found)
    is_replaced = found is not None and found.revoked_at is not None and invitations.is_replaced(found)
    context = {"invitation": found, "token": token, "has_left": has_left, "is_replaced": is_replaced}
    return render(request, "tenants/invitation_spent.html", context, status=410)


def welcome(request: HttpRequest, found: Invitation, accepted: invitations.Accepted) -> HttpResponse:
    target = reverse("onboarding:checklist", args=[found.tenant.slug])
    if request.user == accepted.user:
        return redirect(target)
    if accepted.is_new:
        login(request, accepted.user, backend=BACKEND)
        return redirect(target)
    # The link opens one tenant; an account that may hold more is opened by a fresh code alone.
    logout(request)
    messages.info(
        request,
        _("You have joined %(company)s. Sign in as %(email)s to go on.")
        % {"company": found.tenant.name, "email": found.email},
    )
    return redirect(f"{reverse('account_request_login_code')}?next={target}")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Kept in this browser, and with the account of who is signed in."""
    chosen = request.POST.get("language", "")
    if isinstance(request.user, User) and chosen in dict(settings.LANGUAGES):
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    return set_language(request)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sessions_page(request: HttpRequest) -> HttpResponse:
    """Where the reader is signed in. The session of the page itself is ended by signing out."""
    assert isinstance(request.user, User)
    own_key = request.session.session_key
    if request.method != "POST":
        visits = sessions.of_user(request.user, own_key)
        return render(request, "tenants/sessions.html", {"visits": visits})
    handle = request.POST.get("session", "")
    ended = sessions.end(request.user, handle) if handle else sessions.end_all(request.user, but=own_key)
    said = ngettext("Signed out on %(count)d device.", "Signed out on %(count)d devices.", ended)
    messages.success(request, said % {"count": ended})
    return redirect("tenants:sessions")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def fresh_code(request: HttpRequest) -> HttpResponse:
    """Signs in once more by a code, which leads on to where they wanted to go."""
    assert isinstance(request.user, User)
    asked = request.POST.get("next") or request.GET.get("next", "")
    target = asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else reverse("mfa_index")
    if request.method != "POST":
        return render(request, "tenants/fresh_code.html", {"target": target})
    sent = fresh.send_code(request, request.user, target)
    if sent is None:
        messages.error(request, asking.too_many())
    return sent or redirect("mfa_index")


@require_POST
def renew_invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = invitations.find(token)
    try:
        if found:
            invitations.renew(found)
    except invitations.InvitationError as error:
        messages.error(request, str(error))
    else:
        if found is None:  # no other answer tells whether there is such a link
            messages.success(request, _("If the link was ours, a new one is on its way to the same mailbox."))
    return redirect("tenants:invitation", token=token)
