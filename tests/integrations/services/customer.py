"""A tenant that is connected to the sandbox's account of the same name, and what its applicants do."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar, cast

from django.db.models import F, Model

from integrations.models import Application, Connection, Delivery, DeliveryAttempt, Posting, TokenSet
from integrations.services import applications, deliveries, delivery_rows, work
from sandbox.appcast.applications import build_application
from sandbox.server import Server
from sandbox.world.account import Account
from sandbox.world.faults import Fault
from sandbox.world.posting import Posting as OfferedPosting
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.factories import PostingFactory
from tests.lever_world import make_due

M = TypeVar("M", bound=Model)

APPLY = {"path_prefix": "/v1/postings", "method": "POST"}
FORM = {"path_prefix": "/v1/postings", "method": "GET"}
# The seed's postings differ: one asks nothing of its own, one wants a résumé, one has every kind of question.
PLAIN, WITH_RESUME, WITH_QUESTIONS = 3, 1, 9


@dataclass
class Customer:
    server: Server
    tenant: Tenant
    user: User
    account: Account
    _postings: dict[int, Posting] = field(default_factory=dict)

    def offered(self, index: int = PLAIN) -> OfferedPosting:
        return list(self.account.postings.values())[index]

    def posting(self, index: int = PLAIN) -> Posting:
        if index not in self._postings:
            self._postings[index] = PostingFactory.create(
                tenant=self.tenant, external_id=self.offered(index).id
            )
        return self._postings[index]

    def body(self, index: int = PLAIN, **parts: Any) -> bytes:
        """What Appcast Apply posts; `parts` replaces keys at the top, `applicant` is filled up."""
        posting = self.posting(index)
        applicant, answers = parts.pop("applicant", {}), parts.pop("answers", None)
        with_resume = parts.pop("with_resume", True)
        offered = self.offered(index)
        application = build_application(posting.external_id, offered, applicant, answers, with_resume, parts)
        return json.dumps(application).encode()

    def submit(self, index: int = PLAIN, **parts: Any) -> Application:
        return applications.accept(self.tenant, self.body(index, **parts)).application

    def order(self, kind: str, **where: Any) -> None:
        self.server.world.faults.order(Fault(kind, self.account.key, **where))

    def attempt(self) -> Delivery:
        """One try of everything that waits, as if its time had come."""
        make_due(Delivery)
        with tenant_scope(self.tenant.pk):
            Delivery.objects.update(sent_at=F("sent_at") - timedelta(minutes=1))
            ids = list(Delivery.objects.filter(next_attempt_at__isnull=False).values_list("pk", flat=True))
        for pk in ids:
            self.take(pk)
        return self.delivery()

    def take(self, pk: object) -> None:
        """What a worker does with this one, if nobody else has it."""
        claimed = work.claim(Delivery, pk)
        for delivery, whole in delivery_rows.read([claimed] if claimed else []):
            deliveries.attempt(delivery, whole)

    def delivery(self, application: Application | None = None) -> Delivery:
        with tenant_scope(self.tenant.pk):
            rows = Delivery.objects.order_by("pk")
            return cast(Delivery, (rows.filter(application=application) if application else rows).last())

    def application(self) -> Application:
        with tenant_scope(self.tenant.pk):
            return Application.objects.get()

    def tries(self) -> list[tuple[str, str]]:
        with tenant_scope(self.tenant.pk):
            return list(DeliveryAttempt.objects.order_by("pk").values_list("outcome", "error_code"))

    def again(self, row: M) -> M:
        """The row as it is now."""
        with tenant_scope(self.tenant.pk):
            return type(row)._default_manager.get(pk=row.pk)

    def change(self, row: Model, **values: Any) -> None:
        with tenant_scope(self.tenant.pk):
            type(row)._default_manager.filter(pk=row.pk).update(**values)

    def connection(self) -> Connection:
        with tenant_scope(self.tenant.pk):
            return Connection.objects.get()

    def tokens(self) -> TokenSet:
        with tenant_scope(self.tenant.pk):
            return TokenSet.objects.get()

    def posts(self) -> int:
        """Applications that reached Lever's door, whatever it answered."""
        return sum(it.method == "POST" and it.path.endswith("/apply") for it in self.server.world.log)

    def received(self) -> list[Any]:
        """Applications that Lever holds."""
        return self.account.applications
