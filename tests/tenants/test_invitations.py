"""The service: who is invited, by which mail, and what one press makes of it."""

import re
import socket
from datetime import timedelta

import pytest
from django.conf import settings as portal
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from onboarding.steps import BY_KEY
from tenants import invitations
from tenants.invitations import InvitationError, Invitee, accept, find, invite, renew, revoke
from tenants.models import AuditEvent, Invitation, Membership, Tenant, User
from tenants.scoping import across_tenants, tenant_scope
from tests.factories import InvitationFactory, MembershipFactory, StageFactory
from tests.onboarding.rows import listed

from .crowds import all_at_once
from .database import sql

pytestmark = pytest.mark.django_db(transaction=True)
DANA = "dana@northwind.example"
Place = tuple[str, list[str]]


def token_in(mail: EmailMessage) -> str:
    found = re.search(rf"{portal.PUBLIC_URL}/invitations/([\w-]+)/", str(mail.body))
    assert found
    return found[1]


def fresh(invitation: Invitation) -> Invitation:
    with across_tenants("a test looks again"):
        return Invitation.objects.select_related("tenant").get(pk=invitation.pk)


def membership(tenant: Tenant, user: User) -> tuple[str, list[str]]:
    with tenant_scope(tenant.pk):
        found = Membership.objects.get(user=user)
    return found.role, found.steps


def test_the_mail_goes_to_the_invited_alone_and_its_link_finds_the_invitation(
    northwind: Tenant, carol: User, mailoutbox: list[EmailMessage]
) -> None:
    invitation = invite(northwind, Invitee(f" {DANA.upper()} "), carol)
    [mail] = mailoutbox
    assert mail.to == [DANA]
    assert find(token_in(mail)) == invitation
    assert fresh(invitation).sent_at


def test_the_links_token_is_kept_nowhere(northwind: Tenant, mailoutbox: list[EmailMessage]) -> None:
    invite(northwind, Invitee(DANA), None)
    token = token_in(mailoutbox[0])
    with across_tenants("a test looks for the token"):
        kept = sql("SELECT i::text, a::text FROM tenants_invitation i, tenants_auditevent a")
    assert kept
    assert token not in str(kept)


