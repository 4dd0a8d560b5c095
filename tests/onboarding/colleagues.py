"""Whoever of a tenant was asked for a step."""

from django.utils import timezone

from tenants.invitations import hash_token
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories

KIM = "kim@northwind.example"


def helps(tenant: Tenant, user: User, *steps: str, asked_by: User) -> None:
    with tenant_scope(tenant.pk):
        Membership.objects.filter(user=user).update(steps=list(steps))
    now = timezone.now()
    factories.InvitationFactory.create(
        tenant=tenant, email=user.email, invited_by=asked_by, accepted_at=now, token_hash=hash_token("old")
    )
