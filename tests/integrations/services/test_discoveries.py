"""Reading an account after consent: every part is found, refused with words, or tried again."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.errors import ConfigurationError
from integrations.lever.client import LeverClient
from integrations.models import ArchiveReason, Discovery, Stage
from integrations.services import discoveries, grants
from tenants.models import Tenant
from tenants.phrases import Phrase
from tenants.scoping import tenant_scope
from tests.factories import FEW_SCOPES
from tests.lever_world import work_off

from .customer import Customer

pytestmark = pytest.mark.django_db


def discovery(customer: Customer) -> Discovery:
    with tenant_scope(customer.tenant.pk):
        return Discovery.objects.get()


def once(customer: Customer) -> Discovery:
    customer.change(discovery(customer), next_attempt_at=timezone.now(), leased_until=None)
    discoveries.run(discovery(customer).pk)
    return discovery(customer)


def test_every_part_of_the_account_is_found(customer: Customer) -> None:
    work_off(Discovery)
    found = discovery(customer)
    assert {part: it["state"] for part, it in found.findings.items()} == dict.fromkeys(
        ("account", "postings", "stages", "archive_reasons", "sources", "webhooks"), "found"
    )
    assert found.findings["account"]["site"] == "northwind"
    assert found.findings["postings"]["count"] == 21
    assert (found.status, found.next_attempt_at) == ("done", None)
    connection = customer.connection()
    assert (connection.site, connection.region) == ("northwind", "global")
    with tenant_scope(customer.tenant.pk):
        assert Stage.objects.count() == found.findings["stages"]["count"]
        assert ArchiveReason.objects.filter(is_hired=True).count() == 1


def test_what_the_grant_does_not_allow_is_said(settings: Settings, request: pytest.FixtureRequest) -> None:
    settings.LEVER_SCOPES = FEW_SCOPES
    customer: Customer = request.getfixturevalue("customer")
    work_off(Discovery)
    found = discovery(customer)
    assert found.findings["postings"]["state"] == "found"
    refused = {"state": "refused", "message": "The permission for this was not given."}
    needy = ("stages", "archive_reasons", "sources", "webhooks")
    assert [found.findings[it] for it in needy] == [refused] * 4
    assert found.status == "done"


@pytest.mark.parametrize(
    ("label", "is_known"), [("Appcast", True), ("appcast", False), ("Appcast Apply", False)]
)
def test_the_tenants_own_label_is_looked_for_among_the_sources(
    customer: Customer, monkeypatch: pytest.MonkeyPatch, label: str, is_known: bool
) -> None:
    monkeypatch.setattr(LeverClient, "sources", lambda _: ["Appcast", "Referral"])
    Tenant.objects.filter(pk=customer.tenant.pk).update(source_label=label)
    work_off(Discovery)
    found = discovery(customer).findings["sources"]
    assert (found["label"], found["is_known"], found["count"]) == (label, is_known, 2)


def test_what_lever_itself_forbids_is_said_too(customer: Customer) -> None:
    customer.order("reduced_scopes", path_prefix="/v1/archive_reasons", scopes=frozenset(FEW_SCOPES))
    work_off(Discovery)
    found = discovery(customer).findings["archive_reasons"]
    assert found["state"] == "refused"
    assert "authorize again with all permissions" in found["message"]


def test_why_a_part_is_missing_is_kept_for_readers_of_every_language(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = Phrase("Expected %(hosts)s.", hosts="api.lever.co")

    def refuse(*_: object) -> None:
        raise ConfigurationError("lever.moved", why)

    monkeypatch.setattr(LeverClient, "archive_reasons", refuse)
    work_off(Discovery)
    assert Phrase.parse(discovery(customer).findings["archive_reasons"]["message"]) == why


def test_a_part_that_fails_for_a_moment_is_read_again_and_the_others_are_not(customer: Customer) -> None:
    customer.order("503", path_prefix="/v1/archive_reasons", times_left=1)
    first = once(customer)
    assert first.findings["archive_reasons"]["state"] == "waiting"
    assert (first.status, first.finished_at) == ("running", None)
    assert first.next_attempt_at
    assert first.next_attempt_at > timezone.now()
    reads = len(customer.server.world.log)
    second = once(customer)
    assert (second.status, second.findings["archive_reasons"]["state"]) == ("done", "found")
    assert len(customer.server.world.log) == reads + 1


def test_what_keeps_failing_has_failed_in_the_end(customer: Customer) -> None:
    customer.order("503", path_prefix="/v1/archive_reasons")
    for _ in range(discoveries.MOST_ATTEMPTS):
        last = once(customer)
    assert (last.status, last.next_attempt_at) == ("failed", None)
    assert last.findings["archive_reasons"]["state"] == "failed"
    assert last.findings["stages"]["state"] == "found"


def test_a_grant_that_is_gone_fails_the_reading(customer: Customer) -> None:
    customer.server.world.grants.revoke(customer.account)
    work_off(Discovery)
    assert discovery(customer).status == "failed"


def test_the_progress_can_be_seen_in_between(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []
    real = grants.call

    def call(*given: object) -> object:
        seen.append(set(discovery(customer).findings))
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(grants, "call", call)
    work_off(Discovery)
    assert [len(parts) for parts in seen] == [0, 1, 2, 3, 4, 5]


def test_there_is_one_reading_at_a_time(customer: Customer) -> None:
    connection = customer.connection()
    assert discoveries.start(connection).pk == discoveries.start(connection).pk
    work_off(Discovery)
    assert discoveries.start(connection).findings == {}