def test_a_mail_that_could_not_be_sent_leaves_sent_at_empty(northwind: Tenant, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody_listens = server.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", nobody_listens
    invitation = fresh(invite(northwind, Invitee(DANA), None))
    assert invitation.sent_at is None
    assert invitation.is_live


def test_an_invitation_that_is_undone_mails_nothing(
    northwind: Tenant, mailoutbox: list[EmailMessage]
) -> None:
    def invite_and_fail() -> None:
        invite(northwind, Invitee(DANA), None)
        raise KeyError

    with pytest.raises(KeyError), transaction.atomic():
        invite_and_fail()
    assert mailoutbox == []


def test_a_second_invitation_takes_the_place_of_the_first(northwind: Tenant) -> None:
    first, second = (invite(northwind, Invitee(DANA), None) for _ in range(2))
    assert not fresh(first).is_live
    assert fresh(second).is_live


def test_the_database_holds_one_live_invitation_a_person(northwind: Tenant) -> None:
    InvitationFactory.create(tenant=northwind, email=DANA)
    with pytest.raises(IntegrityError, match="one_live_invitation_per_person"):
        InvitationFactory.create(tenant=northwind, email=DANA)


def test_of_invitations_made_at_once_one_is_live(northwind: Tenant, mailoutbox: list[EmailMessage]) -> None:
    made = all_at_once(lambda _: invite(northwind, Invitee(DANA), None), range(8))
    assert [it.is_live for it in map(fresh, made)].count(True) == 1
    assert len(mailoutbox) == 8


def test_accepting_makes_a_member_without_a_password_and_leaves_a_trace(northwind: Tenant) -> None:
    accepted = accept(invite(northwind, Invitee(DANA, Membership.Role.MEMBER, ("webhooks",)), None))
    assert (accepted.user.email, accepted.is_new) == (DANA, True)
    assert not accepted.user.has_usable_password()
    assert membership(northwind, accepted.user) == ("member", ["webhooks"])
    with tenant_scope(northwind.pk):
        assert str(AuditEvent.objects.all()[0]).startswith(f"{DANA}: invitation.accepted")


def test_a_person_who_is_known_is_not_made_again(northwind: Tenant, charlie: User) -> None:
    accepted = accept(invite(northwind, Invitee("Charlie@southgate.example"), None))
    assert (accepted.user, accepted.is_new) == (charlie, False)


@pytest.mark.parametrize("spent", ["accepted_at", "revoked_at", "expires_at"])
def test_a_spent_invitation_is_not_accepted(northwind: Tenant, spent: str) -> None:
    invitation = InvitationFactory.create(tenant=northwind, **{spent: timezone.now()})
    with pytest.raises(InvitationError):
        accept(invitation)
    assert not User.objects.exists()


def test_of_presses_at_once_one_accepts(northwind: Tenant) -> None:
    invitation = invite(northwind, Invitee(DANA), None)

    def press(_: int) -> bool:
        try:
            accept(invitation)
        except InvitationError:
            return False
        return True

    assert all_at_once(press, range(8)).count(True) == 1
    assert User.objects.count() == 1


def test_two_tenants_invitations_accepted_at_once_make_one_person(
    northwind: Tenant, southgate: Tenant
) -> None:
    both = [invite(tenant, Invitee(DANA), None) for tenant in (northwind, southgate)]
    accepted = all_at_once(accept, both)
    assert sorted(it.is_new for it in accepted) == [False, True]


@pytest.mark.parametrize(
    ("before", "invited_to", "after"),
    [
        (("owner", []), ("member", ["webhooks"]), ("owner", [])),
        (("member", []), ("member", ["webhooks"]), ("member", [])),
        (("member", ["feed"]), ("member", ["webhooks"]), ("member", ["feed", "webhooks"])),
        (("member", ["feed"]), ("owner", []), ("owner", [])),
        (("member", []), ("owner", []), ("owner", [])),
    ],
)
def test_an_invitation_takes_the_whole_tenant_from_nobody(
    northwind: Tenant, before: Place, invited_to: Place, after: Place
) -> None:
    role, steps = before
    user = MembershipFactory.create(tenant=northwind, user__email=DANA, role=role, steps=steps).user
    accept(invite(northwind, Invitee(DANA, invited_to[0], tuple(invited_to[1])), None))
    assert membership(northwind, user) == after


def test_revoking_again_leaves_the_first_time_and_the_first_trace(northwind: Tenant, carol: User) -> None:
    invitation = invite(northwind, Invitee(DANA), None)
    revoke(invitation, carol)
    first = fresh(invitation).revoked_at
    revoke(invitation, carol)
    assert fresh(invitation).revoked_at == first
    with tenant_scope(northwind.pk):
        assert AuditEvent.objects.filter(action="invitation.revoked").count() == 1


def test_an_expired_invitation_is_renewed_to_the_same_mailbox_role_and_steps(
    northwind: Tenant, carol: User, mailoutbox: list[EmailMessage]
) -> None:
    expired = InvitationFactory.create(
        tenant=northwind,
        email=DANA,
        role="member",
        steps=["feed"],
        invited_by=carol,
        expires_at=timezone.now(),
    )
    renew(expired)
    [mail] = mailoutbox
    renewed = find(token_in(mail))
    assert renewed
    assert renewed.is_live
    assert (mail.to, renewed.role, renewed.steps, renewed.invited_by) == ([DANA], "member", ["feed"], carol)
    with tenant_scope(northwind.pk):
        assert [(it.actor, it.actor_label) for it in AuditEvent.objects.all()] == [(None, "portal")]


def test_of_requests_for_a_new_link_at_once_one_sends_a_mail(
    northwind: Tenant, mailoutbox: list[EmailMessage]
) -> None:
    expired = InvitationFactory.create(tenant=northwind, expires_at=timezone.now() - timedelta(days=1))

    def press(_: int) -> bool:
        try:
            renew(expired)
        except InvitationError:
            return False
        return True

    assert all_at_once(press, range(8)).count(True) == 1
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("spent", ["accepted_at", "revoked_at"])
def test_a_used_or_withdrawn_invitation_is_not_renewed(
    northwind: Tenant, spent: str, mailoutbox: list[EmailMessage]
) -> None:
    with pytest.raises(InvitationError):
        renew(InvitationFactory.create(tenant=northwind, **{spent: timezone.now()}))
    assert mailoutbox == []


def test_another_token_finds_nothing(northwind: Tenant) -> None:
    invitation = invite(northwind, Invitee(DANA), None)
    for guess in ("", "x", invitation.token_hash, str(invitation.pk)):
        assert invitations.find(guess) is None


def letter_to(tenant: Tenant, invitee: Invitee, by: User | None, mailoutbox: list[EmailMessage]) -> str:
    """Its subject, then its text, without line breaks."""
    invite(tenant, invitee, by)
    return " ".join(f"{mailoutbox[-1].subject} {mailoutbox[-1].body}".split())


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (("webhooks",), "It takes about 4 minutes. A Super Admin in Lever has to do it."),
        (("forms",), "It takes about 1 minute. You need not be a Super Admin in Lever."),
        (
            ("webhooks", "rehearsal"),
            "It takes about 6 minutes. A Super Admin in Lever has to do this of it: Switch on the webhooks.",
        ),
    ],
)
def test_who_is_asked_for_steps_is_told_which_how_long_and_who_can_do_them(
    northwind: Tenant, alice: User, mailoutbox: list[EmailMessage], steps: tuple[str, ...], says: str
) -> None:
    invitee = Invitee(DANA, Membership.Role.MEMBER, steps)
    letter = letter_to(northwind, invitee, alice, mailoutbox)
    titles = [str(BY_KEY[key].title) for key in steps]
    assert letter.startswith(
        f"{', '.join(titles)}: help connect Lever and Appcast for Northwind Logistics alice@northwind.example asks "
        "you for"
    )
    assert says in letter
    as_html = str(mailoutbox[-1].alternatives[0][0])  # type: ignore[attr-defined]
    assert all(f"<b>{title}</b>" in as_html for title in titles)
    assert says in as_html


