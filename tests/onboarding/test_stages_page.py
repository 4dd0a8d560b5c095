"""Stages and what they mean: pasted, read, confirmed, changed in Lever; bad input loses nothing."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from integrations.models import (
    Application,
    ArchiveReason,
    Connection,
    Conversion,
    Pipeline,
    Stage,
    StageMapping,
)
from onboarding import problems
from onboarding.models import Problem
from sandbox.server import Server
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.lever_world import connect

from .pages import refused, said, text, url
from .rows import drifted, endpoint, make_ready, refused_by_lever, told

pytestmark = pytest.mark.django_db


TABLE = "Engineering\nPhone screen\t67c97049-1e8f-4e83-8eb3-774a1ea86cdf\nOffer\toffer\n"


def stages_of(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return [
            f"{it.pipeline}: {it.name} {it.external_id}" for it in Stage.objects.select_related("pipeline")
        ]


def test_a_pasted_table_is_shown_before_it_is_kept(browser: Client, northwind: Tenant) -> None:
    page = text(browser.post(url("stages_table", northwind), {"table": TABLE}))
    assert ("This is how we understood it" in page, "Keep these 2 stages" in page) == (True, True)
    assert stages_of(northwind) == []
    said(browser, browser.post(url("stages_table", northwind), {"table": TABLE, "keep": "1"}))
    assert stages_of(northwind) == [
        "Engineering: Phone screen 67c97049-1e8f-4e83-8eb3-774a1ea86cdf",
        "Engineering: Offer offer",
    ]


@pytest.mark.parametrize("keep", [{}, {"keep": "1"}])
@pytest.mark.parametrize("pasted", ["", "We have no ids, sorry\nReally", "<b>bold</b>"])
def test_a_table_without_stages_is_refused_and_stays_in_its_field(
    browser: Client, northwind: Tenant, pasted: str, keep: dict[str, str]
) -> None:
    answer = browser.post(url("stages_table", northwind), {"table": pasted, **keep})
    page = refused(answer)
    assert pasted in page
    assert "<b>bold</b>" not in answer.content.decode()
    assert stages_of(northwind) == []


def test_a_line_that_was_not_understood_is_named_with_what_was_expected(
    browser: Client, northwind: Tenant
) -> None:
    page = text(browser.post(url("stages_table", northwind), {"table": f"{TABLE}Screen\tCall"}))
    assert "1 line was not understood and is left out" in page
    said_at = page.index("there is no id in this line")
    assert page.index("Line 4") < said_at < page.index("Keep these 2 stages")


def test_one_stage_alone_is_kept_as_one(browser: Client, northwind: Tenant) -> None:
    page = text(browser.post(url("stages_table", northwind), {"table": "Offer\toffer"}))
    assert "Keep this stage" in page


def test_stages_that_lever_refuses_to_tell_are_recorded_by_hand(browser: Client, northwind: Tenant) -> None:
    assert "Once Lever is authorized we read your stages here." in text(browser.get(url("stages", northwind)))
    refused_by_lever(northwind, "stages")
    page = text(browser.get(url("stages", northwind)))
    assert "Lever does not let us read your stages. Record them here by hand." in page
    assert "Once Lever is authorized" not in page
    assert page.count('<details class="panel" open>') == 1


def test_a_stage_of_several_workflows_is_said_to_be_asked_once(browser: Client, northwind: Tenant) -> None:
    for place in range(2):
        pipeline = factories.PipelineFactory.create(tenant=northwind, position=place)
        factories.StageFactory.create(tenant=northwind, pipeline=pipeline, external_id="offer", name="Offer")
    page = text(browser.get(url("stages", northwind)))
    assert page.count("1 stage of this workflow is asked above already") == 1


def test_ids_that_lever_does_not_know_are_named(
    browser: Client, northwind: Tenant, alice: User, sandbox: Server
) -> None:
    connect(sandbox, northwind, alice)
    page = said(browser, browser.post(url("stages_table", northwind), {"table": TABLE, "keep": "1"}))
    assert "Lever does not know 67c97049-1e8f-4e83-8eb3-774a1ea86cdf." in page


def test_confirming_decides_on_all_stages_at_once(browser: Client, northwind: Tenant) -> None:
    stage = factories.StageFactory.create(tenant=northwind, external_id="phone", name="Phone screen")
    factories.StageFactory.create(tenant=northwind, external_id="lunch", name="Team lunch")
    chosen = {"stage-phone": "interview", "stage-lunch": "not_reported"}
    said(browser, browser.post(url("stages_confirm", northwind), chosen))
    with tenant_scope(northwind.pk):
        decided = dict(StageMapping.objects.values_list("stage_external_id", "conversion"))
        assert Pipeline.objects.get(pk=stage.pipeline_id).confirmed_by is not None
    assert decided == {"phone": "interview", "lunch": ""}
    assert told(northwind, "stages").state == "done"


@pytest.mark.parametrize("lunch", [None, "party"])
def test_a_missing_or_strange_choice_is_refused_and_the_others_stay(
    browser: Client, northwind: Tenant, lunch: str | None
) -> None:
    factories.StageFactory.create(tenant=northwind, external_id="phone", name="Phone screen")
    factories.StageFactory.create(tenant=northwind, external_id="lunch", name="Team lunch")
    chosen = {"stage-phone": "assessment", **({"stage-lunch": lunch} if lunch else {})}
    page = refused(browser.post(url("stages_confirm", northwind), chosen))
    assert '<option value="assessment" selected>' in page
    with tenant_scope(northwind.pk):
        assert not StageMapping.objects.exists()


def test_without_its_webhooks_the_page_says_what_appcast_does_not_hear(
    browser: Client, northwind: Tenant
) -> None:
    factories.PipelineFactory.create(tenant=northwind)
    endpoint(northwind, "hired")
    assert "set up too: Candidate Archive State Change." in text(browser.get(url("stages", northwind)))
    endpoint(northwind, "archived")
    page = text(browser.get(url("stages", northwind)))
    assert "set up too" not in page
    assert "we follow them by the webhooks" in page


@pytest.fixture
def archived(northwind: Tenant) -> Conversion:
    """Held for a reason that nobody knows, on a candidate whose page in Lever is known."""
    factories.ConnectionFactory.create(tenant=northwind)
    application = factories.ApplicationFactory.create(tenant=northwind, opportunity_external_id="candidacy-1")
    long_ago = {"received_at": timezone.now() - timedelta(hours=2), "next_attempt_at": None}
    held = {"status": "held", "name": "", "archive_reason_external_id": "who-knows", **long_ago}
    made: Conversion = factories.ConversionFactory.create(tenant=northwind, application=application, **held)
    return made


def test_what_an_archive_reason_means_is_asked_and_reported(
    browser: Client, northwind: Tenant, archived: Conversion
) -> None:
    page = text(browser.get(url("stages", northwind)))
    assert "What do these archive reasons mean?" in page
    assert "candidacy-1" in page
    page = said(browser, browser.post(url("stages_reasons", northwind), {"reason-who-knows": "withdrawn"}))
    assert "What do these archive reasons mean?" not in page
    with tenant_scope(northwind.pk):
        assert Conversion.objects.get().name == "withdrawn"


def test_the_candidate_who_shows_an_archive_reason_is_linked_where_the_account_lives(
    browser: Client, northwind: Tenant, archived: Conversion, settings: Settings
) -> None:
    settings.LEVER_APP_URL = "https://hire.lever.co"
    for region, host in (("global", "hire.lever.co"), ("eu", "hire.eu.lever.co")):
        with tenant_scope(northwind.pk):
            Connection.objects.update(region=region)
        page = text(browser.get(url("stages", northwind)))
        assert f'<a href="https://{host}/candidates/candidacy-1" rel="noreferrer">' in page


def test_an_archive_reason_of_a_candidate_that_is_not_known_has_no_link(
    browser: Client, northwind: Tenant, archived: Conversion
) -> None:
    with tenant_scope(northwind.pk):
        Application.objects.update(opportunity_external_id="")
    page = text(browser.get(url("stages", northwind)))
    assert "What do these archive reasons mean?" in page
    assert "See one of these candidates in Lever" not in page


@pytest.mark.parametrize(("choice", "status"), [("", 302), ("offer", 422)])
def test_what_is_not_said_of_an_archive_reason_stays_asked(
    browser: Client, northwind: Tenant, archived: Conversion, choice: str, status: int
) -> None:
    answer = browser.post(url("stages_reasons", northwind), {"reason-who-knows": choice})
    assert answer.status_code == status
    with tenant_scope(northwind.pk):
        assert Conversion.objects.get().status == "held"
        assert not ArchiveReason.objects.exists()


def test_confirmed_stages_are_listed_with_what_appcast_is_told(browser: Client, northwind: Tenant) -> None:
    factories.StageFactory.create(tenant=northwind, external_id="phone", name="Phone screen")
    said(browser, browser.post(url("stages_confirm", northwind), {"stage-phone": "interview"}))
    page = text(browser.get(url("stages", northwind)))
    assert re.search(
        r"<th scope=\"row\" translate=\"no\">Phone screen</th>\s*"
        r"<td data-label=\"What Appcast is told\">Interview</td>\s*"
        r"<td data-label=\"Stage ID\"><code>phone</code></td>",
        page,
    )


def test_workflows_that_were_read_meanwhile_are_offered_without_taking_the_page_away(
    browser: Client, northwind: Tenant
) -> None:
    assert "show them" not in text(browser.get(url("stages", northwind), {"shown": "0"}))
    factories.StageFactory.create(tenant=northwind)
    assert "show them" in text(browser.get(url("stages", northwind), {"shown": "0"}))
    for shown in ("1", "", "many", "9" * 50):
        assert "show them" not in text(browser.get(url("stages", northwind), {"shown": shown}))


def test_a_workflow_can_be_removed_and_another_tenants_cannot(
    browser: Client, northwind: Tenant, southgate: Tenant
) -> None:
    own, theirs = (factories.PipelineFactory.create(tenant=it) for it in (northwind, southgate))
    assert "is removed" in said(browser, browser.post(url("stages_remove", northwind, own.pk)))
    assert browser.post(url("stages_remove", northwind, theirs.pk)).status_code == 404
    with tenant_scope(southgate.pk):
        assert Pipeline.objects.exists()


def test_of_a_workflow_that_stands_in_lever_nothing_is_reported_instead(
    browser: Client, northwind: Tenant
) -> None:
    stage = factories.StageFactory.create(tenant=northwind, known_at=timezone.now())
    page = text(browser.get(url("stages", northwind)))
    assert f"Report nothing of {stage.pipeline}" in page
    assert f"Remove {stage.pipeline}" not in page
    page = said(browser, browser.post(url("stages_remove", northwind, stage.pipeline_id)))
    assert f"Nothing of “{stage.pipeline}” is reported from now on." in page


def proposal(page: str) -> tuple[list[str], str]:
    lines = re.findall(r'<li>([^<]+) <span class="hint">→ ([^<]+)</span></li>', page)
    return [f"{says} ({becomes})" for says, becomes in lines], re.findall(
        r'name="seen" value="(\w{32})"', page
    )[0]


PROPOSED = [
    "New: Trial shift (Assessment)",
    "Renamed: Phone screen is now First call (Interview)",
    "Not in Lever: Team lunch (dropped here too)",
]


def test_what_changed_in_lever_is_proposed_and_taken_over_by_one_press(
    browser: Client, northwind: Tenant
) -> None:
    pipeline = drifted(northwind)
    lines, seen = proposal(text(browser.get(url("stages", northwind))))
    assert lines == PROPOSED
    problems.diagnose(northwind)
    page = said(browser, browser.post(url("stages_remap", northwind, pipeline.pk), {"seen": seen}))
    assert "The changes of “Drivers” are taken over." in page
    assert told(northwind, "stages").state == "done"
    assert problems.diagnose(northwind) == []


def test_what_is_not_what_the_page_showed_is_not_taken_over(browser: Client, northwind: Tenant) -> None:
    pipeline = drifted(northwind)
    seen = proposal(text(browser.get(url("stages", northwind))))[1]
    with tenant_scope(northwind.pk):
        Stage.objects.filter(external_id="trial").update(name="Rejected")
    page = said(browser, browser.post(url("stages_remap", northwind, pipeline.pk), {"seen": seen}))
    assert "Nothing was applied" in page
    assert told(northwind, "stages").state == "needs_attention"


def test_changes_of_another_tenant_cannot_be_taken_over(
    browser: Client, northwind: Tenant, southgate: Tenant
) -> None:
    theirs = drifted(southgate)
    assert browser.post(url("stages_remap", northwind, theirs.pk), {"seen": "x"}).status_code == 404
    assert "Trial shift" not in text(browser.get(url("stages", northwind)))


def test_the_status_page_proposes_the_same(browser: Client, northwind: Tenant) -> None:
    make_ready(northwind)
    Tenant.objects.filter(pk=northwind.pk).update(status="live", live_at=timezone.now())
    drifted(northwind)
    problems.diagnose(northwind)
    assert proposal(text(browser.get(url("checklist", northwind))))[0] == PROPOSED
    with tenant_scope(northwind.pk):
        detail = str(Problem.objects.get(code="stages.changed").detail)
    changes = "New: Trial shift. Renamed: Phone screen → First call. Not in Lever any more: Team lunch."
    assert detail == f"Workflow “Drivers”. {changes}"
    with tenant_scope(northwind.pk):
        Stage.objects.filter(external_id__in=["trial", "phone", "lunch"]).delete()
    assert detail not in text(browser.get(url("checklist", northwind))), (
        "a problem shows while its cause is there"
    )


def queries_of(browser: Client, address: str, **headers: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(address, headers=headers).status_code == 200
    return [it["sql"] for it in queries]


def test_however_many_workflows_there_are_their_stages_are_read_alike(
    browser: Client, northwind: Tenant, bob: User
) -> None:
    counts = []
    for more in (2, 5):
        for _ in range(more):
            pipeline = factories.PipelineFactory.create(
                tenant=northwind, confirmed_at=timezone.now(), confirmed_by=bob
            )
            stage = factories.StageFactory.create(tenant=northwind, pipeline=pipeline)
            factories.StageMappingFactory.create(tenant=northwind, stage_external_id=stage.external_id)
        browser.get(url("stages", northwind))  # notes the visit
        counts.append(len(queries_of(browser, url("stages", northwind))))
    assert counts[0] == counts[1]
