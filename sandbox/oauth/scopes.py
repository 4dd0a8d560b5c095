"""All scopes that Lever documents, and the words in which its consent page asks for them."""

OFFLINE = "offline_access"

# What each may be: read, write, or both.
RESOURCES = {
    "applications": ("applications", "read"),
    "archive_reasons": ("archive reasons", "read"),
    "audit_events": ("audit events", "read"),
    "contact": ("contacts", "read write"),
    "diversity_surveys": ("diversity surveys", "read"),
    "eeo_responses": ("EEO responses", "read"),
    "eeo_responses_pii": ("EEO responses with personal data", "read"),
    "feedback": ("feedback", "read write"),
    "feedback_templates": ("feedback templates", "read write"),
    "files": ("files", "read write"),
    "forms": ("profile forms", "read write"),
    "form_templates": ("profile form templates", "read write"),
    "groups": ("groups", "read write"),
    "interviews": ("interviews", "read write"),
    "notes": ("notes", "read write"),
    "offers": ("offers", "read"),
    "opportunities": ("opportunities (candidates)", "read write"),
    "panels": ("interview panels", "read write"),
    "permissions": ("permissions", "read write"),
    "postings": ("job postings", "read write"),
    "referrals": ("referrals", "read"),
    "requisitions": ("requisitions", "read write"),
    "requisition_fields": ("requisition fields", "read write"),
    "resumes": ("resumes", "read"),
    "roles": ("roles", "read write"),
    "sources": ("sources", "read"),
    "stages": ("pipeline stages", "read"),
    "tags": ("tags", "read"),
    "tasks": ("tasks", "read"),
    "uploads": ("file uploads", "write"),
    "users": ("users", "read write"),
    "webhooks": ("webhooks", "read write"),
}
VERBS = {"read": "View", "write": "View and manage"}


def words_of_scopes() -> dict[str, str]:
    words = {
        OFFLINE: "Stay connected while you are away",
        "confidential:access:admin": "See confidential postings and candidates",
    }
    for resource, (noun, access) in RESOURCES.items():
        for kind in access.split():
            words[f"{resource}:{kind}:admin"] = f"{VERBS[kind]} {noun}"
    return words


WORDS = words_of_scopes()


def covers(granted: frozenset[str], needed: str) -> bool:
    """A write scope implies the read scope of the same resource."""
    return needed in granted or needed.replace(":read:", ":write:") in granted
