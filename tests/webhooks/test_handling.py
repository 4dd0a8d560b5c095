"""What each event does to an application of ours, without the right to read Lever's records."""

from datetime import timedelta

from django.utils import timezone

from integrations.models import Application, ArchiveReasonReading, Conversion, StageReading
from integrations.services import archive_reasons
from integrations.types import ArchiveReasonRecord
from tenants.models import Tenant
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import (
    FEW_SCOPES,
    ApplicationFactory,
    ApplicationFileFactory,
    ArchiveReasonFactory,
    ConnectionFactory,
    StageFactory,
    StageMappingFactory,
)
from tests.lever_world import work_off
from webhooks.models import WebhookEvent

from .happenings import NOON, OPPORTUNITY, fresh, stored, told


def done(event: WebhookEvent) -> tuple[str, str]:
    work_off(WebhookEvent)
    now = fresh(event)
    assert now.next_attempt_at is None
    return now.status, now.outcome


def test_the_arrival_is_confirmed(application: Application) -> None:
    event = stored(application, "application_created")
    assert done(event) == ("processed", "the application has arrived in the ATS")
    now = fresh(application)
    assert (now.confirmed_at, now.opportunity_external_id, now.is_attributed) == (NOON, OPPORTUNITY, None)
    assert told(application) == [("apply_complete", "", "")]


def test_a_move_is_told_by_the_tenants_own_mapping(known: Application) -> None:
    StageMappingFactory.create(tenant=known.tenant, stage_external_id="talk", conversion="interview")
    event = stored(known, "stage_changed", stage_external_id="talk")
    assert done(event) == ("processed", "moved to another stage")
    assert (fresh(known).stage_external_id, fresh(known).stage_changed_at) == ("talk", NOON)
    assert told(known) == [("interview", "", "talk")]


def test_a_stage_without_a_mapping_is_held_and_never_guessed(known: Application) -> None:
    done(stored(known, "stage_changed", stage_external_id="who-knows"))
    with across_tenants("a test looks"):
        conversion = Conversion.objects.get()
    assert (conversion.status, conversion.name, conversion.next_attempt_at) == ("held", "", None)


def test_a_stage_that_nobody_knows_has_the_stages_read_again_at_once(known: Application) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    connection = ConnectionFactory.create(tenant=known.tenant, scopes=FEW_SCOPES)
    with tenant_scope(known.tenant_id):
        row = StageReading.objects.create(
            tenant=known.tenant, connection=connection, next_attempt_at=tomorrow
        )
    StageFactory.create(tenant=known.tenant, external_id="recorded")
    done(stored(known, "stage_changed", stage_external_id="recorded"))
    assert fresh(row).next_attempt_at == tomorrow
    event = stored(known, "stage_changed", 1, stage_external_id="who-knows", key="b" * 64)
    assert done(event) == ("processed", "moved to a stage that is not known here")
    assert fresh(row).next_attempt_at < tomorrow


def test_a_stage_that_is_not_reported_is_kept_silent(known: Application) -> None:
    StageMappingFactory.create(tenant=known.tenant, stage_external_id="talk", conversion="")
    done(stored(known, "stage_changed", stage_external_id="talk"))
    assert (fresh(known).stage_external_id, told(known)) == ("talk", [])


def test_a_move_to_nowhere_changes_nothing(known: Application) -> None:
    assert done(stored(known, "stage_changed")) == ("processed", "the event names no stage")
    assert fresh(known).stage_external_id == ""


def test_back_and_forth_is_told_each_time(known: Application) -> None:
    for minute, stage in enumerate(("talk", "screen", "talk")):
        done(stored(known, "stage_changed", minute, stage_external_id=stage))
    assert [stage for *_, stage in told(known)] == ["screen", "talk", "talk"]


def test_a_hire_is_told_once_whichever_way_lever_tells_it(known: Application) -> None:
    ArchiveReasonFactory.create(tenant=known.tenant, external_id="won", name="Signed", is_hired=True)
    done(stored(known, "archived", archive_reason_external_id="won"))
    done(stored(known, "hired"))
    assert told(known) == [("hired", "Hired", "")]


