"""Rows that machines write: staff look at them, search them, and act on them by name, but do not edit them."""

from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet, URLField
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from ..rights import Right

M = TypeVar("M", bound=Model)


class BoundedPaginator(Paginator[M]):
    """Nobody turns to the thousandth page, and to count a million rows takes longer than to show fifty."""

    most: ClassVar[int] = 10_000

    @cached_property
    def count(self) -> int:
        assert isinstance(self.object_list, QuerySet)
        return self.object_list.order_by()[: self.most].count()


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    acting: ClassVar[Right] = Right.ACT
    show_full_result_count = False
    paginator = BoundedPaginator
    list_per_page = 50
    formfield_overrides = {URLField: {"assume_scheme": "https"}}

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *more: Any, **named: Any
    ) -> HttpResponse | None:
        """One tenant after the other: at the end each one's audit trail is held, by all who press in one order."""
        is_owned = any(it.name == "tenant" for it in self.opts.concrete_fields)
        return super().response_action(
            request, queryset.order_by("tenant_id", "pk") if is_owned else queryset
        )

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """What no page shows is not asked for in the address either: letter by letter one would read it."""
        is_hidden = lookup.partition(LOOKUP_SEP)[0] in (self.exclude or ())
        return not is_hidden and super().lookup_allowed(lookup, value, request)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """For actions: who may only look may not press."""
        return request.user.has_perm(self.acting)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False
