"""Companies and their people; what every row of a company shares."""

import hashlib
import uuid
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from tenants.models import (
    Invitation,
    Membership,
    Tenant,
    User,
)
from tenants.scoping import tenant_scope


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@mail.example")


class TenantFactory(DjangoModelFactory[Tenant]):
    class Meta:
        model = Tenant

    name = factory.Sequence(lambda n: f"Company {n}")
    slug = factory.Sequence(lambda n: f"company-{n}")
    client_id = factory.Sequence(lambda n: f"client-{n}")
    ent_id = factory.Sequence(lambda n: f"ent-{n}")


class OwnedFactory(DjangoModelFactory[Any]):
    """`tenant` comes from the row it belongs to, or is made."""

    class Meta:
        abstract = True

    tenant = factory.SubFactory(TenantFactory)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        with tenant_scope(kwargs["tenant"].pk):
            return super()._create(model_class, *args, **kwargs)


class MembershipFactory(OwnedFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = Membership.Role.OWNER


class InvitationFactory(OwnedFactory):
    class Meta:
        model = Invitation

    email = factory.Sequence(lambda n: f"invited{n}@mail.example")
    token_hash = factory.LazyFunction(lambda: hashlib.sha256(uuid.uuid4().bytes).hexdigest())
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))
    sent_at = factory.LazyFunction(timezone.now)
