"""Who belongs: invited, asked for steps, changed, removed, and gone by themselves."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from onboarding import golive
from onboarding.trail import last_acts
from onboarding.views.sharing import INVITING
from tenants.invitations import hash_token
from tenants.models import AuditEvent, Invitation, Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.people import browser_of

from .pages import refused, said, text, url
from .rows import make_ready

pytestmark = pytest.mark.django_db
Mailed = Any
KIM = "kim@northwind.example"


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


@pytest.mark.parametrize("has_come", [True, False])
def test_a_step_that_was_handed_over_is_with_its_colleague_until_it_is_done(
    browser: Client, northwind: Tenant, has_come: bool
) -> None:
    if has_come:
        factories.MembershipFactory.create(
            tenant=northwind, user__email=KIM, role="member", steps=["authorize"]
        )
    else:
        factories.InvitationFactory.create(tenant=northwind, email=KIM, role="member", steps=["authorize"])
    row = text(browser.get(url("checklist", northwind))).split('data-step="authorize"')[1].split("</li>")[0]
    assert f"With <strong>{KIM}</strong>, asked" in row
    assert row.count(KIM) == 1
    step = text(browser.get(url("authorize", northwind)))
    assert f"With <strong>{KIM}</strong>, asked" in step
    assert f"Who acts next: {KIM}" in step
    assert "Next: Connect the job feed" in text(browser.get(url("checklist", northwind)))
    factories.ConnectionFactory.create(tenant=northwind)
    row = text(browser.get(url("checklist", northwind))).split('data-step="authorize"')[1].split("</li>")[0]
    assert KIM not in row


def test_with_all_steps_handed_over_the_owner_reads_who_acts(browser: Client, northwind: Tenant) -> None:
    steps = ["authorize", "feed", "webhooks", "stages", "policies", "forms", "rehearsal"]
    factories.InvitationFactory.create(tenant=northwind, email=KIM, role="member", steps=steps)
    page = text(browser.get(url("checklist", northwind)))
    assert "Nothing for you to do right now." in page
    assert f"{KIM} acts next, for the step “Authorize Lever”." in page


@pytest.mark.parametrize(
    ("lost", "says"),
    [
        ({"expires_at": datetime(2026, 2, 1, 12, tzinfo=UTC)}, "The link expired on 1 February 2026"),
        ({"sent_at": None}, "The e-mail could not be sent"),
    ],
)
def test_a_step_waits_for_nobody_whom_no_invitation_reaches(
    browser: Client, northwind: Tenant, bob: User, lost: dict[str, object], says: str
) -> None:
    invitation = factories.InvitationFactory.create(tenant=northwind, email=KIM, steps=["authorize"], **lost)
    page = text(browser.get(url("checklist", northwind)))
    row = page.split('data-step="authorize"')[1].split("</li>")[0]
    assert (says in row, "acts" in row) == (True, False)
    assert "Next: Authorize Lever" in page
    assert f'{url("authorize", northwind)}#share-title">Send again' in row
    step = text(browser.get(url("authorize", northwind)))
    assert "Who acts next: You" in step
    assert says in step
    assert url("invitation_resend", northwind, invitation.pk) in step
    looked_at_by_bob = text(browser_of(bob).get(url("checklist", northwind)))
    assert (says in looked_at_by_bob, "Send again" in looked_at_by_bob) == (True, False)


def test_a_step_is_with_whom_of_two_colleagues_can_act(browser: Client, northwind: Tenant) -> None:
    for email, sent_at in (("lost@northwind.example", None), (KIM, timezone.now())):
        factories.InvitationFactory.create(
            tenant=northwind, email=email, steps=["authorize"], sent_at=sent_at
        )
    assert f"Who acts next: {KIM}" in text(browser.get(url("authorize", northwind)))


def test_a_helper_is_not_told_with_whom_their_own_step_is(northwind: Tenant, bob: User) -> None:
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).update(steps=["feed"])
    for name in ("checklist", "feed"):
        assert "With <strong>" not in text(browser_of(bob).get(url(name, northwind)))


def helps(tenant: Tenant, user: User, *steps: str, asked_by: User) -> None:
    with tenant_scope(tenant.pk):
        Membership.objects.filter(user=user).update(steps=list(steps))
    now = timezone.now()
    factories.InvitationFactory.create(
        tenant=tenant, email=user.email, invited_by=asked_by, accepted_at=now, token_hash=hash_token("old")
    )


def last_act(tenant: Tenant, step: str) -> str:
    with tenant_scope(tenant.pk):
        return str(last_acts()[step])


def test_a_helper_for_going_live_is_told_whom_to_ask_for_the_other_steps(
    northwind: Tenant, alice: User, bob: User
) -> None:
    helps(northwind, bob, "go-live", asked_by=alice)
    page = text(browser_of(bob).get(url("go-live", northwind)))
    assert "alice@northwind.example sees which are open." in page
    assert url("feed", northwind) not in page


def test_an_e_mail_is_promised_to_whom_it_comes(
    browser: Client, northwind: Tenant, alice: User, bob: User
) -> None:
    make_ready(northwind)
    golive.request(northwind, bob)
    hers, his = (text(it.get(url("go-live", northwind))) for it in (browser, browser_of(bob)))
    assert "You will get an e-mail either way." in his
    assert "bob@northwind.example has asked." in hers
    assert "Whoever asked will get an e-mail either way." in hers
    assert ("you get one e-mail" in hers, "you get one e-mail" in his) == (True, False)
    Tenant.objects.filter(pk=northwind.pk).update(status="live", live_at=timezone.now())
    hers, his = (text(it.get(url("checklist", northwind))) for it in (browser, browser_of(bob)))
    assert "If that changes, you get an e-mail." in hers
    assert "If that changes, whoever runs the set-up gets an e-mail." in his


def test_a_helper_hands_back_what_is_open_and_is_told_whom_to_ask(
    northwind: Tenant, alice: User, bob: User
) -> None:
    helps(northwind, bob, "authorize", "feed", asked_by=alice)
    factories.ConnectionFactory.create(tenant=northwind)
    bobs = browser_of(bob)
    mine = text(bobs.get(url("checklist", northwind)))
    assert ("Not for me: hand it back" in mine, "I am done, and leave" in mine) == (True, False)
    asks = text(bobs.get(url("people_leave", northwind)))
    assert "What is open goes back to alice@northwind.example, who sees it at once." in asks
    assert '<button class="button" type="submit">Hand it back</button>' in asks
    gone = said(bobs, bobs.post(url("people_leave", northwind)))
    assert "Thank you. You have left Northwind Logistics; to come back, ask alice@northwind.example." in gone
    assert "Appcast contact" not in gone
    assert last_act(northwind, "authorize") == "bob@northwind.example was done with it, and left"
    assert last_act(northwind, "feed") == "bob@northwind.example handed it back"
    later = text(bobs.get("/"))
    assert "no longer among the people of Northwind Logistics. To come back, ask alice@northwind" in later
    old = browser_of(None).get("/invitations/old/")
    assert old.status_code == 410
    assert "You have left since" in text(old)
    assert "ask alice@northwind.example for a new one" in text(old)


def test_a_helper_whose_steps_are_done_is_done(northwind: Tenant, alice: User, bob: User) -> None:
    helps(northwind, bob, "authorize", asked_by=alice)
    factories.ConnectionFactory.create(tenant=northwind)
    mine = text(browser_of(bob).get(url("checklist", northwind)))
    assert ("Not for me: hand it back" in mine, "I am done, and leave" in mine) == (False, True)
    assert "Hand it back" not in text(browser_of(bob).get(url("people_leave", northwind)))


def test_once_who_asked_is_gone_the_others_who_run_it_are_named(
    northwind: Tenant, alice: User, bob: User
) -> None:
    helps(northwind, bob, "feed", asked_by=factories.UserFactory.create(email="gone@northwind.example"))
    assert "goes back to alice@northwind.example" in text(browser_of(bob).get(url("people_leave", northwind)))


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
