"""The guesses at a mailed sign-in code.

allauth counts them in the session, where parallel requests overwrite one another's count: of 200 guesses at once
dozens were looked at. Here each takes its turn by one atomic UPDATE, for known and unknown addresses alike.
"""

import hashlib
from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.account.forms import ConfirmLoginCodeForm
from allauth.core import context
from django.conf import settings
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from .models import SignInCode

KEPT_FOR = timedelta(hours=1)


class CountedCodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]
    def clean_code(self) -> str:
        if not take_turn(asked_code(context.request)):
            raise get_adapter().validation_error("too_many_login_attempts")
        code: str = super().clean_code()
        return code


def asked_code(request: HttpRequest) -> str:
    """Which code is guessed at: the session, and the moment at which it asked for one."""
    asked_at = request._login_stage.state["at"]  # type: ignore[attr-defined]
    return hashlib.sha256(f"{request.session.session_key} {asked_at}".encode()).hexdigest()


def take_turn(key: str) -> bool:
    SignInCode.objects.filter(asked_at__lt=timezone.now() - KEPT_FOR).delete()
    SignInCode.objects.bulk_create([SignInCode(key=key)], ignore_conflicts=True)
    left = SignInCode.objects.filter(key=key, attempts__lt=settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS)
    return left.update(attempts=F("attempts") + 1) == 1
