from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.admin.reading import ReadOnlyAdmin
from tenants.models import User
from tenants.rights import Right

from ..desk_api import keys
from ..models import DeskKey


@admin.register(DeskKey)
class DeskKeyAdmin(ReadOnlyAdmin[DeskKey]):
    """With what dashboards read the desk's figures; `manage.py desk_key` issues one."""

    acting = Right.SECRETS
    list_display = ["name", "created_at", "last_used_at", "withdrawn_at"]
    list_filter = [("withdrawn_at", admin.EmptyFieldListFilter)]
    search_fields = ["name"]
    exclude = ["token_hash"]
    actions = ["withdraw"]

    @admin.action(description="Withdraw", permissions=["act"])
    def withdraw(self, request: HttpRequest, rows: QuerySet[DeskKey]) -> None:
        assert isinstance(request.user, User)
        for row in rows:
            keys.withdraw(row, request.user)
        messages.success(request, "Withdrawn: they read nothing any more.")
