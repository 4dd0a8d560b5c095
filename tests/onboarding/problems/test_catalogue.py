"""Every code: who acts, what to press, how soon, and the rows in which it is found."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from onboarding.models import Problem
from onboarding.problems import KINDS, forwarding
from onboarding.steps import BY_KEY
from tenants.models import Tenant
from tests import factories

from ..rows import codes, open_problem
from .causes import CAUSES

pytestmark = pytest.mark.django_db


def test_every_code_of_the_catalogue_has_a_cause_here() -> None:
    assert CAUSES.keys() == KINDS.keys()


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_code_says_who_acts_what_to_do_and_where(code: str) -> None:
    kind = KINDS[code]
    assert kind.actor in Problem.Actor
    assert kind.title
    assert kind.remedy.endswith(".")
    assert kind.step in {"", *BY_KEY}


@pytest.mark.parametrize("code", sorted(CAUSES))
def test_it_is_found_in_the_rows_that_cause_it(northwind: Tenant, southgate: Tenant, code: str) -> None:
    CAUSES[code](northwind)
    assert codes(northwind) == [code]
    found = open_problem(northwind)
    assert (found.actor, found.status, bool(found.detail)) == (KINDS[code].actor, "open", True)
    assert codes(southgate) == []


@pytest.mark.parametrize("code", sorted(CAUSES))
def test_it_stays_one_row_until_it_is_gone(northwind: Tenant, code: str) -> None:
    CAUSES[code](northwind)
    codes(northwind)
    first = open_problem(northwind)
    assert codes(northwind) == [code]
    again = open_problem(northwind)
    assert (again.pk, again.since) == (first.pk, first.since)
    assert again.last_seen_at > first.last_seen_at


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_code_has_a_threshold_and_a_weight(code: str) -> None:
    kind = KINDS[code]
    assert kind.weighs
    assert kind.takes
    assert timedelta(0) <= kind.within <= timedelta(days=7)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_text_for_the_customer_says_what_to_do_and_where_in_their_language(
    northwind: Tenant, language: str
) -> None:
    northwind.language = language
    northwind.save()
    factories.FormCheckFactory.create(tenant=northwind, status="unsupported")
    codes(northwind)
    text = forwarding.text_of(open_problem(northwind))
    with override(language):
        assert str(KINDS["forms.unsupported"].action) in text
        assert str(KINDS["forms.unsupported"].title) in text
    assert "/t/northwind/forms/" in text
    assert ("Guten Tag" in text) == (language == "de")


def test_of_what_others_mend_the_customer_reads_that_it_is_in_hand(northwind: Tenant) -> None:
    factories.DeliveryFactory.create(tenant=northwind, status="held")
    codes(northwind)
    text = forwarding.text_of(open_problem(northwind))
    assert "You need not do anything: Appcast Customer Success acts." in text
    assert "1 application" not in text


def test_one_persons_intention_is_no_text_for_their_colleagues(northwind: Tenant) -> None:
    factories.DepartureFactory.create(tenant=northwind, status="asked")
    codes(northwind)
    assert forwarding.text_of(open_problem(northwind)) == ""
