"""The inbox, filled over SMTP as the portal fills it, and the authenticator."""

import time
from collections.abc import Iterator
from email.message import EmailMessage
from smtplib import SMTP, SMTPDataError

import pytest
from flask.testing import FlaskClient
from time_machine import travel

from sandbox.mail.totp import code_at
from sandbox.server import Server
from sandbox.settings import Settings
from sandbox.world import World

# RFC 6238, appendix B: its SHA-1 secret in base 32, and the last six digits of its codes.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_CODES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.fixture
def smtp(world: World) -> Iterator[SMTP]:
    with Server(world, smtp_port=0) as server, SMTP(server.host, server.smtp_port or 0, timeout=5) as smtp:
        yield smtp


def mail(
    to: str = "ada@customer.example", subject: str = "Your code", text: str = "It is 123456."
) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "portal@appcast.example", to, subject
    message.set_content(text)
    return message


def test_mail_comes_in_newest_first_with_its_parts(smtp: SMTP, client: FlaskClient) -> None:
    smtp.send_message(mail(subject="Grüße aus Köln"))
    second = mail(to="Bo <bo@customer.example>, cy@customer.example", text="Open https://portal.example/i/1.")
    second.add_alternative('<a href="https://portal.example/i/1?a=1&amp;b=2">Open</a>', subtype="html")
    smtp.send_message(second)
    newest, oldest = client.get("/_control/inbox").get_json()
    assert (oldest["subject"], oldest["text"], oldest["html"]) == ("Grüße aus Köln", "It is 123456.\n", None)
    assert (newest["to"], newest["from"]) == (
        ["bo@customer.example", "cy@customer.example"],
        "portal@appcast.example",
    )
    assert newest["links"] == ["https://portal.example/i/1"]
    assert newest["html"].startswith("<a href")
    assert (oldest["number"], newest["number"]) == (1, 2)


def test_mail_that_is_refused_on_order_comes_once_that_is_over(smtp: SMTP, client: FlaskClient) -> None:
    client.post("/_control/faults", json={"kind": "mail_down"})
    with pytest.raises(SMTPDataError):
        smtp.send_message(mail())
    assert client.get("/_control/inbox").get_json() == []
    client.post("/_control/faults", json={"kind": "mail_down", "on": False})
    smtp.send_message(mail())
    assert len(client.get("/_control/inbox").get_json()) == 1


def test_links_of_mail_that_has_no_text_are_read_from_its_html(smtp: SMTP, client: FlaskClient) -> None:
    message = mail(text="")
    message.set_content(
        '<a href="https://portal.example/i/1?a=1&amp;b=2">Open</a> <a href="https://portal.example/i/1?a=1&amp;b=2">x</a>',
        subtype="html",
    )
    smtp.send_message(message)
    assert client.get("/_control/inbox").get_json()[0]["links"] == ["https://portal.example/i/1?a=1&b=2"]


def test_mail_is_found_by_recipient_whatever_the_case(smtp: SMTP, client: FlaskClient) -> None:
    for to in ("ada@customer.example", "bo@customer.example"):
        smtp.send_message(mail(to=to))
    found = client.get("/_control/inbox?to=Ada@Customer.example").get_json()
    assert [it["to"] for it in found] == [["ada@customer.example"]]
    page = client.get("/inbox?to=ada@customer.example").text
    assert "<td>ada@customer.example</td>" in page
    assert "<td>bo@customer.example</td>" not in page
    assert "No mail to cy@customer.example" in client.get("/inbox?to=cy@customer.example").text


def test_a_mail_has_a_page_with_its_text_and_its_links_to_click(smtp: SMTP, client: FlaskClient) -> None:
    smtp.send_message(mail(subject="Invitation", text="Open https://portal.example/i/1 <now>"))
    assert 'href="/inbox/1"' in client.get("/inbox").text
    page = client.get("/inbox/1").text
    assert '<a href="https://portal.example/i/1"' in page
    assert "&lt;now&gt;" in page
    assert "iframe" not in page
    assert client.get("/inbox/2").status_code == 404


def test_the_html_of_a_mail_is_shown_in_a_frame_without_script(smtp: SMTP, client: FlaskClient) -> None:
    message = mail()
    message.add_alternative("<script>alert(1)</script><p>Hello</p>", subtype="html")
    smtp.send_message(message)
    assert '<iframe src="/inbox/1/html" sandbox=' in client.get("/inbox/1").text
    policy = client.get("/inbox/1/html").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert policy.startswith("sandbox ")


def test_a_reset_empties_the_inbox(smtp: SMTP, client: FlaskClient) -> None:
    smtp.send_message(mail())
    client.post("/_control/reset")
    assert client.get("/_control/inbox").get_json() == []
    assert "No mail has come yet." in client.get("/inbox").text


@pytest.mark.parametrize(("at", "code"), RFC_CODES)
def test_one_time_codes_are_those_of_the_standard(at: int, code: str) -> None:
    assert code_at(RFC_SECRET, at) == code


@pytest.mark.parametrize("settings", [Settings(totp_secrets=(("carol@appcast.example", RFC_SECRET),))])
def test_the_code_of_this_moment_is_shown_with_the_seconds_it_lasts(client: FlaskClient) -> None:
    with travel(1111111109, tick=False) as clock:
        told = client.get("/_control/totp?email=Carol@appcast.example").get_json()
        assert told == {"email": "carol@appcast.example", "code": "081804", "seconds_left": 1}
        assert "081 804" in client.get("/authenticator").text
        clock.shift(1)
        told = client.get("/_control/totp?email=carol@appcast.example").get_json()
        assert (told["code"], told["seconds_left"]) == ("050471", 30)


def test_who_has_no_secret_has_no_code(client: FlaskClient) -> None:
    answer = client.get("/_control/totp?email=dan@appcast.example")
    assert (answer.status_code, answer.get_json().keys()) == (404, {"error"})


def test_a_mail_s_time_is_when_it_came(smtp: SMTP, client: FlaskClient) -> None:
    before = time.strftime("%Y-%m-%dT%H:%M", time.gmtime())
    smtp.send_message(mail())
    at = client.get("/_control/inbox").get_json()[0]["at"]
    assert before <= at <= time.strftime("%Y-%m-%dT%H:%M:%S.999", time.gmtime())
