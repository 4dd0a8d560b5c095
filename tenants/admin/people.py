from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from .. import audit, fresh, invitations, members, sessions
from ..models import Invitation, Membership, Tenant, User
from .reading import ReadOnlyAdmin


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """Nobody has a password; who may use the desk is decided here and audited."""

    list_display = ["email", "full_name", "is_staff", "role", "is_active", "last_login"]
    list_filter = ["is_staff", "role", "is_active"]
    search_fields = ["email", "full_name"]
    fields = ["email", "full_name", "language", "is_active", "is_staff", "role", "is_superuser"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Who is no superuser gives no rights, to themselves least of all."""
        return [] if _who(request).is_superuser else ["is_staff", "role", "is_superuser"]

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People are switched off: the audit trail names them."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Rights are not given away by whoever finds a desk unattended."""
        if request.method == "POST" and not fresh.has_just_signed_in(request):
            return fresh.ask_staff(request, request.path)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        audit.record(
            "user.changed",
            obj,
            tenant_id=None,
            actor=_who(request),
            is_staff=obj.is_staff,
            is_active=obj.is_active,
            is_superuser=obj.is_superuser,
            role=obj.role,
            changed=form.changed_data,
        )
        if not obj.is_active:
            sessions.end_all(obj)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin[Membership]):
    list_display = ["user", "tenant", "role", "steps", "joined_at", "seen_at"]
    search_fields = ["user__email", "tenant__name"]
    list_select_related = ["user", "tenant"]
    actions = ["remove"]

    @admin.action(description="Remove from the tenant", permissions=["act"])
    def remove(self, request: HttpRequest, rows: QuerySet[Membership]) -> HttpResponse | None:
        """Customer Success may remove the last owner too: they are asked when nobody else is left."""
        if not fresh.has_just_signed_in(request):
            return fresh.ask_staff(request, request.get_full_path())
        for membership in rows:
            members.remove(membership, _who(request), may_be_last=True)
        messages.success(request, "Removed. They see nothing of the tenant any more.")
        return None


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin[Invitation]):
    list_display = [
        *["email", "tenant", "state", "role", "steps"],
        *["sent_at", "expires_at", "accepted_at", "revoked_at"],
    ]
    search_fields = ["email", "tenant__name"]
    list_select_related = ["tenant"]
    exclude = ["token_hash"]
    actions = ["revoke", "send_again"]

    @admin.display(description="state")
    def state(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return "accepted"
        if invitation.revoked_at:
            return "revoked"
        if not invitation.is_live:
            return "expired"
        return "waits" if invitation.sent_at else "not mailed"

    @admin.action(description="Revoke", permissions=["act"])
    def revoke(self, request: HttpRequest, rows: QuerySet[Invitation]) -> None:
        for invitation in rows:
            invitations.revoke(invitation, _who(request))
        messages.success(request, "Revoked: the links no longer open anything.")

    @admin.action(description="Send a new link", permissions=["act"])
    def send_again(self, request: HttpRequest, rows: QuerySet[Invitation]) -> None:
        """What was accepted or revoked stays so, and an ended tenant invites nobody."""
        still_open = rows.select_related("tenant").filter(accepted_at=None, revoked_at=None)
        chosen = list(still_open.exclude(tenant__status=Tenant.Status.OFFBOARDED))
        for invitation in chosen:
            invitations.invite(invitation.tenant, invitations.again(invitation), _who(request))
        messages.success(request, f"{len(chosen)} of {len(rows)} sent again; the links before are revoked.")


def _who(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
