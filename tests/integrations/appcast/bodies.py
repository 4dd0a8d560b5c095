"""An application as the contract shows it, to be bent in one place by each test."""

import base64
import hashlib
import io
import json
import zipfile

Json = dict[str, object]

POSTING = "5ac21346-8e0c-4494-8e7a-3eb92ff77902"
APPLICATION = "0b4a0a1c-8a34-4b8e-9d5f-0f4f6d1a2b3c"
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\n%%EOF\n"


def body(**changes: object) -> bytes:
    """`...` takes a key away; dots in names go down: `applicant__email`."""
    application = valid()
    for path, value in changes.items():
        *parents, last = path.split("__")
        parent = application
        for name in parents:
            parent = parent[name]  # type: ignore[assignment]
        if value is ...:
            del parent[last]
        else:
            parent[last] = value
    return json.dumps(application).encode()


def valid() -> Json:
    return {
        "schema_version": "1.0",
        "application_id": APPLICATION,
        "submitted_at": "2026-01-31T13:00:00+01:00",
        "locale": "en-US",
        "test": False,
        "job": {"job_reference": POSTING, "original_url": "https://jobs.lever.co/acme/1"},
        "applicant": {
            "first_name": "Ada",
            "last_name": "Adler",
            "full_name": "",
            "email": "ada@mail.example",
            "phone": "+1 202 555 0143",
            "address": {
                "street": "1 Main St",
                "city": "Columbus",
                "state": "OH",
                "zip": "43004",
                "country": "US",
            },
            "links": {"LinkedIn": "https://www.linkedin.com/in/ada", "Portfolio": ""},
            "current_company": "Contoso",
            "cover_letter": "Dear all,\nI would like to work with you.",
        },
        "attachments": [attachment()],
        "answers": [
            {"question_id": "q-1", "value": "Yes"},
            {"question_id": "q-2", "value": ["Monday", "Friday"]},
        ],
        "demographic_answers": [{"question_id": "gender", "value": "Decline to self-identify"}],
        "consents": [
            {"id": "store", "provided": True, "policy_id": "policy-1", "policy_url": ""},
            {"id": "marketing", "provided": False, "policy_id": None},
            {
                "id": "privacy_policy",
                "provided": True,
                "policy_url": "https://www.example.com/privacy",
                "given_at": "2026-01-31T11:59:00Z",
            },
            {"id": "terms", "provided": True},
        ],
        "source": {"name": "Appcast", "site": "jobs.example", "click_id": "ccuid-1", "campaign_id": "c"},
        "client": {
            "ip": "203.0.113.24",
            "user_agent": "Mozilla/5.0",
            "accept_language": "en-US",
            "referer": "https://jobs.example/",
            "timezone": "America/New_York",
        },
    }


def attachment(data: bytes = PDF, file_name: str = "cv.pdf", kind: str = "resume", **changes: object) -> Json:
    return {
        "type": kind,
        "file_name": file_name,
        "content_type": "application/pdf",
        "data": base64.b64encode(data).decode(),
        "sha256": hashlib.sha256(data).hexdigest(),
        **changes,
    }


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return file.getvalue()
