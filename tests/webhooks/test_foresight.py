"""What a replay would do is known before, as far as our own rows tell; and it is then what happens."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.models import Application, Conversion
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import ApplicationFactory, ArchiveReasonFactory, ConversionFactory, StageMappingFactory
from tests.lever_world import work_off
from webhooks.foresight import Fate, Foresight, foresee
from webhooks.models import WebhookEvent

from .happenings import OPPORTUNITY, fresh, stored, told

AT_REST: dict[str, Any] = {"status": "dead", "next_attempt_at": None}


def foreseen(application: Application) -> Foresight:
    with tenant_scope(application.tenant_id):
        return foresee(WebhookEvent.objects.all())


def mapped(application: Application, conversion: str) -> None:
    StageMappingFactory.create(tenant=application.tenant, stage_external_id="talk", conversion=conversion)


def move(application: Application) -> None:
    stored(application, "stage_changed", stage_external_id="talk", **AT_REST)


def a_reported_move(application: Application) -> None:
    mapped(application, "interview")
    move(application)


def a_silent_move(application: Application) -> None:
    mapped(application, "")
    move(application)


def told_before(application: Application) -> None:
    stored(application, "hired")
    work_off(WebhookEvent)


def a_hire_told_twice(application: Application) -> None:
    ArchiveReasonFactory.create(tenant=application.tenant, external_id="won", is_hired=True)
    stored(application, "hired", **AT_REST)
    stored(application, "archived", archive_reason_external_id="won", **AT_REST)


def found_before(application: Application) -> None:
    """By a look at Lever's own record: the webhook that comes late tells nothing new."""
    event = stored(application, "stage_changed", stage_external_id="talk", **AT_REST)
    ConversionFactory.create(
        tenant=application.tenant,
        application=application,
        key="found",
        raw_stage_id="talk",
        is_caught_up=True,
        occurred_at=event.triggered_at,
        status="ready",
    )


def deleted_before(application: Application) -> None:
    stored(application, "deleted")
    work_off(WebhookEvent)


@pytest.mark.parametrize(
    ("prepare", "fates", "news"),
    [
        (a_reported_move, {"new": 1}, {"interview": 1}),
        (a_silent_move, {"silent": 1}, {}),
        (move, {"held": 1}, {}),
        (told_before, {"told": 1}, {}),
        (found_before, {"told": 1}, {}),
        (a_hire_told_twice, {"new": 1, "told": 1}, {"hired": 1}),
        (lambda it: stored(it, "archived", **AT_REST), {"silent": 1}, {}),
        (lambda it: stored(it, "stage_changed", **AT_REST), {"silent": 1}, {}),
        (lambda it: stored(it, "application_created", **AT_REST), {"new": 1}, {"apply_complete": 1}),
        (lambda it: stored(it, "deleted", **AT_REST), {"erases": 1}, {}),
        (deleted_before, {"silent": 1}, {}),
        (lambda it: stored(it, "hired", opportunity_external_id="x", **AT_REST), {"unknown": 1}, {}),
    ],
)
def test_what_is_foreseen_is_what_happens(
    known: Application,
    prepare: Callable[[Application], object],
    fates: dict[str, int],
    news: dict[str, int],
) -> None:
    prepare(known)
    before = told(known), bool(fresh(known).erased_at)
    foresight = foreseen(known)
    assert (foresight.fates, foresight.news, foresight.looked_at) == (fates, news, sum(fates.values()))
    assert (told(known), bool(fresh(known).erased_at)) == before
    with across_tenants("a test replays"):
        WebhookEvent.objects.update(next_attempt_at="2026-01-01T00:00Z")
    work_off(WebhookEvent)
    with across_tenants("a test looks"):
        sent = Conversion.objects.filter(status="ready").count()
        held = Conversion.objects.filter(status="held").count()
    assert (sent, held) == (len(before[0]) + fates.get("new", 0), fates.get("held", 0))
    assert bool(fresh(known).erased_at) == (before[1] or "erases" in fates)


def test_an_altered_body_is_foreseen_to_stay_aside(known: Application) -> None:
    for _ in range(2):
        stored(known, "hired", key="a" * 64)
    assert foreseen(known).fates == {Fate.NEW: 1, Fate.ASIDE: 1}


def test_of_very_many_the_oldest_are_looked_at(known: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.foresight.MOST_LOOKED_AT", 2)
    for _ in range(3):
        stored(known, "hired")
    assert foreseen(known).looked_at == 2


def test_another_tenants_application_is_not_looked_at(known: Application, southgate: object) -> None:
    theirs = ApplicationFactory.create(tenant=southgate, opportunity_external_id="elsewhere")
    stored(theirs, "hired", opportunity_external_id=OPPORTUNITY, **AT_REST)
    assert foreseen(theirs).fates == {Fate.UNKNOWN: 1}


def test_very_many_are_foreseen_in_as_many_queries_as_few(known: Application) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            move(known)
        with CaptureQueriesContext(connection) as queries:
            foreseen(known)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_application_that_is_named_goes_before_the_candidacys(known: Application) -> None:
    """As processing has it: the other application of the candidacy is not the one that is meant."""
    named = ApplicationFactory.create(tenant=known.tenant, external_id="named")
    stored(known, "deleted", application_external_id="named", **AT_REST)
    stored(known, "deleted", application_external_id="a-recruiters", **AT_REST)
    assert foreseen(known).fates == {Fate.ERASES: 1, Fate.UNKNOWN: 1}
    with across_tenants("a test replays"):
        WebhookEvent.objects.update(next_attempt_at="2026-01-01T00:00Z")
    work_off(WebhookEvent)
    assert [bool(fresh(it).erased_at) for it in (named, known)] == [True, False]
