"""An application as Appcast Apply posts it to the portal: section 3 of Appcast's contract."""

import base64
import hashlib
import random
import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox.appcast.resume import resume_pdf
from sandbox.world.posting import UNSUPPORTED_TYPES, Form, Posting

Json = dict[str, Any]
FIRST = ("Ada", "Bruno", "Carmen", "Dilek", "Emeka", "Freya", "Goran", "Hana", "Ivo", "Jana", "Kofi", "Lena")
LAST = ("Adler", "Bianchi", "Costa", "Demir", "Eze", "Fischer", "Garcia", "Haddad", "Ito", "Jensen", "Kim")


def build_application(
    job_reference: str,
    posting: Posting | None,
    applicant: Json,
    answers: list[Json] | None,
    with_resume: bool,
    overrides: Json,
) -> Json:
    """True to the contract; `overrides` then replaces keys at the top, to send what is not."""
    person = invented_person() | names_of(applicant) | applicant
    form = posting.form if posting else None
    application = {
        "schema_version": "1.0",
        "application_id": str(uuid.uuid4()),
        "submitted_at": now(),
        "locale": "en-US",
        "test": False,
        "job": {
            "job_reference": job_reference,
            "original_url": original_url(posting),
            "appcast_job_id": "123",
        },
        "applicant": person,
        "attachments": [resume_attachment(person["full_name"])] if with_resume else [],
        "answers": answers if answers is not None else required_answers(form),
        "demographic_answers": [],
        "consents": consents(form),
        "source": {
            "name": "Appcast",
            "site": "jobs.example",
            "click_id": uuid.uuid4().hex,
            "campaign_id": "c-1",
        },
        "client": {
            "ip": "203.0.113.24",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Sandbox",
            "accept_language": "en-US,en;q=0.9",
            "referer": "https://jobs.example/",
            "timezone": "America/New_York",
        },
    }
    return application | overrides


def invented_person() -> Json:
    first, last = random.choice(FIRST), random.choice(LAST)
    return {
        "first_name": first,
        "last_name": last,
        "full_name": f"{first} {last}",
        "email": f"{first}.{last}.{uuid.uuid4().hex[:8]}@mail.example".lower(),
        "phone": "+1 202 555 0143",
        "address": {
            "street": "1 Main St",
            "city": "Columbus",
            "state": "OH",
            "zip": "43004",
            "country": "US",
        },
        "links": {"LinkedIn": f"https://www.linkedin.com/in/{first}-{last}".lower()},
        "current_company": "Contoso",
        "cover_letter": "I would like to work with you.",
    }


def names_of(applicant: Json) -> Json:
    """Whoever gives a full name means the first and the last one too."""
    full_name = applicant.get("full_name")
    if not isinstance(full_name, str):
        return {}
    first, _, last = full_name.partition(" ")
    return {"first_name": first, "last_name": last}


def resume_attachment(name: str) -> Json:
    data = resume_pdf(name)
    return {
        "type": "resume",
        "file_name": "resume.pdf",
        "content_type": "application/pdf",
        "data": base64.b64encode(data).decode(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def required_answers(form: Form | None) -> list[Json]:
    """To every required question that an outside candidate sees, the first answer that it takes."""
    sets = form["customQuestions"] if form else []
    fields = [field for it in sets if "external" in it["distribution"] for field in it["fields"]]
    needed = [field for field in fields if field["required"] and field["type"] not in UNSUPPORTED_TYPES]
    return [{"question_id": field["id"], "value": first_answer(field)} for field in needed]


def first_answer(field: Json) -> str | list[str]:
    if "options" not in field:
        return f"My answer to: {field['text']}"
    first = str(field["options"][0]["text"])
    return [first] if field["type"] == "multiple-select" else first


def consents(form: Form | None) -> list[Json]:
    """Lever's own policies where the form has some, and the customer's links that Appcast Apply shows."""
    disclosures = (form or {}).get("consentDisclosures") or {}
    given = [consent(name, policy["compliancePolicyId"], "") for name, policy in disclosures.items()]
    return [*given, consent("privacy_policy", None, "https://www.example.com/privacy")]


def consent(consent_id: str, policy_id: str | None, policy_url: str) -> Json:
    return {
        "id": consent_id,
        "provided": True,
        "policy_id": policy_id,
        "policy_url": policy_url,
        "given_at": now(),
    }


def original_url(posting: Posting | None) -> str:
    return posting.hosted_url if posting else ""


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
