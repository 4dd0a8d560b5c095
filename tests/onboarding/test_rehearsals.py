"""A test application on its way through the portal, Lever (the sandbox) and back, each part proved by rows."""

import pytest
from django.urls import reverse
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from integrations.errors import ConfigurationError
from integrations.models import Application, Delivery, FormCheck
from integrations.services import feeds
from onboarding import rehearsals
from onboarding.checklist import checklist
from onboarding.evidence import gather
from onboarding.models import Rehearsal
from onboarding.steps.rehearsal_part import NAME
from onboarding.steps.rehearsal_parts import progress
from sandbox.server import Server
from sandbox.world import recruiting
from sandbox.world.account import Account
from sandbox.world.faults import Fault
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.lever_world import connect, lift_limits, make_due, work_off
from tests.people import browser_of

from .lever import settle

TITLES = [
    *("Accepted", "Delivered into Lever", "Confirmed by Lever's webhook", "Attributed"),
    *("Reported to Appcast", "Moved to another stage", "Stage reported to Appcast"),
    "Test candidate archived",
]


def parts(tenant: Tenant) -> dict[str, str]:
    with tenant_scope(tenant.pk):
        evidence = gather(tenant)
        assert evidence.rehearsal
        told = progress(evidence.rehearsal, evidence)
    assert [it.title for it in told] == TITLES
    assert all(it.seconds is not None and it.seconds >= 0 for it in told if it.state == "proved")
    return {it.title: it.state for it in told}


def move(sandbox: Server, account: Account, stage: str) -> None:
    candidate = next(it for it in account.opportunities.values() if it.application.name == NAME)
    recruiting.move(sandbox.world, account, candidate.id, stage)
    settle(sandbox)


