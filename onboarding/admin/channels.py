from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from integrations.addresses import understand
from integrations.errors import IntegrationError
from tenants import audit
from tenants.models import User
from tenants.rights import SEES_DESK, Right

from ..models import Channel

# What was wrong before says nothing of a channel that goes elsewhere, or was switched on again.
MENDS = {"user", "new_address", "is_on"}


class ChannelForm(forms.ModelForm[Channel]):
    """What is kept of an address is not shown again: whoever reads it could write there."""

    new_address = forms.URLField(
        label="Webhook URL",
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
        help_text="Of an outgoing webhook alone. Leave it empty to keep the one that is stored.",
    )

    class Meta:
        model = Channel
        fields = ["user", "kind", "new_address", "is_on", "quiet_from", "quiet_until", "zone"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        address = given.get("new_address")
        if given.get("kind") == Channel.Kind.WEBHOOK and not (address or self.instance.address):
            self.add_error(
                "new_address", "Expected the URL of the webhook, which Slack shows once it is made."
            )
        if address:
            self._check(address)
        self._check_quiet(given.get("quiet_from"), given.get("quiet_until"))
        return given

    def _check_quiet(self, start: int | None, end: int | None) -> None:
        if (start is None) != (end is None):
            self.add_error("quiet_until", "Expected both hours, or neither.")
        elif start is not None and start == end:
            self.add_error("quiet_until", "Expected another hour: from one to the same is no time.")

    def _check(self, address: str) -> None:
        try:
            understand(address)
        except IntegrationError as error:
            self.add_error("new_address", error.message.english)

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("new_address"):
            self.instance.address = self.cleaned_data["new_address"]
        return super().save(commit)


@admin.register(Channel)
class ChannelAdmin(admin.ModelAdmin[Channel]):
    """How each person of Customer Success is told of their tenants; everybody sets their own."""

    form = ChannelForm
    list_display = ["user", "kind", "is_on", "quiet_from", "quiet_until", "zone", "failing_since", "error"]
    list_filter = ["kind", "is_on", ("failing_since", admin.EmptyFieldListFilter)]
    search_fields = ["user__email"]
    list_select_related = ["user"]
    readonly_fields = ["failing_since", "error"]
    fields = [*ChannelForm.Meta.fields, "failing_since", "error"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        return super().get_queryset(request).select_related("user")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(Right.ACT)

    def has_change_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        if request.user.has_perm(Right.STAFF):
            return True
        return request.user.has_perm(Right.ACT) and (obj is None or obj.user_id == request.user.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        """It is switched off, or it would be made anew."""
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            staff = User.objects.filter(SEES_DESK)
            is_all = request.user.has_perm(Right.STAFF)
            kwargs["queryset"] = staff if is_all else staff.filter(pk=request.user.pk or 0)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        assert isinstance(request.user, User)
        if MENDS & set(form.changed_data):
            obj.retry_at = obj.failing_since = None
            obj.error = ""
        super().save_model(request, obj, form, change)
        audit.record(
            "channel.changed", obj, tenant_id=None, actor=request.user, changed=sorted(form.changed_data)
        )
        messages.info(request, "It is tried with the next news.")
