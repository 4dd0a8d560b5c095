"""GET and POST /postings/:id/apply."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from sandbox.api.access import account
from sandbox.api.application_check import check_application
from sandbox.api.bodies import json_object
from sandbox.api.errors import bad_request, too_many_requests
from sandbox.api.lists import Json, single
from sandbox.api.postings import posting_or_404
from sandbox.api.routes import Routes
from sandbox.world import recruiting, world
from sandbox.world.candidates import Application
from sandbox.world.ids import new_id, now_ms
from sandbox.world.posting import Posting

routes = Routes()
CLIENT = ("ipAddress", "referer", "userAgent", "acceptLanguage", "timezone")


@routes.add("GET", "/postings/<posting_id>/apply", "postings:read:admin")
def form(posting_id: str) -> ResponseReturnValue:
    """Given for a posting in any state. `distribution` filters the custom questions."""
    posting = posting_or_404(posting_id)
    distribution = request.args.get("distribution")
    if distribution not in (None, "internal", "external"):
        raise bad_request("distribution must be internal or external.")
    sets = posting.form["customQuestions"]
    if distribution:
        sets = [it for it in sets if distribution in it["distribution"]]
    return single({"id": posting.id, "text": posting.text} | posting.form | {"customQuestions": sets})


@routes.add("POST", "/postings/<posting_id>/apply", "postings:write:admin")
def apply(posting_id: str) -> ResponseReturnValue:
    """201 with the application's id only; no e-mail goes out unless asked for; nothing makes a repeat harmless."""
    posting = posting_or_404(posting_id)
    with world.lock:
        if not account().apply_bucket.take():
            raise too_many_requests()
    if not posting.takes_applications:
        raise bad_request(f"Applications to a posting in state {posting.state} are not accepted.")
    sent = json_object()
    check_application(sent, posting.form, account().uploads)
    application = application_of(sent, posting)
    recruiting.apply(
        world, account(), posting, application, sent.get("origin", "applied"), sent.get("source")
    )
    return single({"applicationId": application.id}, 201)


def application_of(sent: Json, posting: Posting) -> Application:
    personal = {item["name"]: item.get("value") for item in sent["personalInformation"]}
    return Application(
        id=new_id(),
        posting_id=posting.id,
        created_at=now_ms(),
        name=personal["fullName"],
        email=personal["email"],
        phone=personal.get("phone"),
        company=personal.get("currentCompany"),
        comments=personal.get("additionalInformation"),
        resume_uri=personal.get("resume"),
        links=[item["value"] for item in sent.get("urls") or [] if item.get("value")],
        custom_questions=answered_questions(sent, posting),
        client={name: str(sent[name]) for name in CLIENT if sent.get(name)},
        consent=sent.get("consent") or {},
    )


def answered_questions(sent: Json, posting: Posting) -> list[dict[str, Any]]:
    """The form's sets with the values that came, by position."""
    answers = {item["id"]: item["fields"] for item in sent.get("customQuestions") or []}
    return [
        question_set
        | {
            "fields": [
                field | {"value": answer.get("value")}
                for field, answer in zip(question_set["fields"], answers[question_set["id"]], strict=True)
            ]
        }
        for question_set in posting.form["customQuestions"]
        if question_set["id"] in answers
    ]
