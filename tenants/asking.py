"""How often a code may be asked for: allauth counts by mailbox alone, so a stranger could spend what is a customer's.

Counted are each client's questions for a mailbox, and as a bound of what is mailed there all clients' together: a
stranger alone spends a third of that. It is the same whether the mailbox has an account or not.
"""

from allauth.account.forms import LoginForm, RequestLoginCodeForm
from allauth.core import context
from allauth.core.internal import ratelimit
from django.forms import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

RATES = {"code_for_client": "3/m/key,10/h/key", "code_for_all": "30/h/key"}


def may_ask(request: HttpRequest, email: str) -> bool:
    """Counts this question too, unless there were too many before it."""
    mailbox = email.lower()
    counted_by = {"code_for_client": f"{mailbox} {ratelimit.get_ip(request)}", "code_for_all": mailbox}
    return all(
        ratelimit.consume(request, app="tenants", action=action, config=RATES, key=key)
        for action, key in counted_by.items()
    )


def too_many() -> str:
    return _(
        "Too many codes were asked for. Use the latest one, or ask again later: after a minute as a rule, after an "
        "hour at most."
    )


def _allowed(email: str) -> str:
    if email and not may_ask(context.request, email):
        raise ValidationError(too_many())
    return email


class CodeForm(RequestLoginCodeForm):  # type: ignore[misc]
    def clean_email(self) -> str:
        return _allowed(super().clean_email())


class SignInForm(LoginForm):  # type: ignore[misc]
    """Without a password it asks for a code as well."""

    def clean_login(self) -> str:
        return _allowed(super().clean_login())
