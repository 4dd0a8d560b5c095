"""What customers type: each message says what was expected and what came, and no secret goes back to the page."""

from typing import Any

import pytest

from integrations.appcast.conversions import ConversionName
from onboarding.forms import (
    CONVERSION_LABELS,
    FeedForm,
    MappingForm,
    SecretForm,
    TableForm,
)
from onboarding.people_forms import ColleagueForm
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories


def messages(form: Any) -> str:
    return " ".join(message for found in form.errors.values() for message in found)


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("", "Paste the address that Lever copied"),
        ("https://acme.example/jobs", "got “https://acme.example/jobs”"),
        ("https://boards.greenhouse.io/acme", "not of Greenhouse"),
        ("https://hire.lever.co/settings", "such as https://api.lever.co/v0/postings/your-company?mode=xml"),
        ("hello", "got “hello”"),
    ],
)
def test_a_feed_address_that_is_none(pasted: str, expected: str) -> None:
    assert expected in messages(FeedForm("", {"url": pasted}))


def test_a_careers_page_is_understood_as_its_feed() -> None:
    form = FeedForm("", {"url": " https://jobs.lever.co/acme/ "})
    assert form.is_valid()
    assert form.cleaned_data["url"].site == "acme"
    (correction,) = form.cleaned_data["url"].corrections
    assert str(correction) == "We took the feed of the job site that you gave."


def test_a_token_is_never_sent_back() -> None:
    form = SecretForm({"secret": "s3cr3t-token"})
    assert form.is_valid()
    assert "s3cr3t-token" not in form.as_p()


def test_an_empty_token_says_where_it_stands() -> None:
    assert "signature token that Lever shows for this event" in messages(SecretForm({"secret": " "}))


def test_an_empty_table_says_what_to_paste() -> None:
    assert "its name and its id" in messages(TableForm({"table": ""}))


@pytest.mark.parametrize(
    ("email", "expected"), [("", "Give your colleague"), ("kim", "such as kim@example.com")]
)
def test_a_colleague_without_an_address(email: str, expected: str) -> None:
    assert expected in messages(ColleagueForm("feed", User(), {"email": email}))


def test_every_event_that_a_stage_can_mean_is_offered_in_words() -> None:
    assert CONVERSION_LABELS.keys() == set(ConversionName) - {ConversionName.APPLY_COMPLETE}


@pytest.mark.django_db
def test_stages_are_proposed_by_name_and_asked_once(northwind: Tenant) -> None:
    pipelines = [factories.PipelineFactory.create(tenant=northwind, position=place) for place in range(2)]
    for pipeline in pipelines:
        factories.StageFactory.create(tenant=northwind, pipeline=pipeline, external_id="offer", name="Offer")
    with tenant_scope(northwind.pk):
        (_, first, own), (_, second, shared) = MappingForm(pipelines).workflows
        assert [(it.label, it.initial, it.help_text) for it in first] == [
            ('<span translate="no">Offer</span>', "offer", "Proposed by its name")
        ]
        assert (second, own, shared) == ([], 0, 1)
        answered = MappingForm(pipelines, {"stage-offer": "not_reported"})
        assert answered.is_valid()
        assert [answered.decisions_for(it) for it in pipelines] == [{"offer": ""}] * 2


@pytest.mark.django_db
def test_a_stage_without_a_choice_is_named(northwind: Tenant) -> None:
    stage = factories.StageFactory.create(tenant=northwind, name="Team lunch")
    with tenant_scope(northwind.pk):
        form = MappingForm([stage.pipeline], {})
        assert messages(form) == "Choose what “Team lunch” means, or “Not reported”."
