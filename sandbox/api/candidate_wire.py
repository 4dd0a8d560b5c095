"""Opportunities, their applications and contacts as JSON."""

from typing import Any

from sandbox.api.access import account
from sandbox.api.lists import Json, expanded
from sandbox.api.people import user_or_id
from sandbox.world.candidates import Application, Opportunity


def opportunity_wire(opportunity: Opportunity) -> Json:
    application = opportunity.application
    return person_wire(opportunity) | {
        "archived": opportunity.archived.wire if opportunity.archived else None,
        "stage": stage_wire(opportunity.stage_id),
        "stageChanges": opportunity.stage_changes,
        "owner": user_or_id(account().admin.id, is_expanded="owner" in expanded()),
        "tags": opportunity.tags,
        "sources": opportunity.sources,
        "origin": opportunity.origin,
        "sourcedBy": None,
        "applications": [
            application_wire(opportunity, application) if "applications" in expanded() else application.id
        ],
        "followers": [],
        "createdAt": opportunity.created_at,
        "updatedAt": opportunity.updated_at,
        "lastInteractionAt": opportunity.updated_at,
        "lastAdvancedAt": opportunity.last_advanced_at,
        "snoozedUntil": None,
        "urls": {
            "list": "https://hire.lever.co/candidates",
            "show": f"https://hire.lever.co/candidates/{opportunity.id}",
        },
        "dataProtection": data_protection(application),
        "isAnonymized": False,
        "opportunityLocation": opportunity.location,
    }


def person_wire(opportunity: Opportunity) -> Json:
    application = opportunity.application
    return {
        "id": opportunity.id,
        "name": application.name,
        "headline": application.company or "",
        "contact": contact_wire(opportunity) if "contact" in expanded() else opportunity.contact_id,
        "emails": [application.email],
        "phones": phones(application),
        "confidentiality": "non-confidential",
        "location": opportunity.location or "",
        "links": application.links,
    }


def phones(application: Application) -> list[Json]:
    return [{"type": None, "value": application.phone}] if application.phone else []


def stage_wire(stage_id: str) -> Json | str:
    if "stage" not in expanded():
        return stage_id
    stage = account().pipeline.stage(stage_id)
    return {"id": stage_id, "text": stage.text if stage else ""}


def contact_wire(opportunity: Opportunity) -> Json:
    application = opportunity.application
    return {
        "id": opportunity.contact_id,
        "name": application.name,
        "headline": application.company or "",
        "isAnonymized": False,
        "location": {"name": opportunity.location or ""},
        "emails": [application.email],
        "phones": phones(application),
    }


def application_wire(opportunity: Opportunity, application: Application) -> Json:
    posting = account().postings.get(application.posting_id)
    client: dict[str, Any] = {
        "ipAddress": None,
        "referer": None,
        "userAgent": None,
        "acceptLanguage": None,
        "timezone": None,
    }
    return {
        "id": application.id,
        "opportunityId": opportunity.id,
        "candidateId": opportunity.id,
        "type": application.type,
        "posting": application.posting_id,
        "postingOwner": posting.owner if posting else None,
        "postingHiringManager": None,
        "user": None,
        "name": application.name,
        "email": application.email,
        "phone": {"type": None, "value": application.phone} if application.phone else None,
        "company": application.company,
        "links": application.links,
        "comments": application.comments,
        "customQuestions": application.custom_questions,
        "archived": opportunity.archived.wire if opportunity.archived else None,
        "requisitionForHire": None,
        "createdAt": application.created_at,
    } | (client | application.client)


def data_protection(application: Application) -> Json | None:
    """Only where a policy asked for consent."""
    if not application.consent:
        return None
    return {
        name: {"allowed": bool(application.consent.get(name, {}).get("provided")), "expiresAt": None}
        for name in ("store", "contact")
    }