@pytest.mark.parametrize("is_read", [True, False])
def test_stages_that_were_read_need_no_super_admin(
    northwind: Tenant, alice: User, mailoutbox: list[EmailMessage], is_read: bool
) -> None:
    if is_read:
        StageFactory.create(tenant=northwind)
    letter = letter_to(northwind, Invitee(DANA, Membership.Role.MEMBER, ("stages",)), alice, mailoutbox)
    assert ("You need not be a Super Admin in Lever." in letter) == is_read
    assert ("A Super Admin in Lever has to do it." in letter) != is_read


@pytest.mark.parametrize(
    ("role", "steps", "subject", "part"),
    [
        (
            "owner",
            (),
            "Run the connection of Lever and Appcast for Northwind Logistics",
            "You will run the connection of Northwind Logistics together with alice@northwind.example: ",
        ),
        (
            "member",
            (),
            "Help with the connection of Lever and Appcast for Northwind Logistics",
            "You will help with the connection of Northwind Logistics together with alice@northwind.example: ",
        ),
        (
            "member",
            ("webhooks",),
            "Switch on the webhooks: help with the connection of Lever and Appcast for Northwind Logistics",
            "You see what you were asked for, and nothing else.",
        ),
    ],
)
def test_who_is_invited_to_a_company_that_is_live_sets_nothing_up(
    northwind: Tenant,
    alice: User,
    bob: User,
    mailoutbox: list[EmailMessage],
    role: str,
    steps: tuple[str, ...],
    subject: str,
    part: str,
) -> None:
    northwind.status, northwind.live_at = Tenant.Status.LIVE, timezone.now()
    northwind.save()
    letter = letter_to(northwind, Invitee(DANA, role, steps), alice, mailoutbox)
    assert letter.startswith(subject)
    assert part in letter
    assert "You can stop at any time" not in letter


def test_before_going_live_who_runs_it_is_told_of_the_set_up_and_of_who_else_does(
    northwind: Tenant, alice: User, mailoutbox: list[EmailMessage]
) -> None:
    letter = letter_to(northwind, Invitee(DANA), alice, mailoutbox)
    assert letter.startswith("Connect Lever and Appcast for Northwind Logistics")
    assert "together with alice@northwind.example" in letter
    assert f"It takes about {listed(northwind).minutes_left} minutes. You can stop at any time" in letter
    first = letter_to(northwind, Invitee(alice.email), None, mailoutbox)
    assert "together with" not in first
