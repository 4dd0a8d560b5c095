from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ..scoping import tenant_scope
from .owned import ScopedManager, TenantOwned
from .tenants import Membership
from .users import User

LONGEST_MESSAGE = 300


class Invitation(TenantOwned):
    """A link sent by mail that makes its reader a member. Only the hash of the link's token is kept."""

    email = models.EmailField()
    role = models.CharField(max_length=8, choices=Membership.Role.choices, default=Membership.Role.OWNER)
    steps = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    message = models.CharField("what the inviter says", max_length=LONGEST_MESSAGE, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ScopedManager["Invitation"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"],
                condition=Q(accepted_at=None, revoked_at=None),
                name="one_live_invitation_per_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.tenant}"

    @property
    def inviter(self) -> User | None:
        """Who can still be asked about it: a member of the tenant yet, or at the desk."""
        by = self.invited_by
        if by is None or by.sees_desk:
            return by
        with tenant_scope(self.tenant_id):
            return by if Membership.objects.filter(user=by, user__is_active=True).exists() else None

    @property
    def can_be_followed(self) -> bool:
        """Its mail went out, and the link in it still opens."""
        return self.is_live and self.sent_at is not None

    @property
    def is_live(self) -> bool:
        return not self.accepted_at and not self.revoked_at and self.expires_at > timezone.now()
