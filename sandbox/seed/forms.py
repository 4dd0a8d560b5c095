"""Application forms in the wire shape of GET /v1/postings/:id/apply."""

from typing import Any

from sandbox.world.ids import stable_id
from sandbox.world.posting import Form

DECLINE = "Decline to self-identify"

PERSONAL = (
    ("fullName", "Full name", "text", True),
    ("email", "Email", "text", True),
    ("currentCompany", "Current company", "text", False),
    ("currentLocation", "Current location", "text", False),
    ("phone", "Phone", "text", False),
    ("resume", "Resume", "file-upload", False),
    ("additionalInformation", "Additional information", "textarea", False),
)
URLS = ("LinkedIn", "Portfolio", "Other")


def form_of(posting_id: str, index: int, features: frozenset[str], locations: list[str]) -> Form:
    form: Form = {
        "personalInformation": personal_information(locations, is_resume_required=index % 4 == 1),
        "urls": [named_field(name, name, "text", required=False) for name in URLS],
        "customQuestions": custom_questions(posting_id, index, features),
        "consentDisclosures": consent_disclosures(posting_id) if "consent" in features else None,
    }
    if "eeo" in features:
        form["eeoQuestions"] = eeo_questions()
    return form


def personal_information(locations: list[str], is_resume_required: bool) -> list[dict[str, Any]]:
    fields = [named_field(*definition) for definition in PERSONAL]
    fields[5]["required"] = is_resume_required
    if len(locations) > 1:
        choice = named_field(
            "preferredPostingLocation", "Which location are you applying for?", "dropdown", required=False
        )
        fields.insert(6, choice | {"options": options(*locations)})
    return fields


def named_field(name: str, text: str, kind: str, required: bool) -> dict[str, Any]:
    return {"name": name, "text": text, "type": kind, "required": required, "value": None}


def custom_questions(posting_id: str, index: int, features: frozenset[str]) -> list[dict[str, Any]]:
    """Every fourth posting has none; the others one set or two; some have what Appcast Apply cannot take."""
    sets = []
    if index % 4 != 3:
        sets.append(
            question_set(posting_id, "About you", EXTERNAL, every_type(posting_id)[: 2 + index % 5 * 2])
        )
    if index % 6 == 1:
        sets.append(question_set(posting_id, "For our own people", INTERNAL, [internal_question(posting_id)]))
    if "university" in features and index % 7 == 4:
        sets.append(question_set(posting_id, "Education", EXTERNAL, [university_question(posting_id)]))
    if "score" in features and index % 8 == 5:
        sets.append(
            question_set(posting_id, "How would you rate yourself?", EXTERNAL, [score_question(posting_id)])
        )
    return sets


EXTERNAL, INTERNAL = ["external"], ["internal"]


def question_set(
    posting_id: str, text: str, distribution: list[str], fields: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": stable_id(posting_id, "set", text),
        "text": text,
        "distribution": distribution,
        "fields": fields,
    }


def question(posting_id: str, kind: str, text: str, required: bool, *choices: str) -> dict[str, Any]:
    field = {
        "id": stable_id(posting_id, "question", text),
        "type": kind,
        "text": text,
        "description": "",
        "required": required,
        "prompt": "",
        "value": None,
    }
    return field | {"options": options(*choices)} if choices else field


def options(*texts: str) -> list[dict[str, str]]:
    return [{"text": text, "optionId": text} for text in texts]


def every_type(posting_id: str) -> list[dict[str, Any]]:
    """The seven supported types; what is required comes first."""
    return [
        question(
            posting_id, "dropdown", "Are you legally allowed to work in this country?", True, "Yes", "No"
        ),
        question(posting_id, "text", "When could you start?", False),
        question(
            posting_id, "multiple-choice", "Which shift suits you best?", True, "Day", "Evening", "Night"
        ),
        question(
            posting_id,
            "multiple-select",
            "Which licences do you hold?",
            False,
            "Forklift",
            "CDL-A",
            "First aid",
            "None",
        ),
        question(posting_id, "textarea", "What would you like us to know?", False),
        question(posting_id, "text", "What pay do you expect?", True),
        question(posting_id, "file-upload", "A certificate, if you have one", False),
        question(
            posting_id,
            "multiple-select",
            "How did you hear about us?",
            True,
            "Job board",
            "A friend",
            "Our site",
        ),
    ]


def internal_question(posting_id: str) -> dict[str, Any]:
    return question(posting_id, "text", "Who is your present manager?", True)


def university_question(posting_id: str) -> dict[str, Any]:
    """Seen on real forms without a list of options."""
    return question(posting_id, "university", "What university did you attend?", False)


def score_question(posting_id: str) -> dict[str, Any]:
    # The wire type of a rating scale on posting forms is not documented; `score` is its name on feedback forms.
    return question(posting_id, "score", "Rate your experience from 1 to 4", False)


def unsupported_question_set(posting_id: str) -> dict[str, Any]:
    """What the form editor adds: a University Picker."""
    field = question(posting_id, "university", "Where did you study?", False)
    return question_set(posting_id, "Added in the form editor", EXTERNAL, [field])


def eeo_questions() -> dict[str, Any]:
    return {
        "gender": eeo_question("Gender", "Female", "Male", DECLINE),
        "race": eeo_question(
            "Race",
            "Hispanic or Latino",
            "White (Not Hispanic or Latino)",
            "Black or African American (Not Hispanic or Latino)",
            "Asian (Not Hispanic or Latino)",
            "Two or More Races (Not Hispanic or Latino)",
            DECLINE,
        ),
        "veteran": eeo_question("Veteran status", "I am a veteran", "I am not a veteran", DECLINE),
        "disability": eeo_question("Disability status", "Yes", "No", DECLINE),
        "disabilitySignature": signature_question("Your name"),
        "disabilitySignatureDate": signature_question("Today's date"),
    }


def eeo_question(text: str, *choices: str) -> dict[str, Any]:
    field = {
        "type": "dropdown",
        "text": text,
        "description": None,
        "required": False,
        "prompt": text,
        "value": None,
    }
    return field | {"options": options(*choices)}


def signature_question(text: str) -> dict[str, Any]:
    return {
        "type": "text",
        "text": text,
        "description": None,
        "required": False,
        "prompt": text,
        "value": None,
    }


def consent_disclosures(posting_id: str) -> dict[str, Any]:
    statement = "We keep your application for two years and may write to you about other jobs."
    return {
        "store": {
            "statement": statement,
            "statementHtml": f"<div>{statement}</div>",
            "displayState": "MANDATORY_DISCLOSURE_SHOWN",
            "compliancePolicyId": stable_id(posting_id, "policy", "store"),
        },
        "marketing": {
            "displayState": "ASSUMED_DISCLOSURE_HIDDEN",
            "compliancePolicyId": stable_id(posting_id, "policy", "marketing"),
        },
    }
