"""What the document shows: one application, and what becomes of it."""

from datetime import UTC, datetime
from uuid import UUID

from integrations.appcast.listing import Place
from integrations.appcast.replies import (
    ApplicationStatus,
    FieldError,
    HistoryEntry,
    ListedApplication,
    Listing,
    Receipt,
    State,
    Unacceptable,
)

SENDER_ID = UUID("0b4a0a1c-8a34-4b8e-9d5f-0f4f6d1a2b3c")
RECEIPT_ID = UUID("7f9c24e5-1b3a-4f0e-8c55-2d6a9e0b7c11")
JOB_REFERENCE = "5ac21346-8e0c-4494-8e7a-3eb92ff77902"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

APPLICATION = {
    "schema_version": "1.0",
    "application_id": str(SENDER_ID),
    "submitted_at": "2026-01-31T12:00:00Z",
    "test": False,
    "job": {"job_reference": JOB_REFERENCE},
    "applicant": {
        "full_name": "Ada Adler",
        "email": "ada@mail.example",
        "phone": "+1 202 555 0143",
        "address": {"city": "Columbus", "state": "OH", "country": "US"},
        "links": {"LinkedIn": "https://www.linkedin.com/in/ada"},
        "current_company": "Contoso",
        "cover_letter": "I would like to work with you.",
    },
    "attachments": [{"type": "resume", "file_name": "cv.txt", "data": "QWRhIEFkbGVyLCBkcml2ZXI="}],
    "answers": [
        {"question_id": "q-1", "value": "Yes"},
        {"question_id": "q-2", "value": ["Monday", "Friday"]},
    ],
    "demographic_answers": [],
    "consents": [
        {
            "id": "privacy_policy",
            "provided": True,
            "policy_url": "https://www.example.com/privacy",
            "given_at": "2026-01-31T11:59:00Z",
        }
    ],
    "source": {"name": "Appcast", "click_id": "ccuid-1"},
    "client": {"ip": "203.0.113.24", "user_agent": "Mozilla/5.0", "timezone": "America/New_York"},
}
RECEIPT = Receipt(receipt_id=RECEIPT_ID)
STATUS = ApplicationStatus(
    application_id=SENDER_ID,
    receipt_id=RECEIPT_ID,
    status=State.DELIVERED,
    reason="",
    ats_application_id="33538a2f-d27d-4a96-8f05-fa4b0e4d940e",
    history=[
        HistoryEntry(status=State.ACCEPTED, at=NOON, reason=""),
        HistoryEntry(status=State.DELIVERED, at=NOON.replace(second=3), reason=""),
    ],
)
LISTING = Listing(
    applications=[
        ListedApplication(
            **STATUS.model_dump(exclude={"history"}),
            job_reference=JOB_REFERENCE,
            test=False,
            accepted_at=NOON,
        )
    ],
    next_cursor=str(Place(NOON, RECEIPT_ID)),
)
MISASKED = Unacceptable(
    errors=[
        FieldError(
            field="limit", code="out_of_range", message="Expected at most 200; received text of length 4."
        )
    ]
)
MISFIT = Unacceptable(
    errors=[
        FieldError(
            field="answers.q-1",
            code="unsupported_question_type",
            message="Questions of this type cannot be answered.",
        )
    ]
)
