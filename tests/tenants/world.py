"""Two furnished tenants, everybody who may come to their doors, and one request after another that leaves no trace."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from integrations.models import Application, Delivery, Feed, Pipeline
from onboarding.models import Channel, DeskKey, Notice, Rehearsal, Told
from onboarding.notices.letters import token_of
from tenants.invitations import hash_token
from tenants.models import Invitation, Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests.factories import DeskKeyFactory, MembershipFactory, TenantFactory, UserFactory
from tests.people import browser_of
from webhooks import endpoints
from webhooks.models import WebhookEndpoint

from .belongings import Rows, canary, furnish

ROLES = ("anonymous", "owner", "member", "one-step", "foreign", "removed", "staff", "desk", "visitor")
ONE_STEP = "feed"


class World:
    """`northwind` is the tenant that everybody asks for, `southgate` the other tenant's."""

    def __init__(self) -> None:
        self.northwind = TenantFactory.create(name="Northwind canary-of-northwind", slug="northwind")
        self.southgate = TenantFactory.create(name="Southgate canary-of-southgate", slug="southgate")
        self.rows = {tenant.pk: furnish(tenant) for tenant in (self.northwind, self.southgate)}
        for tenant in (self.northwind, self.southgate):
            with tenant_scope(tenant.pk):
                endpoints.of_tenant(tenant)
        self.tokens = {
            tenant.pk: self._invitation_token(tenant) for tenant in (self.northwind, self.southgate)
        }
        self.desk_key = DeskKeyFactory.create()
        self.people = self._people()
        self.browsers = {role: browser_of(user) for role, user in self.people.items()}
        self.cookies = {role: it.cookies.output(header="") for role, it in self.browsers.items()}
        self.act(
            "visitor", "POST", f"/admin/tenants/tenant/{self.northwind.pk}/visit/", data={"reason": "A look"}
        )

    def _people(self) -> dict[str, User | None]:
        staff = [
            UserFactory.create(email=f"{it}@appcast.example", is_staff=True, is_superuser=True) for it in "de"
        ]
        visitor = UserFactory.create(email="v@appcast.example", is_staff=True, role=User.Role.CS)
        for it in (staff[1], visitor):
            Authenticator.objects.create(user=it, type=Authenticator.Type.TOTP, data={})
        return {
            "anonymous": None,
            "owner": self._member(self.northwind, "alice"),
            "member": self._member(self.northwind, "bob", role=Membership.Role.MEMBER),
            "one-step": self._member(self.northwind, "kim", role=Membership.Role.MEMBER, steps=[ONE_STEP]),
            "foreign": self._member(self.southgate, "charlie"),
            "removed": self._removed_member(),
            "staff": staff[0],
            "desk": staff[1],
            "visitor": visitor,
        }

    def _member(self, tenant: Tenant, name: str, **more: Any) -> User:
        user: User = MembershipFactory.create(
            tenant=tenant, user__email=f"{name}@{canary(tenant)}.example", **more
        ).user
        return user

    def _removed_member(self) -> User:
        user = self._member(self.northwind, "rick")
        with tenant_scope(self.northwind.pk):
            Membership.objects.filter(user=user).delete()
        return user

    def _invitation_token(self, tenant: Tenant) -> str:
        token = f"token-of-{tenant.slug}"
        invitation = self.rows[tenant.pk][Invitation]
        invitation.token_hash = hash_token(token)
        with tenant_scope(tenant.pk):
            invitation.save()
        return token

    def ask(self, role: str, method: str, path: str, **more: Any) -> Any:
        """Whatever it changes is undone, in the rows and in the browser."""
        with undone():
            return self.act(role, method, path, **more)

    def act(self, role: str, method: str, path: str, **more: Any) -> Any:
        browser = self.browsers[role]
        browser.cookies = SimpleCookie(self.cookies[role])
        answer = getattr(browser, method.lower())(path, **more)
        answer.whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer

    def path(self, route: str, tenant: Tenant | None = None) -> str:
        """The route's address with the rows of a tenant, Northwind unless another one is given."""
        return path_of(route, self.arguments(route, tenant or self.northwind))

    def arguments(self, route: str, tenant: Tenant) -> dict[str, object]:
        rows = self.rows[tenant.pk]
        return {
            "slug": tenant.slug,
            "endpoint_id": rows[WebhookEndpoint].pk,
            "membership_id": rows[Membership].pk,
            "invitation_id": rows[Invitation].pk,
            "pipeline_id": rows[Pipeline].pk,
            "rehearsal_id": rows[Rehearsal].pk,
            "sender_id": rows[Application].sender_id,
            "application_id": rows[Application].pk,
            "delivery_id": rows[Delivery].pk,
            "key": rows[Feed].key if "feeds/" in route else rows[WebhookEndpoint].key,
            "token": token_of(rows[Notice]) if "notices/" in route else self.tokens[tenant.pk],
            "pk": tenant.pk,
            "object_id": self._row_at_the_desk(route, rows),
            **OTHER_ARGUMENTS,
        }

    def _row_at_the_desk(self, route: str, rows: Rows) -> object:
        label = re.match(r"admin/(\w+)/(\w+)/<path:object_id>", route)
        if not label:
            return 1
        others: Rows = {
            Tenant: self.northwind,
            User: self.people["owner"],
            Authenticator: Authenticator.objects.first(),
            Channel: rows[Told].channel,
            DeskKey: self.desk_key,
        }
        return (others | rows)[apps.get_model(label[1], label[2])].pk


OTHER_ARGUMENTS = {
    "provider": "lever",
    "step_key": ONE_STEP,
    "decision": "send-again",
    "name": "diagnose",
    "content_type_id": 1,
    "app_label": "tenants",
    "url": "nothing-here",
    "uidb36": "1",
}


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def passing_world() -> Iterator[World]:
    with undone():
        yield World()


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Every address that the project answers at, as it is written in the URLconf."""
    for it in (resolver or get_resolver()).url_patterns:
        route = before + str(it.pattern)
        if isinstance(it, URLPattern):
            yield route
        else:
            yield from routes(it, route)


def path_of(route: str, arguments: dict[str, Any]) -> str:
    filled = re.sub(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>", lambda it: str(arguments[it[1] or it[2]]), route)
    return "/" + re.sub(r"[\^$\\]|/\?", "", filled)
