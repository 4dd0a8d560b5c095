import pytest

from tenants.access import tenants_of
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tests.factories import MembershipFactory
from tests.people import browser_of

from .pages import seen

pytestmark = pytest.mark.django_db
CHECKLIST = "/t/northwind/"


def test_a_member_sees_the_tenant(bob: User) -> None:
    assert "Northwind Logistics" in browser_of(bob).get(CHECKLIST).content.decode()


def test_somebody_unknown_is_asked_to_sign_in_whether_the_tenant_exists_or_not(northwind: Tenant) -> None:
    for path in (CHECKLIST, "/t/nobody/"):
        answer = browser_of(None).get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


def test_another_tenants_owner_sees_the_same_as_where_nothing_is(northwind: Tenant, charlie: User) -> None:
    browser = browser_of(charlie)
    there, nowhere = browser.get(CHECKLIST), browser.get("/t/nobody/")
    assert there.status_code == 404
    assert seen(there, CHECKLIST) == seen(nowhere, "/t/nobody/")


def test_a_removed_member_loses_access_within_the_same_session(northwind: Tenant, bob: User) -> None:
    browser = browser_of(bob)
    assert browser.get(CHECKLIST).status_code == 200
    with tenant_scope(northwind.pk):
        Membership.objects.filter(user=bob).delete()
    assert browser.get(CHECKLIST).status_code == 404


def test_somebody_switched_off_is_signed_out(bob: User) -> None:
    browser = browser_of(bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert browser.get(CHECKLIST).status_code == 302


def test_staff_are_no_members_by_being_staff(northwind: Tenant, carol: User) -> None:
    assert browser_of(carol).get(CHECKLIST).status_code == 404


def test_a_persons_tenants_are_theirs_alone(
    northwind: Tenant, southgate: Tenant, alice: User, charlie: User
) -> None:
    MembershipFactory.create(tenant=southgate, user=alice)
    assert tenants_of(alice) == [northwind, southgate]
    assert tenants_of(charlie) == [southgate]
