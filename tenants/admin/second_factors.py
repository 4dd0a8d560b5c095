"""What allauth and Django bring to the desk, cut down: a lost second factor is removed here, and nothing is forged."""

# Their pages are there to be replaced once these modules are loaded.
import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from .. import audit, fresh
from ..models import User
from ..rights import Right
from .reading import ReadOnlyAdmin

# An address kept here would open an account to its holder; and no group gives anybody rights.
admin.site.unregister([EmailAddress, Group, Authenticator])


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin[Authenticator]):
    acting = Right.STAFF
    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    search_fields = ["user__email"]
    list_select_related = ["user"]
    exclude = ["data"]
    actions = ["remove"]

    @admin.action(description="Remove: the person sets up a new one", permissions=["act"])
    def remove(self, request: HttpRequest, rows: QuerySet[Authenticator]) -> HttpResponse | None:
        assert isinstance(request.user, User)
        if not fresh.has_just_signed_in(request):
            return fresh.ask_staff(request, request.path)
        for factor in rows:
            audit.record("second_factor.removed", factor.user, tenant_id=None, actor=request.user)
            factor.delete()
        messages.success(request, "Removed. At their next visit they set up a new second factor.")
        return None
