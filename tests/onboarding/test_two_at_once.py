"""Two tabs or colleagues at one step: nobody overwrites what they did not see, and what is no quarrel is none."""

import re

import pytest
from django.test import Client

from integrations.models import (
    Feed,
    Stage,
    StageMapping,
)
from onboarding.models import PolicyStatement
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.people import browser_of

from .pages import refused, said, text, url

pytestmark = pytest.mark.django_db


SEEN = re.compile(r'name="([\w-]*seen)" value="([^"]+)"')


def seen_on(browser: Client, address: str) -> dict[str, str]:
    return dict(SEEN.findall(browser.get(address).content.decode()))


def test_two_who_confirm_stages_at_once_do_not_overwrite_each_other(
    browser: Client, northwind: Tenant, bob: User
) -> None:
    factories.StageFactory.create(tenant=northwind, external_id="phone", name="Phone screen")
    seen = seen_on(browser, url("stages", northwind))
    said(browser, browser_of(bob).post(url("stages_confirm", northwind), {"stage-phone": "offer", **seen}))
    chosen = {"stage-phone": "interview", **seen}
    answer = browser.post(url("stages_confirm", northwind), chosen)
    page = refused(answer)
    assert f"{bob} confirmed the stages of a workflow" in page
    assert '<option value="interview" selected>' in page
    assert decided_on(northwind) == {"phone": "offer"}
    said(browser, browser.post(url("stages_confirm", northwind), chosen | dict(SEEN.findall(page))))
    assert decided_on(northwind) == {"phone": "interview"}


def test_what_is_asked_for_once_more_is_no_quarrel(browser: Client, northwind: Tenant) -> None:
    factories.StageFactory.create(tenant=northwind, external_id="phone", name="Phone screen")
    chosen = {"stage-phone": "interview", **seen_on(browser, url("stages", northwind))}
    for _ in range(2):
        said(browser, browser.post(url("stages_confirm", northwind), chosen))


def test_what_nobody_changed_is_laid_on_nobody(browser: Client, northwind: Tenant) -> None:
    factories.StageFactory.create(tenant=northwind, external_id="phone", name="Phone screen")
    said(browser, browser.post(url("stages_confirm", northwind), {"stage-phone": "interview"}))
    seen = seen_on(browser, url("stages", northwind))
    with tenant_scope(northwind.pk):
        Stage.objects.update(name="Telephone")
    page = refused(browser.post(url("stages_confirm", northwind), {"stage-phone": "offer", **seen}))
    assert "Since you opened this page something changed." in page
    assert decided_on(northwind) == {"phone": "interview"}


def decided_on(tenant: Tenant) -> dict[str, str]:
    with tenant_scope(tenant.pk):
        return dict(StageMapping.objects.values_list("stage_external_id", "conversion"))


def test_two_who_state_policies_at_once_do_not_overwrite_each_other(
    browser: Client, northwind: Tenant, bob: User
) -> None:
    seen = seen_on(browser, url("policies", northwind))
    answers = {"privacy_policy-is_needed": "no", "terms-is_needed": "no", **seen}
    said(browser, browser_of(bob).post(url("policies", northwind), answers))
    mine = answers | {"terms-is_needed": "yes", "terms-url": "https://www.northwind.example/terms"}
    page = refused(browser.post(url("policies", northwind), mine))
    assert f"{bob} said which links are needed" in page
    assert "https://www.northwind.example/terms" in page
    with tenant_scope(northwind.pk):
        assert not PolicyStatement.objects.filter(is_needed=True).exists()


def test_two_who_give_the_feed_at_once_do_not_overwrite_each_other(
    browser: Client, northwind: Tenant, bob: User
) -> None:
    factories.ConnectionFactory.create(tenant=northwind, site="acme")
    seen = seen_on(browser, url("feed", northwind))
    bobs, proposed = "https://api.lever.co/v0/postings/bobs", "https://api.lever.co/v0/postings/acme?mode=xml"
    said(browser, browser_of(bob).post(url("feed", northwind), {"url": bobs, **seen}))
    page = refused(browser.post(url("feed", northwind), {"url": proposed, **seen}))
    assert f"{bob} confirmed the feed's address" in page
    assert used(northwind) == f"{bobs}?mode=xml"
    again = {"url": proposed} | dict(SEEN.findall(page))
    for _ in range(2):  # the second asks for what holds already
        said(browser, browser.post(url("feed", northwind), again))
    assert used(northwind) == proposed


def used(tenant: Tenant) -> str:
    with tenant_scope(tenant.pk):
        return Feed.objects.get().url


def test_what_was_found_is_confirmed_as_the_page_showed_it(browser: Client, northwind: Tenant) -> None:
    """The field is of the form that each look brings anew, which stands as it is while nothing changes."""
    factories.ConnectionFactory.create(tenant=northwind, site="acme")
    page = text(browser.get(url("feed", northwind)))
    work, live = page.split('id="live"')
    assert re.search(r'name="seen" value="[^"]+" form="found-feed"', work)
    assert 'id="found-feed"' in live
    assert 'name="seen"' not in live


def test_who_removed_a_workflow_meanwhile_is_named(browser: Client, northwind: Tenant, bob: User) -> None:
    stage = factories.StageFactory.create(tenant=northwind, external_id="phone", name="Phone screen")
    other = factories.StageFactory.create(tenant=northwind, external_id="offer", name="Offer")
    seen = seen_on(browser, url("stages", northwind))
    said(browser, browser_of(bob).post(url("stages_remove", northwind, other.pipeline_id)))
    chosen = {f"stage-{stage.external_id}": "offer", **seen}
    assert f"{bob} removed a workflow" in refused(browser.post(url("stages_confirm", northwind), chosen))
