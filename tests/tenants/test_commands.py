import base64

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.management import call_command

from tenants.models import AuditEvent, Invitation, Membership, Tenant, User
from tenants.scoping import across_tenants, tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = base64.b32encode(b"twenty bytes in here").decode()


def test_invite_makes_the_tenant_and_mails_its_first_owner(mailoutbox: list[EmailMessage]) -> None:
    call_command("invite", "northwind", "Alice@Northwind.example", name="Northwind Logistics", client_id="c1")
    tenant = Tenant.objects.get()
    assert (tenant.slug, tenant.name, tenant.client_id) == ("northwind", "Northwind Logistics", "c1")
    with tenant_scope(tenant.pk):
        invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == ("alice@northwind.example", Membership.Role.OWNER)
    assert [mail.to for mail in mailoutbox] == [["alice@northwind.example"]]


def test_invite_to_a_tenant_that_exists_changes_nothing_of_it(northwind: Tenant) -> None:
    call_command("invite", "northwind", "alice@northwind.example", name="Another name")
    assert Tenant.objects.get().name == "Northwind Logistics"


@pytest.mark.parametrize("arguments", [["invite", "northwind"], ["staff"]])
def test_what_is_no_address_is_refused_before_anything_is_made(arguments: list[str]) -> None:
    with pytest.raises(ValidationError):
        call_command(*arguments, "alice")
    assert not Tenant.objects.exists()
    assert not User.objects.exists()


def test_staff_opens_the_desk_to_a_new_person_and_says_so_in_the_trail() -> None:
    call_command("staff", "Carol@Appcast.example")
    carol = User.objects.get()
    assert (carol.email, carol.is_staff, carol.is_superuser) == ("carol@appcast.example", True, True)
    assert not carol.has_usable_password()
    with across_tenants("the trail of staff"):
        assert str(AuditEvent.objects.get()) == f"command line: staff.made tenants.user {carol.pk}"


def test_staff_opens_the_desk_to_a_person_who_is_known(alice: User) -> None:
    call_command("staff", "alice@northwind.example")
    alice.refresh_from_db()
    assert alice.is_staff


def test_staffs_one_time_codes_may_come_from_a_secret_that_is_given_and_is_kept_sealed() -> None:
    for _ in range(2):
        call_command("staff", "carol@appcast.example", totp_secret=SECRET)
    factor = Authenticator.objects.get()
    assert factor.type == Authenticator.Type.TOTP
    assert SECRET not in str(factor.data)


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_release_migrates_as_the_owner_of_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("release", verbosity=1)
    assert "No migrations to apply" in capsys.readouterr().out
