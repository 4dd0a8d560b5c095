"""A form as Lever would answer it, with every kind of question, and an application that fits it."""

from copy import deepcopy

from integrations.types import Candidacy, Client, Consent, File

POSTING = "730e37db-93d3-4acf-b9de-7cfc397cef1d"
POLICY = "57aaa5ad-0b7a-4f5e-a2d0-7b1ba4a2d5c4"


def options(*texts: str) -> list[dict[str, str]]:
    return [{"text": text} for text in texts]


FORM: dict[str, object] = {
    "id": POSTING,
    "text": "Driver",
    "personalInformation": [
        {"name": "fullName", "text": "Full name", "type": "text", "required": True, "value": None},
        {"name": "email", "text": "Email", "type": "text", "required": True, "value": None},
        {"name": "currentCompany", "text": "Current company", "type": "text", "required": False},
        {"name": "phone", "text": "Phone", "type": "text", "required": True},
        {"name": "resume", "text": "Resume", "type": "file-upload", "required": True},
        {
            "name": "preferredPostingLocation",
            "text": "Which location?",
            "type": "dropdown",
            "required": True,
            "options": options("Arlington, TX", "Remote"),
        },
        {"name": "additionalInformation", "text": "Anything else?", "type": "textarea", "required": False},
    ],
    "urls": [
        {"name": "LinkedIn", "text": "LinkedIn", "type": "text", "required": False},
        {"name": "Other", "text": "Other", "type": "text", "required": False},
    ],
    "customQuestions": [
        {
            "id": "set-1",
            "text": "Driving",
            "distribution": ["external"],
            "fields": [
                {
                    "id": "licence",
                    "type": "multiple choice",
                    "text": "Licence?",
                    "required": True,
                    "options": options("Yes", "No"),
                },
                {
                    "id": "skills",
                    "type": "multiple-select",
                    "text": "Skills",
                    "options": options("Forklift", "Crane"),
                },
                {"id": "why", "type": "textarea", "text": "Why us?", "required": False},
                {"id": "proof", "type": "file_upload", "text": "Proof of licence", "required": False},
                {
                    "id": "notes",
                    "type": "text",
                    "text": "Recruiter's notes",
                    "required": True,
                    "distribution": "internal",
                },
            ],
        },
        {
            "id": "set-2",
            "text": "For recruiters",
            "distribution": ["internal"],
            "fields": [{"id": "rating", "type": "score", "text": "Rating", "required": True}],
        },
    ],
    "eeoQuestions": {
        "gender": {
            "type": "dropdown",
            "prompt": "Gender",
            "options": options("Female", "Male"),
            "required": False,
        },
        "disabilitySignature": {"type": "text"},
        "race": {},
    },
    "consentDisclosures": {
        "store": {"displayState": "MANDATORY_DISCLOSURE_SHOWN", "compliancePolicyId": POLICY},
        "marketing": {"displayState": "ASSUMED_DISCLOSURE_HIDDEN", "compliancePolicyId": POLICY},
    },
}


def form(**changes: object) -> dict[str, object]:
    return deepcopy({**FORM, **changes})


CANDIDACY = Candidacy(
    full_name="Ada Lovelace",
    email="ada@example.org",
    phone="+44 20 1234567",
    company="Analytical Engines",
    cover_letter="I should like to drive.",
    links={"linkedin": "https://www.linkedin.com/in/ada"},
    answers={
        "preferredPostingLocation": "remote",
        "licence": " yes",
        "skills": ("Crane", "forklift"),
        "proof": "licence.png",
    },
    demographic_answers={"gender": "Female"},
    consents=(
        Consent("store", is_given=True, policy_external_id="an older policy"),
        Consent("marketing", is_given=False),
    ),
    files=(
        File("resume", "cv.pdf", "application/pdf", b"%PDF"),
        File("proof", "licence.png", "image/png", b"\x89PNG"),
    ),
    client=Client(
        ip="184.23.195.146",
        user_agent="u" * 600,
        accept_language="en-GB",
        referer="https://jobs.example/1",
        timezone="Europe/London",
    ),
)
UPLOADS = {
    "resume": "https://api.lever.co/v1/uploads/1-cv.pdf",
    "proof": "https://api.lever.co/v1/uploads/2.png",
}
