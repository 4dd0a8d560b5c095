"""GET /surveys/diversity/:posting."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.api.postings import posting_or_404
from sandbox.api.routes import Routes
from sandbox.seed.companies import COMPANIES
from sandbox.world.ids import stable_id

routes = Routes()
SITES_WITH_SURVEY = {company.key for company in COMPANIES if "diversity" in company.form_features}


@routes.add("GET", "/surveys/diversity/<posting_id>", "diversity_surveys:read:admin")
def diversity(posting_id: str) -> ResponseReturnValue:
    posting = posting_or_404(posting_id)
    if posting.site not in SITES_WITH_SURVEY:
        return jsonify(data=[])
    survey = {
        "id": stable_id(posting.site, "survey"),
        "text": "Who we are",
        "candidateLocations": {"countryCodes": [posting.country]},
        "instructions": "Answering is up to you and has no influence on the decision.",
        "fields": [age_question(posting.site)],
    }
    return jsonify(data=[survey])


def age_question(site: str) -> dict[str, object]:
    """The official example writes this type with a blank."""
    return {
        "id": stable_id(site, "survey", "age"),
        "type": "multiple choice",
        "text": "How old are you?",
        "required": False,
        "options": [{"text": text} for text in ("Under 30", "30 to 50", "Over 50", "I prefer not to say")],
    }