@pytest.mark.django_db(transaction=True)
def test_every_part_is_proved_once_it_has_happened(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    rehearsals.start(northwind, alice)
    assert list(parts(northwind).values()) == ["proved", *["waiting"] * 7]
    settle(sandbox)
    assert list(parts(northwind).values()) == [*["proved"] * 5, *["waiting"] * 3]
    move(sandbox, account, "Phone screen")
    make_due(Rehearsal)
    settle(sandbox)
    assert set(parts(northwind).values()) == {"proved"}
    assert {it.is_test for it in stored_applications(northwind)} == {True}


@pytest.mark.django_db(transaction=True)
def test_its_record_can_be_downloaded_and_the_one_before_it_too(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    first = rehearsals.start(northwind, alice)
    settle(sandbox)
    move(sandbox, account, "Phone screen")
    make_due(Rehearsal)
    settle(sandbox)
    latest = rehearsals.start(northwind, alice)
    browser = browser_of(alice)
    page = browser.get(reverse("onboarding:rehearsal", args=[northwind.slug])).content.decode()
    addresses = [
        reverse("onboarding:rehearsal_record", args=[northwind.slug, it.pk]) for it in (first, latest)
    ]
    assert all(address in page for address in addresses)
    told, unfinished = (browser.get(address).json() for address in addresses)
    assert [it["title"] for it in told["parts"]] == TITLES
    assert {it["state"] for it in told["parts"]} == {"proved"}
    assert told["seconds"] == max(it["seconds_after_start"] for it in told["parts"][:-1])
    assert (told["went_the_whole_way"], unfinished["went_the_whole_way"]) == (True, False)
    assert told["started_by"] == str(alice)
    assert "@" not in str(told["parts"])


def stored_applications(tenant: Tenant) -> list[Application]:
    with tenant_scope(tenant.pk):
        return list(Application.objects.all())


@pytest.mark.django_db(transaction=True)
def test_a_stage_that_is_not_reported_asks_to_be_moved_on(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    rehearsals.start(northwind, alice)
    settle(sandbox)
    move(sandbox, account, "New lead")
    with tenant_scope(northwind.pk):
        state = checklist(gather(northwind)).entry("rehearsal").told
        told = progress(Rehearsal.objects.get(), gather(northwind))[-2]
    assert (state.state, state.actor) == ("in_progress", "customer")
    assert "The stage that it is in is not reported." in told.says


@pytest.mark.django_db(transaction=True)
def test_with_few_permissions_the_source_is_said_not_to_be_proved(
    portal: LiveServer, sandbox: Server, northwind: Tenant, alice: User, settings: Settings
) -> None:
    settings.LEVER_SCOPES = factories.FEW_SCOPES
    account = connect(sandbox, northwind, alice)
    lift_limits(sandbox)
    account.is_feed_on = True
    feeds.confirm(northwind, feeds.understand(f"{sandbox.url}/v0/postings/northwind?mode=xml"), alice)
    work_off()
    rehearsals.start(northwind, alice)
    work_off()
    told = parts(northwind)
    assert (told["Delivered into Lever"], told["Attributed"]) == ("proved", "unprovable")
    assert told["Confirmed by Lever's webhook"] == "waiting"
    assert told["Test candidate archived"] == "unprovable"


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_needs_a_person_has_failed(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    rehearsals.start(northwind, alice)
    with tenant_scope(northwind.pk):
        Delivery.objects.update(status=Delivery.Status.HELD, error_message="Lever refused it.")
        told = progress(Rehearsal.objects.get(), gather(northwind))[1]
    assert (told.state, told.says) == ("failed", "Lever refused it.")


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_is_tried_again_says_why_it_waits(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    sandbox.world.faults.order(Fault("500", path_prefix="/v1/postings"))
    rehearsals.start(northwind, alice)
    work_off(Delivery)
    with tenant_scope(northwind.pk):
        told = progress(Rehearsal.objects.get(), gather(northwind))[1]
    assert told.state == "waiting"
    assert "Lever" in told.says


@pytest.mark.django_db(transaction=True)
def test_a_second_one_does_not_begin_while_one_runs_unless_it_ends_that(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    first = rehearsals.start(northwind, alice)
    settle(sandbox)
    with pytest.raises(ConfigurationError, match="still running: another one would put a second"):
        rehearsals.start(northwind, alice)
    second = rehearsals.start(northwind, alice, ends=first.pk)
    with pytest.raises(ConfigurationError):
        rehearsals.start(northwind, alice, ends=first.pk)
    with tenant_scope(northwind.pk):
        Delivery.objects.filter(application=second.application).update(status=Delivery.Status.HELD)
    assert rehearsals.start(northwind, alice) != second


@pytest.mark.django_db(transaction=True)
def test_the_page_names_the_job_then_the_candidate_and_offers_no_second_start(
    sandbox: Server, account: Account, northwind: Tenant, alice: User
) -> None:
    browser, address = browser_of(alice), reverse("onboarding:rehearsal", args=[northwind.slug])
    with tenant_scope(northwind.pk):
        job = rehearsals.job_of_next()
    assert job
    page = browser.get(address).content.decode()
    assert f'The job will be <strong translate="no">{job.title}</strong>.' in page
    rehearsal = rehearsals.start(northwind, alice)
    settle(sandbox)
    candidate = next(it for it in account.opportunities.values() if it.application.name == NAME)
    page = browser.get(address).content.decode()
    assert f'href="{sandbox.url}/candidates/{candidate.id}"' in page
    assert candidate.application.email in page
    assert "Start another rehearsal" not in page
    browser.post(reverse("onboarding:rehearsal_start", args=[northwind.slug]), {"ends": rehearsal.pk})
    with tenant_scope(northwind.pk):
        assert Rehearsal.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("status", [FormCheck.Status.UNCHECKED, FormCheck.Status.UNSUPPORTED])
def test_without_a_job_that_can_be_asked_it_does_not_begin(
    northwind: Tenant, alice: User, status: FormCheck.Status
) -> None:
    factories.FormCheckFactory.create(tenant=northwind, status=status, form=None)
    with pytest.raises(ConfigurationError, match="one published job whose form"):
        rehearsals.start(northwind, alice)
    assert stored_applications(northwind) == []
