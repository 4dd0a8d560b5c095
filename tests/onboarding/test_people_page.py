"""Who belongs: invited, asked for steps, changed, removed, and gone by themselves."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from onboarding.views.sharing import INVITING
from tenants.models import AuditEvent, Invitation, Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.people import browser_of

from .colleagues import KIM, helps
from .pages import refused, said, text, url

pytestmark = pytest.mark.django_db
Mailed = Any


def place(tenant: Tenant, user: User) -> Membership:
    with tenant_scope(tenant.pk):
        return Membership.objects.get(user=user)


def audited(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant.pk):
        return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def invited(tenant: Tenant) -> list[Invitation]:
    with tenant_scope(tenant.pk):
        return list(Invitation.objects.filter(accepted_at=None, revoked_at=None))


def test_it_says_in_words_what_everybody_does_here(browser: Client, northwind: Tenant, bob: User) -> None:
    factories.MembershipFactory.create(tenant=northwind, role="member", steps=["webhooks", "stages"])
    factories.InvitationFactory.create(tenant=northwind, email="dana@northwind.example", role="member")
    page = text(browser.get(url("people", northwind)))
    for words in (
        "alice@northwind.example",
        "Runs the set-up",
        "Does every step",
        "Helps with: Switch on the",
    ):
        assert words in page
    assert "dana@northwind.example" in page.split("Invited, and not here yet")[1]


@pytest.mark.parametrize(
    ("page", "given"),
    [
        ("/t/northwind/people/invite/", {"email": KIM, "place": "owner"}),
        ("/t/northwind/feed/share/", {"email": KIM}),
        ("/t/northwind/people/invitations/{waiting}/resend/", {}),
    ],
)
def test_nobody_writes_to_strangers_without_end_in_our_name(
    browser: Client, northwind: Tenant, southgate: Tenant, page: str, given: dict[str, str]
) -> None:
    waiting = factories.InvitationFactory.create(tenant=northwind, email="dana@northwind.example")
    for _ in range(INVITING.most):
        INVITING.spend(southgate.pk)
    for _ in range(INVITING.most - 1):
        INVITING.spend(northwind.pk)
    path = page.format(waiting=waiting.pk)
    assert "is on its way to" in said(browser, browser.post(path, given))
    before = audited(northwind)
    assert "Many invitations were sent in this hour." in said(browser, browser.post(path, given))
    assert audited(northwind) == before


def test_whoever_does_not_run_the_set_up_looks_and_changes_nothing(
    northwind: Tenant, alice: User, bob: User
) -> None:
    page = text(browser_of(bob).get(url("people", northwind)))
    assert "alice@northwind.example" in page
    assert "Change or remove" not in page
    assert "Send the invitation" not in page


def test_one_invitation_asks_for_several_steps_and_says_why(
    browser: Client, northwind: Tenant, django_capture_on_commit_callbacks: Mailed
) -> None:
    given = {"email": "kim@northwind.example", "place": "helper", "steps": ["webhooks", "feed"]}
    why = "You hold the keys <b>of Lever</b>."
    with django_capture_on_commit_callbacks(execute=True):
        page = said(browser, browser.post(url("people_invite", northwind), {**given, "message": why}))
    assert (
        "An invitation is on its way to kim@northwind.example: “Helps with: Connect the job feed, Switch on the "
        "webhooks”."
    ) in page
    [invitation] = invited(northwind)
    assert (invitation.role, invitation.steps) == ("member", ["feed", "webhooks"])
    [sent] = mail.outbox
    assert why in str(sent.body)
    assert "keys &lt;b&gt;of Lever" in str(sent.message())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"place": "helper"}, "Choose at least one step."),
        ({"place": "owner", "email": "kim"}, "Expected an e-mail address"),
        ({"place": "owner", "message": "x" * 301}, "at most 300 characters"),
        ({}, "Choose what they may do."),
        ({"place": "king"}, "Select a valid choice."),
    ],
)
def test_an_invitation_that_is_not_clear_is_asked_for_again(
    browser: Client, northwind: Tenant, given: dict[str, str], says: str
) -> None:
    page = refused(browser.post(url("people_invite", northwind), {"email": "kim@northwind.example", **given}))
    assert says in page
    assert invited(northwind) == []


def test_a_second_request_before_the_first_was_followed_asks_for_both_steps(
    browser: Client, northwind: Tenant
) -> None:
    for step in ("webhooks", "feed"):
        page = said(browser, browser.post(url("share", northwind, step), {"email": KIM}))
    assert [it.steps for it in invited(northwind)] == [["feed", "webhooks"]]
    assert "“Helps with: Connect the job feed, Switch on the webhooks”." in page


@pytest.mark.parametrize(
    ("first", "second", "role", "steps"),
    [
        ({"place": "owner"}, {"place": "helper", "steps": ["feed"]}, "member", ["feed"]),
        ({"place": "owner"}, {"place": "member"}, "member", []),
        (
            {"place": "helper", "steps": ["feed", "stages"]},
            {"place": "helper", "steps": ["webhooks"]},
            "member",
            ["webhooks"],
        ),
        ({"place": "helper", "steps": ["feed"]}, {"place": "owner"}, "owner", []),
    ],
)
def test_of_two_invitations_from_the_people_page_the_newest_counts(
    browser: Client,
    northwind: Tenant,
    first: dict[str, object],
    second: dict[str, object],
    role: str,
    steps: list[str],
) -> None:
    browser.post(url("people_invite", northwind), {"email": KIM, "message": "First.", **first})
    browser.post(url("people_invite", northwind), {"email": KIM, "message": "Second.", **second})
    assert [(it.role, it.steps, it.message) for it in invited(northwind)] == [(role, steps, "Second.")]


@pytest.mark.parametrize("step", [None, "feed"])
def test_who_is_here_already_is_not_invited_but_changed(
    browser: Client, northwind: Tenant, bob: User, step: str | None
) -> None:
    form = url("share", northwind, step) if step else url("people_invite", northwind)
    answer = browser.post(form, {"email": bob.email.upper(), "place": "owner"})
    assert answer["Location"] == url("person", northwind, place(northwind, bob).pk)
    assert "bob@northwind.example is here already, so no invitation was sent." in said(browser, answer)
    assert invited(northwind) == []


@pytest.mark.parametrize("step", [None, "feed"])
def test_nobody_invites_themself(browser: Client, northwind: Tenant, alice: User, step: str | None) -> None:
    form = url("share", northwind, step) if step else url("people_invite", northwind)
    page = refused(browser.post(form, {"email": alice.email.upper(), "place": "member"}))
    assert "this is yours, and you are here already" in page
    assert invited(northwind) == []


def test_an_invitation_is_sent_again_or_withdrawn(browser: Client, northwind: Tenant) -> None:
    first = factories.InvitationFactory.create(
        tenant=northwind, role="member", steps=["feed"], message="Please."
    )
    browser.post(url("invitation_resend", northwind, first.pk))
    [again] = invited(northwind)
    assert again.pk != first.pk
    assert (again.steps, again.message) == (["feed"], "Please.")
    page = said(browser, browser.post(url("invitation_withdraw", northwind, again.pk)))
    assert "Withdrawn" in page
    assert invited(northwind) == []
    assert browser.post(url("invitation_resend", northwind, again.pk)).status_code == 404


def test_a_place_is_changed_and_holds_at_once(browser: Client, northwind: Tenant, bob: User) -> None:
    bobs = browser_of(bob)
    assert bobs.get(url("stages", northwind)).status_code == 200
    browser.post(url("person", northwind, place(northwind, bob).pk), {"place": "helper", "steps": ["feed"]})
    assert bobs.get(url("stages", northwind)).status_code == 404
    assert bobs.get(url("people", northwind)).status_code == 404
    assert "membership.changed" in audited(northwind)


def test_a_place_that_changed_meanwhile_is_not_overwritten(
    browser: Client, northwind: Tenant, bob: User
) -> None:
    helps(northwind, bob, "webhooks", asked_by=bob)
    person = url("person", northwind, place(northwind, bob).pk)
    seen = re.findall(r'name="seen" value="([^"]+)"', text(browser.get(person)))
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=["feed", "webhooks"])
    chosen = {"place": "helper", "steps": ["webhooks", "stages"]}
    page = refused(browser.post(person, {**chosen, "seen": seen}))
    assert "Since you opened this page something changed." in page
    assert "Now: Helps with: Connect the job feed, Switch on the webhooks" in page
    assert place(northwind, bob).steps == ["feed", "webhooks"]
    again = re.findall(r'name="seen" value="([^"]+)"', page)
    said(browser, browser.post(person, {**chosen, "seen": again}))
    assert place(northwind, bob).steps == ["stages", "webhooks"]


def test_whoever_is_removed_sees_nothing_from_the_next_request_on(
    browser: Client, northwind: Tenant, bob: User
) -> None:
    bobs = browser_of(bob)
    factories.InvitationFactory.create(tenant=northwind, email=bob.email)
    said(browser, browser.post(url("person_remove", northwind, place(northwind, bob).pk)))
    assert bobs.get(url("checklist", northwind))["Location"].startswith("/accounts/login/")
    assert invited(northwind) == []
    assert "membership.removed" in audited(northwind)


def test_the_last_owner_is_neither_removed_nor_changed_nor_leaves(
    browser: Client, northwind: Tenant, alice: User, bob: User
) -> None:
    mine = place(northwind, alice).pk
    assert "is the only one who runs the set-up" in said(
        browser, browser.post(url("people_leave", northwind))
    )
    said(browser, browser.post(url("person_remove", northwind, mine)))
    refused(browser.post(url("person", northwind, mine), {"place": "member"}))
    assert place(northwind, alice).is_owner
    assert "so you cannot leave yet" in text(browser.get(url("people_leave", northwind)))


def test_anybody_else_leaves(northwind: Tenant, alice: User, bob: User) -> None:
    bobs = browser_of(bob)
    assert bobs.get(url("people_leave", northwind)).status_code == 200
    assert bobs.post(url("people_leave", northwind)).headers["Location"] == "/"
    assert bobs.get(url("checklist", northwind)).status_code == 404
    assert audited(northwind) == ["membership.left"]


def test_a_helper_sees_their_steps_who_asked_why_and_the_way_out(
    northwind: Tenant, alice: User, bob: User
) -> None:
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=["feed", "webhooks"])
    factories.InvitationFactory.create(
        tenant=northwind,
        email=bob.email,
        invited_by=alice,
        message="You know the feed.",
        accepted_at=timezone.now(),
    )
    page = text(browser_of(bob).get(url("checklist", northwind)))
    assert page.count('<li class="task') == 2
    for words in (
        "2 steps are yours",
        "alice@northwind.example asked you",
        "You know the feed.",
        "hand it back",
    ):
        assert words in page
    assert url("people", northwind) + '"' not in page
    assert "Send the step to them" not in text(browser_of(bob).get(url("feed", northwind)))


def test_a_step_says_who_was_asked_for_it_and_whether_they_came(
    browser: Client, northwind: Tenant, bob: User
) -> None:
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=["feed"], seen_at=timezone.now())
    factories.InvitationFactory.create(tenant=northwind, email="kim@northwind.example", steps=["feed"])
    page = text(browser.get(url("feed", northwind)))
    assert "<strong>bob@northwind.example</strong> was asked, came" in page
    assert "<strong>kim@northwind.example</strong> was asked" in page
    assert "has not come yet" in page
    assert "kim@northwind.example" not in text(browser.get(url("stages", northwind)))


@pytest.mark.parametrize("name", ["people", "authorize"])
def test_once_who_authorized_has_left_the_pages_say_what_that_means(
    browser: Client, northwind: Tenant, bob: User, name: str
) -> None:
    factories.ConnectionFactory.create(tenant=northwind, authorized_by=bob)
    page = text(browser.get(url(name, northwind)))
    assert "bob@northwind.example authorized Lever on" in page
    assert "no longer among your people" not in page
    browser.post(url("person_remove", northwind, place(northwind, bob).pk))
    page = text(browser.get(url(name, northwind)))
    assert "no longer among your people" in page
    assert "let another" in page


def test_a_visit_is_noted(browser: Client, northwind: Tenant, alice: User) -> None:
    browser.get(url("checklist", northwind))
    assert place(northwind, alice).seen_at


def test_an_owner_who_leaves_is_told_to_ask_another_owner(
    browser: Client, northwind: Tenant, alice: User
) -> None:
    other = factories.MembershipFactory.create(tenant=northwind).user
    page = text(browser.get(url("people_leave", northwind)))
    assert f"To come back, ask {other}." in page


def test_whose_place_was_changed_is_told_by_mail_in_their_language(
    browser: Client, northwind: Tenant, bob: User, django_capture_on_commit_callbacks: Mailed
) -> None:
    bob.language = "de"
    bob.save()
    person = url("person", northwind, place(northwind, bob).pk)
    for _ in range(2):  # the second changes nothing
        with django_capture_on_commit_callbacks(execute=True):
            browser.post(person, {"place": "helper", "steps": ["feed"]})
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == (
        [bob.email],
        "Was Sie für Northwind Logistics tun dürfen, hat sich geändert",
    )
    assert "- Stellen-Feed verbinden" in str(letter.body)


def test_who_was_removed_is_told_by_mail_and_who_left_is_not(
    browser: Client, northwind: Tenant, bob: User, django_capture_on_commit_callbacks: Mailed
) -> None:
    dana = factories.MembershipFactory.create(tenant=northwind, role="member").user
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(url("person_remove", northwind, place(northwind, bob).pk))
        browser_of(dana).post(url("people_leave", northwind))
    [letter] = mail.outbox
    assert letter.to == [bob.email]
    assert "alice@northwind.example has removed you" in " ".join(str(letter.body).split())
    assert isinstance(letter, mail.EmailMultiAlternatives)
    html = " ".join(str(letter.alternatives[0][0]).split())
    assert "alice@northwind.example has removed you" in html
    assert ("Appcast onboarding: connects Lever and Appcast" in html, "copy this address" in html) == (
        True,
        False,
    )
