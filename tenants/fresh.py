"""Proving once more who one is, before what is hard to undo: by a fresh code; staff by their second factor."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from . import asking
from .models import User

FRESH_FOR = timedelta(minutes=10)


def has_just_signed_in(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < FRESH_FOR.total_seconds()


def shown_factors(request: HttpRequest) -> set[int]:
    """The second factors that were shown in this session; they may have been removed since."""
    records = get_authentication_records(request, request.user)
    return {it["id"] for it in records if it["method"] == "mfa" and "id" in it}


@receiver(post_save, sender=Authenticator)
def note_set_up(instance: Authenticator, created: bool, **_: object) -> None:
    """Whoever sets a factor up has just shown it; recovery codes come by themselves."""
    request = context.request
    is_own = request is not None and request.user == instance.user
    if created and is_own and instance.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, instance.user, "mfa", id=instance.pk, type=instance.type)


def by_code(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For who has no second factor that could be asked for."""

    @wraps(view)
    def asked(request: HttpRequest, /, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_anonymous or has_just_signed_in(request) or is_mfa_enabled(request.user):
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('tenants:fresh_code')}?{urlencode({'next': request.path})}")

    return asked


def ask_staff(
    request: HttpRequest, back_to: str, says: str = "Confirm that it is you, then press once more."
) -> HttpResponse:
    """To the page of the second factor, and from there back: what was pressed is pressed again."""
    messages.warning(request, says)
    return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': back_to})}")


def send_code(request: HttpRequest, user: User, back_to: str) -> HttpResponse | None:
    """Signs out and mails a code, which leads back to where they were. None when they asked too often."""
    if not asking.may_ask(request, user.email):
        return None
    logout(request)
    LoginCodeVerificationProcess.initiate(request=request, user=user, email=user.email)
    return redirect(f"{reverse('account_confirm_login_code')}?{urlencode({'next': back_to})}")