def test_an_archived_candidate_is_told_by_the_reason(known: Application) -> None:
    ArchiveReasonFactory.create(tenant=known.tenant, external_id="no", name="Underqualified")
    assert done(stored(known, "archived", archive_reason_external_id="no"))[1] == "archived: Underqualified"
    assert told(known) == [("rejected", "Underqualified", "")]


def test_out_of_the_archive_nothing_is_told(known: Application) -> None:
    assert done(stored(known, "archived")) == ("processed", "taken out of the archive")
    assert told(known) == []


def test_an_archive_for_a_reason_that_nobody_knows_waits_for_its_reading(known: Application) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    connection = ConnectionFactory.create(tenant=known.tenant, scopes=FEW_SCOPES)
    with tenant_scope(known.tenant_id):
        row = ArchiveReasonReading.objects.create(
            tenant=known.tenant, connection=connection, next_attempt_at=tomorrow
        )
    event = stored(known, "archived", archive_reason_external_id="who-knows")
    assert done(event) == ("processed", "archived for a reason that is not known here")
    with across_tenants("a test looks"):
        conversion = Conversion.objects.get()
    assert (conversion.status, conversion.archive_reason_external_id) == ("held", "who-knows")
    assert fresh(row).next_attempt_at < tomorrow
    archive_reasons.keep(known.tenant_id, [ArchiveReasonRecord("who-knows", "Overqualified", False)])
    assert told(known) == [("rejected", "Overqualified", "")]


def test_a_hire_by_a_reason_that_was_not_known_is_told_once(known: Application) -> None:
    done(stored(known, "archived", archive_reason_external_id="who-knows"))
    done(stored(known, "hired"))
    archive_reasons.keep(known.tenant_id, [ArchiveReasonRecord("who-knows", "Signed", True)])
    done(stored(known, "archived", 1, archive_reason_external_id="who-knows"))
    assert told(known) == [("hired", "Hired", "")]


def test_the_first_time_in_the_archive_is_kept_whatever_the_reason(known: Application) -> None:
    for minute, reason in ((3, "who-knows"), (1, "who-knows"), (2, "")):
        done(stored(known, "archived", minute, archive_reason_external_id=reason))
    assert fresh(known).archived_at == NOON + timedelta(minutes=1)


def test_out_of_the_archive_is_not_in_it(known: Application) -> None:
    done(stored(known, "archived"))
    assert fresh(known).archived_at is None


def test_a_deleted_candidate_is_erased_here_too(known: Application) -> None:
    ApplicationFileFactory.create(tenant=known.tenant, application=known)
    assert done(stored(known, "deleted"))[0] == "processed"
    now = fresh(known)
    with across_tenants("a test looks"):
        assert (now.document, now.files.count()) == (b"", 0)
    assert now.erased_at is not None


def test_what_lever_has_not_confirmed_is_marked(known: Application) -> None:
    done(stored(known, "hired"))
    with across_tenants("a test looks"):
        assert Conversion.objects.get().is_verified is False


def test_another_tenants_application_of_the_same_id_is_not_touched(
    known: Application, southgate: Tenant
) -> None:
    """Whoever holds a token of Southgate's cannot speak of Northwind's candidates."""
    theirs = ApplicationFactory.create(tenant=southgate, opportunity_external_id="elsewhere")
    event = stored(theirs, "stage_changed", opportunity_external_id=OPPORTUNITY, stage_external_id="talk")
    work_off(WebhookEvent)
    assert fresh(event).status == "parked"
    assert [fresh(it).stage_external_id for it in (known, theirs)] == ["", ""]


def test_another_application_of_the_same_candidacy_is_not_ours(known: Application) -> None:
    event = stored(known, "application_created", application_external_id="a-recruiter-made-this-one")
    work_off(WebhookEvent)
    assert fresh(event).status == "parked"
    assert fresh(known).confirmed_at is None
