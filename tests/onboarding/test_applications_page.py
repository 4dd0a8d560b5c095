"""The customer's list of applications, and the time line of each: where it stands, what happened, what comes next."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from integrations.models import Application, Delivery
from onboarding.deliveries import listing
from onboarding.deliveries.reasons import REASONS
from onboarding.deliveries.states import State, state_of
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.people import browser_of
from tests.tenants.pages import seen

from . import on_the_way
from .pages import LIVE, text, url
from .test_status_page import go_live

pytestmark = pytest.mark.django_db
PERSONAL = ("Ada", "Adler", "ada@mail.example", "mail.example", "cv.pdf")


def words(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", text(response).split("</header>", 1)[1]).split())


def listed(browser: Client, tenant: Tenant, **asked: Any) -> str:
    return words(browser.get(url("applications", tenant), asked))


def page_of(browser: Client, delivery: Delivery) -> str:
    return words(browser.get(url("application", delivery.tenant, delivery.application_id)))


def jobs(page: str) -> list[str]:
    return re.findall(r"Job-\w+", page)


def test_the_status_leads_to_the_list_and_the_list_to_each(browser: Client, northwind: Tenant) -> None:
    go_live(northwind)
    made = on_the_way.waiting(northwind)
    assert url("applications", northwind) in text(browser.get(url("checklist", northwind)))
    page = text(browser.get(url("applications", northwind)))
    assert url("application", northwind, made.application_id) in page


def test_an_empty_list_says_when_the_first_comes(browser: Client, northwind: Tenant) -> None:
    assert "No application yet." in listed(browser, northwind)
    assert "No application fits this." in listed(browser, northwind, state="held")


@pytest.mark.parametrize(
    ("make", "state"),
    [
        (on_the_way.waiting, "On its way"),
        (on_the_way.tried_again, "On its way Lever does not answer properly."),
        (on_the_way.looked_up, "Not confirmed yet Lever did not confirm; it may have acted."),
        (on_the_way.in_doubt, "Needs a person It may have arrived in Lever"),
        (on_the_way.misfit, "Needs a person The application does not fit the job's form any more"),
        (on_the_way.refused, "Not delivered Lever refused it"),
        (on_the_way.reported, "In Lever"),
    ],
)
def test_each_state_is_told_and_can_be_asked_for(
    browser: Client, northwind: Tenant, make: Callable[[Tenant], Delivery], state: str
) -> None:
    for it in on_the_way.STATES:
        if it is not make:
            it(northwind)
    made = make(northwind)
    with tenant_scope(northwind.pk):
        Application.objects.filter(pk=made.application_id).update(is_test=True)
    assert f"test {made.created_at:%-d %b %Y, %H:%M} {state}" in listed(browser, northwind)
    shown = text(browser.get(url("applications", northwind), {"state": state_of(made)}))
    assert str(made.application_id) in shown
    others = {it.label for it in State} - {state_of(made).label}
    rows = shown.split("<tbody>")[1].split("</tbody>")[0]
    assert not any(it in rows for it in others)


def test_it_is_filtered_by_job_and_days(browser: Client, northwind: Tenant) -> None:
    old, new = (on_the_way.delivery(northwind, title=it) for it in ("Job-old driver", "Job-new Driver"))
    on_the_way.delivery(northwind, title="Job-cook")
    with tenant_scope(northwind.pk):
        Delivery.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))
    assert jobs(listed(browser, northwind, job="driver")) == ["Job-new", "Job-old"]
    assert jobs(listed(browser, northwind, days="7")) == ["Job-cook", "Job-new"]
    assert jobs(listed(browser, northwind, days="7", job=" driver ")) == ["Job-new"]
    assert jobs(listed(browser, northwind, job="100%")) == []
    assert new.created_at


@pytest.mark.parametrize("asked", [{"state": "odd"}, {"days": "9"}, {"before": "x"}, {"after": "9" * 40}])
def test_what_cannot_be_asked_for_shows_everything(
    browser: Client, northwind: Tenant, asked: dict[str, str]
) -> None:
    on_the_way.delivery(northwind, title="Job-cook")
    assert jobs(listed(browser, northwind, **asked)) == ["Job-cook"]


def test_it_is_paged_by_key_and_keeps_its_filters(
    browser: Client, northwind: Tenant, southgate: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "A_PAGE", 2)
    for number in range(5):
        on_the_way.delivery(northwind, title=f"Job-{number}")
        on_the_way.delivery(southgate, title=f"Job-x{number}")
        on_the_way.refused(northwind)
    pages, link = [], "?state=under-way"
    while link:
        page = browser.get(url("applications", northwind) + link)
        pages.append(jobs(words(page)))
        link = next(iter(re.findall(r'rel="next" href="([^"]*)"', text(page))), "")
    assert pages == [["Job-4", "Job-3"], ["Job-2", "Job-1"], ["Job-0"]]
    for expected in (["Job-2", "Job-1"], ["Job-4", "Job-3"]):
        (link,) = re.findall(r'rel="prev" href="([^"]*)"', text(page))
        page = browser.get(url("applications", northwind) + link)
        assert jobs(words(page)) == expected
    assert 'rel="prev"' not in text(page)


def test_however_many_there_are_the_list_asks_as_often(browser: Client, northwind: Tenant) -> None:
    asked = []
    for _ in range(2):
        on_the_way.misfit(northwind)
        on_the_way.reported(northwind)
        listed(browser, northwind)
        with CaptureQueriesContext(connection) as queries:
            listed(browser, northwind)
        asked.append(len(queries))
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (on_the_way.waiting, ["On its way It is handed in at its turn", "Received from Appcast"]),
        (on_the_way.being_sent, ["It is being handed to Lever.", "Being sent 4 answers were sent"]),
        (
            on_the_way.tried_again,
            [
                "On its way It is tried again:",
                "Not sent yet Lever does not answer properly. Lever answered 503.",
            ],
        ),
        (
            on_the_way.looked_up,
            [
                "Not confirmed yet We ask again whether it has arrived:",
                "Sent, and Lever did not confirm it Lever did not confirm; it may have acted. Lever answered 502.",
            ],
        ),
        (
            on_the_way.in_doubt,
            [
                "Needs a person It may have arrived in Lever Lever did not answer, and we may not look there.",
                "Not confirmed: it needs a person Lever did not say whether it arrived",
            ],
        ),
        (
            on_the_way.misfit,
            [
                "Change the question back in Lever, or make it optional.",
                "Check the application forms",
                "Not sent: it needs a person “Resume” must be answered.",
            ],
        ),
        (
            on_the_way.refused,
            [
                "Not delivered Lever refused it Appcast Customer Success looks at it.",
                "Sent, and Lever refused it Lever refused this. Lever answered 400.",
            ],
        ),
        (
            on_the_way.arrived,
            [
                "In Lever Lever's webhook “Application Created” is awaited.",
                "Source in Lever not read",
                "Sent, and Lever took it 4 answers were sent "
                "To Full name, Email, When could you start? Resume PDF, 47.1 KB",
            ],
        ),
        (
            on_the_way.reported,
            [
                "In Lever Nothing is left to do.",
                "Open in Lever",
                "Source in Lever counted as Appcast",
                "Lever confirmed that it arrived By the webhook “Application Created”.",
                "Reported to Appcast: Application completed",
                "Reported to Appcast: Interview In Lever: Phone screen.",
                "It is reported once somebody says what it means. In Lever: Trial shift.",
                "Personal data kept until",
            ],
        ),
        (
            on_the_way.erased,
            ["In Lever Nothing is left to do.", "Personal data erased on our side Their time was over."],
        ),
    ],
)
def test_the_time_line_of_each_state(
    browser: Client, northwind: Tenant, make: Callable[[Tenant], Delivery], expected: list[str]
) -> None:
    factories.ConnectionFactory.create(tenant=northwind)
    page = page_of(browser, make(northwind))
    assert [it for it in expected if it not in page] == []


def test_nothing_personal_is_on_any_of_them(browser: Client, northwind: Tenant) -> None:
    for make in on_the_way.STATES:
        made = make(northwind)
        factories.ApplicationFileFactory.create(tenant=northwind, application=made.application)
        page = page_of(browser, made)
        assert not any(it in page for it in PERSONAL)
        assert "ValidationError" not in page, "details are for staff"


def test_nothing_sealed_is_opened_to_show_them(
    browser: Client, northwind: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = on_the_way.reported(northwind)

    def refuse(*_: object, **__: object) -> bytes:
        raise AssertionError("opened")

    monkeypatch.setattr("integrations.fields.SealedBytesField.from_db_value", refuse)
    listed(browser, northwind)
    page_of(browser, made)


def test_what_a_person_decided_is_told_without_their_name(
    browser: Client, northwind: Tenant, carol: User
) -> None:
    page = page_of(browser, on_the_way.sent_again(northwind, carol))
    assert "Appcast Customer Success sends it again" in page
    assert "carol" not in page


def test_what_was_found_instead_of_told_says_so(browser: Client, northwind: Tenant) -> None:
    made = on_the_way.reported(northwind)
    with tenant_scope(northwind.pk):
        made.application.conversions.filter(key="apply_complete").update(is_caught_up=True)
    assert "Lever confirmed that it arrived Found in Lever's records." in page_of(browser, made)


def test_a_look_says_what_it_found(browser: Client, northwind: Tenant) -> None:
    made = on_the_way.looked_up(northwind)
    on_the_way.tried(made, "unknown", 1, is_look=True, manifest={})
    on_the_way.tried(made, "retry_wait", 2, is_look=True, manifest={})
    on_the_way.tried(made, "delivered", 3, is_look=True, manifest={})
    told = [
        "Looked for, and not confirmed yet",
        "Looked for twice, and not in Lever: it is sent again",
        "Found in Lever",
    ]
    page = page_of(browser, made)
    assert sorted(told, key=page.index) == told


def test_a_try_of_before_manifests_were_kept_claims_nothing(browser: Client, northwind: Tenant) -> None:
    made = on_the_way.delivery(northwind, status="delivered")
    on_the_way.tried(made, "delivered", manifest=None)
    page = page_of(browser, made)
    assert "Lever took it" in page
    assert "Sent" not in page


def test_a_paused_tenants_application_waits(browser: Client, northwind: Tenant) -> None:
    go_live(northwind, status="paused")
    assert "It waits while the connection is paused." in page_of(browser, on_the_way.tried_again(northwind))


def test_the_live_part_is_answered_304_until_something_happens(browser: Client, northwind: Tenant) -> None:
    made = on_the_way.looked_up(northwind)
    address = url("application", northwind, made.application_id)
    part = browser.get(address, headers=LIVE)
    assert text(part).strip().startswith('<div id="live"')
    known = LIVE | {"If-None-Match": part.headers["ETag"]}
    assert browser.get(address, headers=known).status_code == 304
    with tenant_scope(northwind.pk):
        Delivery.objects.filter(pk=made.pk).update(status="delivered", delivered_at=timezone.now())
    assert "In Lever" in text(browser.get(address, headers=known))


def test_foreign_and_absent_look_the_same(browser: Client, northwind: Tenant, southgate: Tenant) -> None:
    theirs = on_the_way.reported(southgate)
    paths = [url("application", northwind, it) for it in (theirs.application_id, uuid4())]
    answers = [browser.get(it) for it in paths]
    assert [it.status_code for it in answers] == [404, 404]
    assert seen(answers[0], paths[0]) == seen(answers[1], paths[1])
    assert "No application yet." in listed(browser, northwind)


def test_whoever_was_asked_for_one_step_keeps_to_it(bob: User, northwind: Tenant) -> None:
    made = on_the_way.waiting(northwind)
    helper = browser_of(bob)
    addresses = [url("applications", northwind), url("application", northwind, made.application_id)]
    assert [helper.get(it).status_code for it in addresses] == [200, 200]
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=["feed"])
    assert [helper.get(it).status_code for it in addresses] == [404, 404]


def test_in_german_no_word_is_english(browser: Client, alice: User, northwind: Tenant) -> None:
    alice.language = "de"
    alice.save()
    for make in on_the_way.STATES:
        page = page_of(browser, make(northwind))
        assert "must be answered" not in page
        assert not re.search(r"\b(Lever answered|Sent|Received from|answers were|Reported to)\b", page)
        assert "Was geschehen ist" in page


def test_every_reason_has_words_for_the_customer() -> None:
    for reason in REASONS.values():
        for language in ("en", "de"):
            with translation.override(language):
                assert str(reason.title)
                assert str(reason.next)
