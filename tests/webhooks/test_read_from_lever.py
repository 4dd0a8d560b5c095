"""With the right to read, Lever's own record backs what a webhook says, since the signature does not cover the body."""

import pytest

from integrations.errors import RejectedError
from integrations.lever.client import LeverClient
from integrations.models import Application, Conversion
from sandbox.server import Server
from sandbox.world import recruiting
from sandbox.world.account import Account
from sandbox.world.candidates import Opportunity
from sandbox.world.faults import Fault
from tenants.models import User
from tenants.scoping import across_tenants
from tests.factories import ArchiveReasonFactory
from tests.lever_world import connect, make_due, work_off
from webhooks import processing
from webhooks.models import WebhookEvent

from .happenings import fresh, stored, told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(sandbox: Server, application: Application, alice: User) -> Account:
    return connect(sandbox, application.tenant, alice, key="meridian")


@pytest.fixture
def candidate(account: Account, application: Application) -> Opportunity:
    """In Lever, by our application."""
    opportunity = next(it for it in account.opportunities.values() if not it.archived)
    opportunity.application.id = application.external_id
    opportunity.sources = ["Appcast"]
    return opportunity


def reads(server: Server) -> int:
    return sum(it.path.startswith("/v1/opportunities") for it in server.world.log)


def is_verified(application: Application) -> dict[str, bool]:
    with across_tenants("a test looks"):
        rows = Conversion.objects.filter(application=application)
        return {it.raw_stage_id or it.name: it.is_verified for it in rows}


def test_the_arrival_is_attributed(application: Application, candidate: Opportunity) -> None:
    stored(application, "application_created", opportunity_external_id=candidate.id)
    work_off(WebhookEvent)
    assert fresh(application).is_attributed is True
    assert is_verified(application) == {"apply_complete": True}


def test_another_source_is_seen(application: Application, candidate: Opportunity) -> None:
    candidate.sources = ["Job board"]
    stored(application, "application_created", opportunity_external_id=candidate.id)
    work_off(WebhookEvent)
    assert fresh(application).is_attributed is False


def test_the_record_tells_whose_candidacy_it_is(application: Application, candidate: Opportunity) -> None:
    """A move names no application: Lever's record does."""
    move = stored(
        application,
        "stage_changed",
        opportunity_external_id=candidate.id,
        stage_external_id=candidate.stage_id,
    )
    work_off(WebhookEvent)
    assert fresh(move).status == "processed"
    assert fresh(application).opportunity_external_id == candidate.id


def test_the_record_wins_over_the_body(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    """Somebody repeats a signature with a stage of their own."""
    stored(
        application,
        "stage_changed",
        opportunity_external_id=candidate.id,
        stage_external_id="offer-that-never-was",
    )
    work_off(WebhookEvent)
    assert fresh(application).stage_external_id == candidate.stage_id
    assert is_verified(application) == {"offer-that-never-was": False}


def test_a_hire_that_lever_shows_is_verified(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    reason = account.pipeline.hired_reason
    ArchiveReasonFactory.create(tenant=application.tenant, external_id=reason.id, is_hired=True)
    stored(application, "hired", opportunity_external_id=candidate.id)
    recruiting.hire(sandbox.world, account, candidate.id)
    work_off(WebhookEvent)
    assert is_verified(application) == {"hired": True}


def test_an_archive_that_lever_does_not_show_is_not_believed(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    event = {"opportunity_external_id": candidate.id, "archive_reason_external_id": "made-up"}
    stored(application, "archived", 1, **event)
    work_off(WebhookEvent)
    assert fresh(application).archived_at is None
    recruiting.archive(sandbox.world, account, candidate.id, account.pipeline.archive_reasons[-1].id)
    stored(application, "archived", 2, **event)
    work_off(WebhookEvent)
    assert fresh(application).archived_at is not None


def test_what_is_not_ours_is_read_once(sandbox: Server, application: Application, account: Account) -> None:
    """Most candidates of a customer never came through Appcast, and their events wait for thirty days."""
    stranger = next(iter(account.opportunities.values()))
    event = stored(application, "stage_changed", opportunity_external_id=stranger.id)
    for _ in range(3):
        work_off(WebhookEvent)
        make_due(WebhookEvent)
    now = fresh(event)
    assert (now.status, now.application_external_id) == ("parked", stranger.application.id)
    assert reads(sandbox) == 1


def test_what_lever_does_not_show_us_is_read_once_too(
    sandbox: Server, application: Application, account: Account
) -> None:
    stored(application, "stage_changed", opportunity_external_id="00000000-0000-0000-0000-000000000000")
    for _ in range(3):
        work_off(WebhookEvent)
        make_due(WebhookEvent)
    assert reads(sandbox) == 1


@pytest.mark.parametrize("opportunity", ["00000000-0000-0000-0000-000000000000", "../../v1/users"])
def test_what_lever_does_not_show_is_taken_as_told(
    application: Application, candidate: Opportunity, opportunity: str
) -> None:
    """It may be confidential, or deleted meanwhile."""
    stored(application, "application_created", opportunity_external_id=opportunity)
    work_off(WebhookEvent)
    assert is_verified(application) == {"apply_complete": False}


def test_a_deletion_is_believed_once_lever_has_deleted(
    sandbox: Server, account: Account, application: Application, candidate: Opportunity
) -> None:
    stored(application, "application_created", opportunity_external_id=candidate.id)
    work_off(WebhookEvent)
    deletion = stored(application, "deleted", 1, opportunity_external_id=candidate.id)
    work_off(WebhookEvent)
    assert (fresh(deletion).status, fresh(application).erased_at) == ("received", None)
    recruiting.delete(sandbox.world, account, candidate.id)
    make_due(WebhookEvent)
    work_off(WebhookEvent)
    assert fresh(deletion).status == "processed"
    assert fresh(application).erased_at is not None


@pytest.mark.parametrize("refusal", ["reduced_scopes", "400"])
def test_a_deletion_is_not_believed_by_another_refusal(
    sandbox: Server,
    application: Application,
    candidate: Opportunity,
    refusal: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The candidate may be confidential."""
    stored(application, "application_created", opportunity_external_id=candidate.id)
    work_off(WebhookEvent)
    if refusal == "400":
        monkeypatch.setattr(LeverClient, "opportunity", refused)
    else:
        sandbox.world.faults.order(Fault("reduced_scopes", path_prefix="/v1/opportunities"))
    deletion = stored(application, "deleted", 1, opportunity_external_id=candidate.id)
    work_off(WebhookEvent)
    now = fresh(deletion)
    assert (now.status, now.error_code) == ("received", "webhooks.not_deleted")
    assert fresh(application).erased_at is None


def refused(*_: object) -> None:
    raise RejectedError("lever.refused", "Lever refused this.")


def test_a_deletion_that_lever_denies_is_put_aside(
    application: Application, candidate: Opportunity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processing, "MOST_ATTEMPTS_OF_LOOKING", 1)
    stored(application, "application_created", opportunity_external_id=candidate.id)
    work_off(WebhookEvent)
    deletion = stored(application, "deleted", 1, opportunity_external_id=candidate.id)
    work_off(WebhookEvent)
    now = fresh(deletion)
    assert (now.status, now.outcome) == ("quarantined", "not verified: Lever still has this candidate.")
    assert fresh(application).erased_at is None
    assert told(application) == [("apply_complete", "", "")]
