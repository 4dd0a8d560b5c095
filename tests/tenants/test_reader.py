"""A page speaks the language of whoever reads it, and tells times in their zone."""

from typing import Any

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils import timezone

from tenants.invitations import Invitee, invite
from tenants.models import Tenant, User
from tenants.reader import zone_middleware
from tests.factories import UserFactory
from tests.people import browser_of

from .mailed import ask, code_in, new_address, new_browser

GERMAN = {"Accept-Language": "de-AT,de;q=0.9"}
CHOOSE, SIGN_IN = "/language/", "/accounts/login/code/"


def language_of(answer: Any) -> str:
    assert f'<html lang="{answer["Content-Language"]}"' in answer.content.decode()
    return str(answer["Content-Language"])


def test_who_has_not_chosen_reads_what_their_browser_asks_for() -> None:
    assert language_of(Client(headers=GERMAN).get(SIGN_IN)) == "de"
    assert language_of(Client(headers={"Accept-Language": "fr"}).get(SIGN_IN)) == "en"


def test_a_choice_before_signing_in_stays_in_the_browser() -> None:
    browser = Client(headers=GERMAN)
    answer = browser.post(CHOOSE, {"language": "en", "next": SIGN_IN})
    assert answer["Location"] == SIGN_IN
    assert language_of(browser.get(SIGN_IN)) == "en"


@pytest.mark.django_db(transaction=True)
def test_a_choice_goes_with_its_reader_to_every_device(northwind: Tenant, alice: User) -> None:
    browser_of(alice).post(CHOOSE, {"language": "de"})
    elsewhere = browser_of(User.objects.get(pk=alice.pk))
    assert language_of(elsewhere.get("/t/northwind/")) == "de"


@pytest.mark.django_db(transaction=True)
def test_a_language_that_is_not_offered_is_not_kept(alice: User) -> None:
    browser_of(alice).post(CHOOSE, {"language": "xx"})
    alice.refresh_from_db()
    assert alice.language == ""


def test_the_way_back_leads_to_no_other_site() -> None:
    answer = Client().post(CHOOSE, {"language": "de", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


@pytest.mark.django_db(transaction=True)
def test_who_accepts_an_invitation_keeps_the_language_in_which_they_read_it(
    northwind: Tenant, mailoutbox: list[EmailMessage]
) -> None:
    invite(northwind, Invitee("dana@northwind.example"), None)
    link = f"/invitations/{str(mailoutbox[0].body).split('/invitations/')[1].split('/')[0]}/"
    Client(headers=GERMAN).post(link)
    assert User.objects.get(email="dana@northwind.example").language == "de"


@pytest.mark.django_db(transaction=True)
def test_staff_and_machines_are_answered_in_english(northwind: Tenant, carol: User) -> None:
    carol.language = "de"
    carol.save()
    desk = browser_of(carol).get("/admin/login/")
    assert desk["Content-Language"] == "en"
    refused = Client(headers=GERMAN).post(
        f"/api/v1/tenants/{northwind.slug}/applications", content_type="text/plain"
    )
    assert refused["Content-Language"] == "en"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("of_tenant", "of_reader", "subject"),
    [
        ("de", "", "Lever und Appcast für Northwind Logistics verbinden"),
        ("de", "en", "Connect Lever and Appcast for Northwind Logistics"),
        ("en", "de", "Lever und Appcast für Northwind Logistics verbinden"),
    ],
)
def test_a_mail_speaks_as_its_reader_chose_else_as_the_tenant_does(
    northwind: Tenant, mailoutbox: list[EmailMultiAlternatives], of_tenant: str, of_reader: str, subject: str
) -> None:
    northwind.language = of_tenant
    northwind.save()
    reader = UserFactory.create(language=of_reader)
    invite(northwind, Invitee(reader.email), None)
    (letter,) = mailoutbox
    assert letter.subject == subject
    assert f"<title>{subject}</title>" in str(letter.alternatives[0][0])


@pytest.mark.django_db(transaction=True)
def test_a_code_is_mailed_as_text_and_as_html_in_the_language_of_its_page(
    mailoutbox: list[EmailMultiAlternatives],
) -> None:
    known = UserFactory.create(email=new_address())
    for email in (known.email, new_address()):
        browser = new_browser()
        browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
        ask(browser, email)
    code, unknown = mailoutbox
    assert code_in(code) in str(code.alternatives[0][0])
    assert "Anmeldecode" in code.subject
    assert not code.subject.startswith("[")
    assert "Konto" in unknown.subject
    assert all('<html lang="de">' in str(letter.alternatives[0][0]) for letter in mailoutbox)


def zone_of_page(cookie: str | None) -> str:
    request = HttpRequest()
    if cookie is not None:
        request.COOKIES["timezone"] = cookie
    tell_zone = zone_middleware(lambda _: HttpResponse(timezone.get_current_timezone_name()))
    return tell_zone(request).content.decode()


def test_times_are_told_in_the_zone_that_the_browser_named() -> None:
    assert zone_of_page("Europe/Berlin") == "Europe/Berlin"


@pytest.mark.parametrize("cookie", [None, "", "Mars/Olympus", "../../etc/passwd", "Europe/Berlin\x00"])
def test_what_is_no_zone_leaves_utc(cookie: str | None) -> None:
    assert zone_of_page(cookie) == "UTC"


def test_a_readers_zone_ends_with_their_page() -> None:
    zone_of_page("Asia/Tokyo")
    assert timezone.get_current_timezone_name() == "UTC"
