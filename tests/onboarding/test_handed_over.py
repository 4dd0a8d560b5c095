"""A step that a colleague was asked for: with whom it is, what they are told, and how it comes back."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from onboarding import golive
from onboarding.trail import last_acts
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests import factories
from tests.people import browser_of

from .colleagues import KIM, helps
from .pages import said, text, url
from .rows import make_ready


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
