"""What the link opens: mail scanners look and change nothing, a person presses the button."""

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from tenants.invitations import find, hash_token
from tenants.models import Invitation, Membership, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import InvitationFactory, MembershipFactory, UserFactory
from tests.people import browser_of

from .mailed import ask, new_address, new_browser
from .pages import seen

pytestmark = pytest.mark.django_db
TOKEN = "token-in-the-link"
LINK, NEW = f"/invitations/{TOKEN}/", f"/invitations/{TOKEN}/new/"
CHECKLIST = "/t/northwind/"
DANA = "dana@northwind.example"


@pytest.fixture
def invitation(northwind: Tenant) -> Invitation:
    made: Invitation = InvitationFactory.create(tenant=northwind, email=DANA, token_hash=hash_token(TOKEN))
    return made


@pytest.fixture
def open_to_a_stranger(northwind: Tenant) -> Invitation:
    """To an address that asked for no code in any other test."""
    made: Invitation = InvitationFactory.create(
        tenant=northwind, email=new_address(), token_hash=hash_token(TOKEN)
    )
    return made


def spend(invitation: Invitation, spent: str) -> None:
    with tenant_scope(invitation.tenant_id):
        Invitation.objects.filter(pk=invitation.pk).update(**{spent: timezone.now()})


def everything(northwind: Tenant) -> list[object]:
    with tenant_scope(northwind.pk):
        return [*Invitation.objects.values(), *Membership.objects.values(), *User.objects.values()]


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_looking_changes_nothing_however_often(northwind: Tenant, invitation: Invitation) -> None:
    before = everything(northwind)
    browser = browser_of(None)
    for _ in range(3):
        assert browser.get(LINK).status_code == browser.head(LINK).status_code == 200
        assert browser.options(LINK).status_code == 405
        assert browser.get(NEW).status_code == browser.head(NEW).status_code == 405
    assert everything(northwind) == before
    assert not is_signed_in(browser)


def test_the_page_says_who_invites_whom_to_what_and_is_not_kept(invitation: Invitation) -> None:
    answer = browser_of(None).get(LINK)
    assert "Northwind Logistics" in answer.content.decode()
    assert DANA in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("inviter", ["alice", "carol"])
@pytest.mark.parametrize("spent", [None, "accepted_at", "revoked_at", "expires_at"])
def test_the_page_sends_nobody_to_an_inviter_who_has_left(
    invitation: Invitation, request: pytest.FixtureRequest, inviter: str, spent: str | None
) -> None:
    asked: User = request.getfixturevalue(inviter)
    with tenant_scope(invitation.tenant_id):
        Invitation.objects.update(invited_by=asked)
    if spent:
        spend(invitation, spent)
    assert asked.email in browser_of(None).get(LINK).content.decode()
    with tenant_scope(invitation.tenant_id):
        Membership.objects.filter(user=asked).delete()
    User.objects.filter(pk=asked.pk).update(is_staff=False)
    page = browser_of(None).get(LINK).content.decode()
    assert asked.email not in page
    assert "your Appcast" in page


def test_the_button_makes_a_new_person_a_member_and_signs_them_in(
    northwind: Tenant, invitation: Invitation
) -> None:
    browser = browser_of(None)
    answer = browser.post(LINK)
    assert (answer.status_code, answer["Location"]) == (302, CHECKLIST)
    assert "Northwind Logistics" in browser.get(CHECKLIST).content.decode()


def test_a_press_from_elsewhere_than_the_page_is_refused(northwind: Tenant, invitation: Invitation) -> None:
    before = everything(northwind)
    assert Client(enforce_csrf_checks=True).post(LINK).status_code == 403
    assert everything(northwind) == before


def test_a_known_account_is_not_opened_by_the_link(invitation: Invitation) -> None:
    UserFactory.create(email=DANA)
    browser = browser_of(None)
    answer = browser.post(LINK)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/code/?next={CHECKLIST}")
    assert not is_signed_in(browser)
    assert "Sign in as dana@northwind.example" in browser.get(answer["Location"]).content.decode()


def test_a_known_person_who_is_signed_in_goes_straight_on(invitation: Invitation) -> None:
    browser = browser_of(UserFactory.create(email=DANA))
    assert browser.post(LINK)["Location"] == CHECKLIST
    assert browser.get(CHECKLIST).status_code == 200


def test_in_somebody_elses_browser_a_known_person_signs_in_first(invitation: Invitation, bob: User) -> None:
    UserFactory.create(email=DANA)
    browser = browser_of(bob)
    answer = browser.post(LINK)
    assert not is_signed_in(browser)
    assert browser.get(answer["Location"]).status_code == 200


def test_in_somebody_elses_browser_a_new_person_takes_over(invitation: Invitation, charlie: User) -> None:
    browser = browser_of(charlie)
    browser.post(LINK)
    assert browser.session["_auth_user_id"] == str(User.objects.get(email=DANA).pk)


@pytest.mark.parametrize(
    ("spent", "said", "is_renewed"),
    [
        ("accepted_at", "This invitation was accepted", False),
        ("revoked_at", "This invitation was withdrawn", False),
        ("expires_at", "This invitation has expired", True),
    ],
)
def test_a_spent_link_says_so_and_opens_nothing(
    northwind: Tenant, invitation: Invitation, spent: str, said: str, is_renewed: bool
) -> None:
    spend(invitation, spent)
    before, browser = everything(northwind), browser_of(None)
    for answer in (browser.get(LINK), browser.post(LINK)):
        assert answer.status_code == 410
        assert said in answer.content.decode()
        assert (NEW in answer.content.decode()) is is_renewed
    assert everything(northwind) == before
    assert not is_signed_in(browser)


