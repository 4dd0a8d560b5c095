from dataclasses import replace

import pytest

from integrations.lever.forms import parse
from integrations.lever.payloads import application_body
from integrations.types import Candidacy, Client

from .forms import CANDIDACY, POLICY, UPLOADS, form


def test_the_body_has_the_forms_structure_and_order() -> None:
    assert application_body(parse(form()), CANDIDACY, UPLOADS) == {
        "personalInformation": [
            {"name": "fullName", "value": "Ada Lovelace"},
            {"name": "email", "value": "ada@example.org"},
            {"name": "currentCompany", "value": "Analytical Engines"},
            {"name": "phone", "value": "+44 20 1234567"},
            {"name": "resume", "value": UPLOADS["resume"]},
            {"name": "preferredPostingLocation", "value": "Remote"},
            {"name": "additionalInformation", "value": "I should like to drive."},
        ],
        "urls": [{"name": "LinkedIn", "value": "https://www.linkedin.com/in/ada"}],
        "customQuestions": [
            {
                "id": "set-1",
                "fields": [
                    {"value": "Yes"},
                    {"value": ["Crane", "Forklift"]},
                    {"value": None},
                    {"value": UPLOADS["proof"]},
                    {"value": None},
                ],
            },
            {"id": "set-2", "fields": [{"value": None}]},
        ],
        "eeoResponses": {"gender": "Female"},
        "consent": {
            "store": {"provided": True, "compliancePolicyId": POLICY},
            "marketing": {"provided": False, "compliancePolicyId": POLICY},
        },
        "source": "Appcast",
        "origin": "applied",
        "ipAddress": "184.23.195.146",
        "timezone": "Europe/London",
        "userAgent": "u" * 512,
        "acceptLanguage": "en-GB",
        "referer": "https://jobs.example/1",
    }


def test_the_least_application_has_name_and_email_only() -> None:
    bare = Candidacy(full_name="Ada", email="ada@example.org", source="")
    parsed = parse(form(customQuestions=[], eeoQuestions=None, consentDisclosures=None))
    assert application_body(parsed, bare, {}) == {
        "personalInformation": [
            {"name": "fullName", "value": "Ada"},
            {"name": "email", "value": "ada@example.org"},
        ],
        "origin": "applied",
    }


@pytest.mark.parametrize("timezone", ["", "Mars/Olympus", "../../etc/passwd", "UTC+2", "Europe/London\n"])
def test_a_timezone_that_lever_would_refuse_is_left_out(timezone: str) -> None:
    candidacy = replace(CANDIDACY, client=Client(timezone=timezone))
    assert "timezone" not in application_body(parse(form()), candidacy, UPLOADS)


@pytest.mark.parametrize("ip", ["", "localhost", "999.1.1.1", "1.2.3.4, 5.6.7.8"])
def test_an_address_that_is_none_is_left_out(ip: str) -> None:
    candidacy = replace(CANDIDACY, client=Client(ip=ip))
    assert "ipAddress" not in application_body(parse(form()), candidacy, UPLOADS)


def test_a_file_that_was_not_uploaded_is_not_named() -> None:
    body = application_body(parse(form()), CANDIDACY, {})
    assert "cv.pdf" not in str(body)
    assert "licence.png" not in str(body)
