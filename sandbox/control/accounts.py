"""What is in each account."""

from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from sandbox.control.requests import ACCOUNT, Routes, account_or_404
from sandbox.world import world
from sandbox.world.account import Account
from sandbox.world.candidates import Opportunity
from sandbox.world.pipeline import Stage
from sandbox.world.posting import Posting
from sandbox.world.webhooks import Webhook


def accounts() -> ResponseReturnValue:
    return jsonify([summary(account) for account in world.accounts.values()])


def account(key: str) -> ResponseReturnValue:
    return jsonify(everything(account_or_404(key)))


routes: Routes = [("GET", "/_control/accounts", accounts), ("GET", ACCOUNT, account)]


def summary(account: Account) -> dict[str, Any]:
    return {
        "key": account.key,
        "name": account.name,
        "site": account.key,
        "account_id": account.id,
        "users": [{"email": it.email, "role": it.access_role} for it in account.users],
        "is_connected": account.authorized_app is not None,
        "scopes": sorted(account.authorized_app.scopes) if account.authorized_app else [],
        "is_feed_on": account.is_feed_on,
        "feed_style": account.feed_style,
        "counts": counts(account),
    }


def counts(account: Account) -> dict[str, int]:
    return {
        "postings": len(account.postings),
        "published": sum(posting.is_public for posting in account.postings.values()),
        "opportunities": len(account.opportunities),
        "applications": len(account.applications),
        "webhooks": len(account.webhooks),
    }


def everything(account: Account) -> dict[str, Any]:
    """Signature tokens included: the control room is for scripts that stand in for the customer."""
    opportunities = list(account.opportunities.values())
    return summary(account) | {
        "newest_refresh_token_sha256": world.grants.newest_refresh_token_sha256(account),
        "stages": [stage_row(stage) for stage in account.pipeline.stages],
        "workflows": [
            {"name": it.name, "stages": [stage_row(stage) for stage in it.stages]}
            for it in account.pipeline.workflows
        ],
        "archive_reasons": [
            {"id": it.id, "text": it.text, "type": it.type} for it in account.pipeline.archive_reasons
        ],
        "postings": [posting_row(posting) for posting in list(account.postings.values())],
        "webhooks": [webhook_row(account, webhook) for webhook in list(account.webhooks.values())],
        "opportunities": [opportunity_row(it) for it in opportunities],
        "applications": [application_row(it) for it in opportunities],
        "deliveries": [delivery.wire for delivery in account.history],
    }


def stage_row(stage: Stage) -> dict[str, str]:
    return {"id": stage.id, "text": stage.text, "pipeline": stage.pipeline}


def posting_row(posting: Posting) -> dict[str, Any]:
    named = {"id": posting.id, "text": posting.text, "state": posting.state, "location": posting.location}
    return named | {"is_public": posting.is_public, "unsupported_types": posting.unsupported_types}


def webhook_row(account: Account, webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "event": webhook.event,
        "url": webhook.url,
        "signatureToken": webhook.signature_token,
        "made_by": webhook.made_by,
        "is_on": webhook.event in account.switched_on_events,
    }


def opportunity_row(opportunity: Opportunity) -> dict[str, Any]:
    return {
        "id": opportunity.id,
        "name": opportunity.application.name,
        "email": opportunity.application.email,
        "posting": opportunity.application.posting_id,
        "stage": opportunity.stage_id,
        "archived": opportunity.archived.wire if opportunity.archived else None,
        "is_hired": opportunity.is_hired,
        "sources": opportunity.sources,
        "application_id": opportunity.application.id,
        "created_at": opportunity.created_at,
    }


def application_row(opportunity: Opportunity) -> dict[str, Any]:
    application = opportunity.application
    return {
        "id": application.id,
        "opportunity_id": opportunity.id,
        "posting": application.posting_id,
        "name": application.name,
        "email": application.email,
        "phone": application.phone,
        "resume": application.resume_uri,
        "links": application.links,
        "customQuestions": application.custom_questions,
        "consent": application.consent,
        "client": application.client,
        "created_at": application.created_at,
    }