def test_whoever_used_it_and_is_signed_in_goes_on_to_the_checklist(invitation: Invitation, bob: User) -> None:
    spend(invitation, "accepted_at")
    membership = MembershipFactory.create(tenant=invitation.tenant, user__email=DANA)
    dana = browser_of(membership.user).get(LINK).content.decode()
    assert ("To your checklist" in dana, "Sign in" in dana) == (True, False)
    assert "To your checklist" not in browser_of(bob).get(LINK).content.decode()


@pytest.mark.django_db(transaction=True)
def test_who_signs_in_before_accepting_gets_a_new_link_and_the_page_tells_nobody(
    northwind: Tenant, open_to_a_stranger: Invitation, mailoutbox: list[EmailMessage]
) -> None:
    invited = open_to_a_stranger.email
    answers = [seen(ask(new_browser(), email), email) for email in (invited, new_address())]
    assert answers[0] == answers[1]
    waits, unknown = mailoutbox
    assert waits.to == [invited]
    assert waits.subject == "Your invitation waits: Connect Lever and Appcast for Northwind Logistics"
    assert "it is made as you accept this invitation" in str(waits.body)
    assert unknown.subject.endswith("No account has this address")
    link = re.search(r"/invitations/\S+/", str(waits.body))
    assert link
    assert link[0] != LINK
    assert browser_of(None).get(link[0]).status_code == 200
    assert browser_of(None).get(LINK).status_code == 410


@pytest.mark.parametrize("spent", ["accepted_at", "revoked_at", "expires_at"])
def test_what_is_open_no_more_waits_for_nobody(
    open_to_a_stranger: Invitation, spent: str, mailoutbox: list[EmailMessage]
) -> None:
    spend(open_to_a_stranger, spent)
    ask(new_browser(), open_to_a_stranger.email)
    (unknown,) = mailoutbox
    assert unknown.subject.endswith("No account has this address")


def test_a_wrong_link_says_the_same_whatever_it_is(invitation: Invitation) -> None:
    browser = browser_of(None)
    wrong, hashed = browser.get("/invitations/wrong/"), browser.get(f"/invitations/{invitation.token_hash}/")
    assert wrong.status_code == 410
    assert seen(wrong, "wrong") == seen(hashed, invitation.token_hash)
    assert browser.post("/invitations/wrong/").status_code == 410


@pytest.mark.django_db(transaction=True)
def test_an_expired_link_sends_a_new_one_to_the_same_mailbox_and_shows_it_nobody(
    northwind: Tenant, invitation: Invitation, mailoutbox: list[EmailMessage]
) -> None:
    spend(invitation, "expires_at")
    answer = browser_of(None).post(NEW, {"email": "mallory@mail.example"}, follow=True)
    [mail] = mailoutbox
    assert mail.to == [DANA]
    with tenant_scope(northwind.pk):
        assert Invitation.objects.filter(accepted_at=None, revoked_at=None, email=DANA).count() == 1
    new_link = next(word for word in str(mail.body).split() if "/invitations/" in word)
    page = answer.content.decode()
    assert new_link not in page
    assert "A newer link is in your mailbox" in page
    assert "If the link was ours" not in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("spent", ["accepted_at", "revoked_at"])
def test_no_new_link_is_sent_for_one_that_was_used_or_withdrawn(
    invitation: Invitation, spent: str, mailoutbox: list[EmailMessage]
) -> None:
    spend(invitation, spent)
    assert browser_of(None).post(NEW).status_code == browser_of(None).post("/invitations/x/new/").status_code
    assert mailoutbox == []


def test_who_presses_a_moment_after_somebody_else_sees_that_it_was_used(
    invitation: Invitation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with across_tenants("what the page found a moment ago"):
        found = Invitation.objects.select_related("tenant").get()
    browser_of(None).post(LINK)
    answers = iter([found])
    monkeypatch.setattr("tenants.invitations.find", lambda _, real=find: next(answers, None) or real(TOKEN))
    answer = browser_of(None).post(LINK)
    assert answer.status_code == 410
    assert "This invitation was accepted" in answer.content.decode()


def test_the_page_names_the_steps_their_minutes_and_who_can_do_them(
    northwind: Tenant, invitation: Invitation
) -> None:
    with tenant_scope(northwind.pk):
        Invitation.objects.update(role="member", steps=["webhooks", "policies"])
    page = browser_of(None).get(LINK).content.decode()
    for words in (
        "<li>Switch on the webhooks</li>",
        "<li>Privacy policy and terms</li>",
        "It takes about 5 minutes.",
        "A Super Admin in Lever has to do this of it: Switch on the webhooks.",
    ):
        assert words in page


def test_the_page_of_a_company_that_is_live_asks_for_no_set_up(
    northwind: Tenant, alice: User, invitation: Invitation
) -> None:
    northwind.status, northwind.live_at = Tenant.Status.LIVE, timezone.now()
    northwind.save()
    page = browser_of(None).get(LINK).content.decode()
    assert "together with alice@northwind.example" in page
    assert "Authorize Appcast in Lever." not in page
    assert "You can stop at any time" not in page
