"""A second ATS is a sibling package and one line in `PROVIDERS`: everything else works through the seam."""

import json

import pytest

from integrations.appcast.applications import UnacceptableError
from integrations.models import ArchiveReason, Delivery, Discovery, FeedSync, FormCheck, Posting, Stage
from integrations.providers import PROVIDERS
from integrations.services import applications, connections, feeds, stages
from sandbox.appcast.applications import build_application
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests.lever_world import work_off

from .toy import ToyProvider

pytestmark = pytest.mark.django_db


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, northwind: Tenant, alice: User) -> Tenant:
    """Northwind, connected to the toy."""
    monkeypatch.setitem(PROVIDERS, "toy", f"{ToyProvider.__module__}.provider")
    monkeypatch.setattr(ToyProvider, "applied", [])
    url = connections.begin(northwind, alice, "session", "toy")
    attempt = connections.returned(url.partition("state=")[2], alice, "session", "toy")
    connections.complete(attempt, "code")
    return northwind


def test_its_account_is_read(toy: Tenant) -> None:
    work_off(Discovery)
    with tenant_scope(toy.pk):
        assert {it["state"] for it in Discovery.objects.get().findings.values()} == {"found"}
        assert Stage.objects.get().name == "Workshop interview"
        assert ArchiveReason.objects.get().conversion == "hired"
        (proposed,) = stages.suggestions(Stage.objects.get().pipeline)
    assert proposed.conversion == "interview"


def test_its_feed_and_forms_are_read(toy: Tenant, alice: User) -> None:
    feeds.confirm(toy, feeds.understand(" https://toy.example/toys ", "toy"), alice)
    work_off(FeedSync, FormCheck)
    with tenant_scope(toy.pk):
        sync, posting = FeedSync.objects.get(), Posting.objects.get()
        assert (sync.status, sync.format) == ("done", "toy")
        assert (posting.title, posting.form_check.status) == ("Toymaker", "supported")


def test_its_own_form_refuses_what_does_not_fit(toy: Tenant, alice: User) -> None:
    feeds.confirm(toy, feeds.understand("https://toy.example/toys", "toy"), alice)
    work_off(FeedSync, FormCheck)
    nobody = {"first_name": "", "last_name": "", "full_name": ""}
    body = json.dumps(build_application("toy-job", None, nobody, None, False, {})).encode()
    with pytest.raises(UnacceptableError, match="Your name"):
        applications.accept(toy, body)


@pytest.mark.django_db(transaction=True)
def test_an_application_goes_into_it(toy: Tenant, alice: User) -> None:
    feeds.confirm(toy, feeds.understand("https://toy.example/toys", "toy"), alice)
    work_off(FeedSync, FormCheck)
    body = build_application("toy-job", None, {"full_name": "Ada Adler"}, None, False, {})
    applications.accept(toy, json.dumps(body).encode())
    work_off(Delivery)
    with tenant_scope(toy.pk):
        delivery = Delivery.objects.select_related("application").get()
        assert (delivery.status, str(delivery.error_message)) == ("delivered", "")
        assert delivery.application.external_id == "toy-application-1"
    assert ToyProvider.applied == [{"name": "Ada Adler"}]
