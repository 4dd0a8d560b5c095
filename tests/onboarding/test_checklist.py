"""The list as a whole: what is next, what is left, whether it may go live, and what an override lets pass."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from onboarding.checklist import checklist
from onboarding.evidence import gather
from onboarding.models import LiveRequest, StepOverride
from onboarding.steps import STEPS
from onboarding.trail import last_acts
from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from webhooks import endpoints
from webhooks.models import SigningSecret

from .pages import text, url
from .rows import endpoint, listed, make_ready, told

pytestmark = pytest.mark.django_db


def test_it_begins_with_the_first_step_and_all_minutes(northwind: Tenant) -> None:
    fresh = listed(northwind)
    assert fresh.next
    assert (fresh.next.step.key, fresh.settled, fresh.may_go_live) == ("authorize", 0, False)
    assert fresh.minutes_left == sum(step.minutes for step in STEPS)


def test_what_needs_attention_comes_first(browser: Client, northwind: Tenant) -> None:
    assert "First what needs attention" not in text(browser.get(url("checklist", northwind)))
    factories.ConnectionFactory.create(tenant=northwind)
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    upcoming = listed(northwind).next
    assert upcoming
    assert upcoming.step.key == "forms"
    assert "First what needs attention" in text(browser.get(url("checklist", northwind)))


def test_when_only_others_have_to_act_nothing_is_next(northwind: Tenant) -> None:
    make_ready(northwind)
    factories.LiveRequestFactory.create(tenant=northwind)
    waiting = listed(northwind)
    assert (waiting.next, waiting.settled, waiting.minutes_left) == (None, 7, 0)
    assert not waiting.is_done


def test_how_long_somebody_waits_is_told_from_a_minute_on(northwind: Tenant, browser: Client) -> None:
    make_ready(northwind)
    asked = factories.LiveRequestFactory.create(tenant=northwind)
    page = text(browser.get(url("checklist", northwind)))
    assert "Appcast Customer Success acts" in page
    assert "0\xa0minutes" not in page
    assert "of your attention left" not in page
    with tenant_scope(northwind.pk):
        LiveRequest.objects.filter(pk=asked.pk).update(asked_at=timezone.now() - timedelta(minutes=2))
    assert "Appcast Customer Success acts, for 2\xa0minutes" in text(browser.get(url("checklist", northwind)))


def test_it_may_go_live_once_all_steps_before_are_done(northwind: Tenant) -> None:
    make_ready(northwind)
    assert listed(northwind).may_go_live
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    assert not listed(northwind).may_go_live


def test_what_cannot_start_yet_says_what_is_needed_first_and_is_never_next(northwind: Tenant) -> None:
    fresh = listed(northwind)
    needs = {it.step.key: [step.key for step in it.needs] for it in fresh.entries if it.needs}
    assert needs["rehearsal"] == ["authorize", "feed"]
    assert needs["go-live"] == [step.key for step in STEPS if step.key != "go-live"]
    assert needs.keys() == {"rehearsal", "go-live"}
    for step in STEPS:
        factories.StepOverrideFactory.create(tenant=northwind, step=step.key)
    with tenant_scope(northwind.pk):
        StepOverride.objects.filter(step__in=["forms", "go-live"]).delete()
    waiting = listed(northwind)
    assert [step.key for step in waiting.entry("go-live").needs] == ["forms"]
    assert waiting.next
    assert waiting.next.step.key == "forms"


def test_what_waits_for_others_is_named_when_nothing_waits_for_the_customer(northwind: Tenant) -> None:
    make_ready(northwind)
    assert listed(northwind).awaited is None
    asked = factories.LiveRequestFactory.create(tenant=northwind)
    awaited = listed(northwind).awaited
    assert awaited
    assert (awaited.step.key, awaited.told.at) == ("go-live", asked.asked_at)


def test_nobody_waits_for_zero_minutes(northwind: Tenant) -> None:
    make_ready(northwind)
    asked = factories.LiveRequestFactory.create(tenant=northwind)
    assert listed(northwind).entry("go-live").waited_since is None
    with tenant_scope(northwind.pk):
        LiveRequest.objects.update(asked_at=asked.asked_at - timedelta(minutes=2))
    assert listed(northwind).entry("go-live").waited_since == asked.asked_at - timedelta(minutes=2)


def test_each_step_says_who_did_what_there_last(northwind: Tenant, alice: User, bob: User) -> None:
    with tenant_scope(northwind.pk):
        for actor in (bob, alice, "portal"):
            audit.record("feed.confirmed", "feed 1", tenant_id=northwind.pk, actor=actor)
        audit.record("user.changed", "user 1", tenant_id=northwind.pk, actor=bob)
        acts = last_acts()
        told = checklist(gather(northwind), acts=acts).entry("feed").act
    assert str(told) == "alice@northwind.example confirmed the feed's address"
    assert acts.keys() == {"feed"}


def test_a_member_asked_for_one_step_has_it_alone(northwind: Tenant) -> None:
    member = factories.MembershipFactory.create(tenant=northwind, steps=["webhooks"])
    with tenant_scope(northwind.pk):
        entries = checklist(gather(northwind), member).entries
    assert [it.step.key for it in entries] == ["webhooks"]


def test_an_override_passes_with_reason_author_and_end(northwind: Tenant) -> None:
    carol = factories.UserFactory.create(full_name="Carol Clark")
    override = factories.StepOverrideFactory.create(
        tenant=northwind, author=carol, expires_at=timezone.now() + timedelta(days=14)
    )
    state = told(northwind, "forms")
    assert (state.state, state.at, state.is_settled) == ("overridden", override.created_at, True)
    until = date_format(localtime(override.expires_at), "DATE_FORMAT")
    assert state.says == f"The two jobs are not advertised (Carol Clark, until {until})"


def test_an_override_ends(northwind: Tenant) -> None:
    factories.StepOverrideFactory.create(tenant=northwind, expires_at=timezone.now() - timedelta(seconds=1))
    assert told(northwind, "forms").state == "not_started"


def test_what_is_proved_needs_no_override(northwind: Tenant) -> None:
    make_ready(northwind)
    factories.StepOverrideFactory.create(tenant=northwind)
    assert told(northwind, "forms").state == "done"


def test_a_step_that_waits_for_lever_names_it_once(northwind: Tenant, browser: Client) -> None:
    for kind in endpoints.NEEDED:
        endpoint(northwind, kind)
    with tenant_scope(northwind.pk):
        SigningSecret.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    page = text(browser.get(url("checklist", northwind)))
    row = page.split('data-step="webhooks"')[1].split("</li>")[0]
    assert "Waiting for Lever</" in row
    assert "Lever acts" not in row
    assert "for 3\xa0minutes" in row
