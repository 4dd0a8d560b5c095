"""Whether an application fits the form: "fields, order of fields, and field types must match".

How Lever words a refusal is not known beyond `{code, message}` without a field pointer.
"""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.api.bodies import json_part
from sandbox.api.errors import bad_request
from sandbox.world.candidates import Upload
from sandbox.world.ids import now_ms
from sandbox.world.posting import Form

Field = Mapping[str, Any]
ORIGINS = ("applied", "internal")
MANDATORY = "MANDATORY_DISCLOSURE_SHOWN"


def check_application(sent: dict[str, Any], form: Form, uploads: Mapping[str, Upload]) -> None:
    """Raises LeverError 400 on the first thing that does not fit. Unknown keys at the top are let be."""
    check_named(sent.get("personalInformation"), form["personalInformation"], "personalInformation", uploads)
    check_named(sent.get("urls") or [], form["urls"], "urls", uploads)
    check_question_sets(sent.get("customQuestions") or [], form, sent.get("origin", "applied"), uploads)
    check_eeo(json_part(sent, "eeoResponses"), form.get("eeoQuestions"))
    check_consent(json_part(sent, "consent"), form.get("consentDisclosures"))
    check_rest(sent)


def check_named(answers: Any, fields: list[Any], part: str, uploads: Mapping[str, Upload]) -> None:
    """Answers by name, in the form's order; what is not required may be left out."""
    if not isinstance(answers, list) or not all(
        isinstance(item, dict) and isinstance(item.get("name"), str) for item in answers
    ):
        raise bad_request(f"{part} must be a list of objects with name and value.")
    names, known = [item["name"] for item in answers], [field["name"] for field in fields]
    if names != [name for name in known if name in names]:
        raise bad_request(f"{part} has {names}; the form has, in this order and once each, {known}.")
    values = {item["name"]: item.get("value") for item in answers}
    for field in fields:
        check_value(values.get(field["name"]), field, f"{part}.{field['name']}", uploads)
    if part == "personalInformation" and "@" not in values["email"]:
        raise bad_request("personalInformation.email is not an e-mail address.")


def check_question_sets(answers: Any, form: Form, origin: str, uploads: Mapping[str, Upload]) -> None:
    """Sets by id, fields by position. A set that was left out must not have had a required question."""
    if not isinstance(answers, list) or not all(
        isinstance(item, dict) and isinstance(item.get("id"), str) for item in answers
    ):
        raise bad_request("customQuestions must be a list of objects with id and fields.")
    given = {item["id"]: item.get("fields") for item in answers}
    sets = form["customQuestions"]
    if [item["id"] for item in answers] != [it["id"] for it in sets if it["id"] in given]:
        raise bad_request("customQuestions must name sets of the form, in the form's order, once each.")
    audience = "internal" if origin == "internal" else "external"
    for question_set in sets:
        if question_set["id"] in given or audience in question_set["distribution"]:
            check_fields(given.get(question_set["id"]), question_set, uploads)


def check_fields(answers: Any, question_set: Field, uploads: Mapping[str, Upload]) -> None:
    fields, name = question_set["fields"], question_set["text"]
    if answers is None:
        answers = [{"value": None}] * len(fields)
    if not isinstance(answers, list) or len(answers) != len(fields):
        raise bad_request(
            f"customQuestions '{name}' must have {len(fields)} fields, one for each of the form."
        )
    for position, (answer, field) in enumerate(zip(answers, fields, strict=True)):
        if not isinstance(answer, dict):
            raise bad_request(f"customQuestions '{name}' field {position} must be an object with a value.")
        check_value(answer.get("value"), field, f"customQuestions '{name}' field {position}", uploads)


def check_value(value: Any, field: Field, where: str, uploads: Mapping[str, Upload]) -> None:
    if value in (None, "", []):
        if field.get("required"):
            raise bad_request(f"{where} ({field.get('text', 'no text')}) is required.")
        return
    if field["type"] == "multiple-select":
        check_choices(value, field, where)
    elif field["type"] == "score":
        if value not in (1, 2, 3, 4) or isinstance(value, bool):
            raise bad_request(f"{where} must be a whole number from 1 to 4.")
    elif not isinstance(value, str):
        raise bad_request(f"{where} must be a string, not {type(value).__name__}.")
    elif field["type"] in ("dropdown", "multiple-choice"):
        check_choices([value], field, where)
    elif field["type"] == "file-upload":
        check_upload(value, where, uploads)


def check_choices(values: Any, field: Field, where: str) -> None:
    texts = [option["text"] for option in field["options"]]
    if not isinstance(values, list) or not all(value in texts for value in values):
        raise bad_request(f"{where} must be among the options' texts {texts}, not {values!r}.")


def check_upload(uri: str, where: str, uploads: Mapping[str, Upload]) -> None:
    upload = uploads.get(uri)
    if upload is None or upload.expires_at < now_ms():
        raise bad_request(f"{where} must be the uri of a file uploaded within 24 hours.")


def check_eeo(answers: dict[str, Any], questions: dict[str, Any] | None) -> None:
    for name, value in answers.items():
        if name not in (questions or {}):
            raise bad_request(f"eeoResponses.{name} is not asked by this form.")
        check_value(value, (questions or {})[name], f"eeoResponses.{name}", {})


def check_consent(consent: dict[str, Any], disclosures: dict[str, Any] | None) -> None:
    """That a mandatory consent must be there is inferred; that its policy must match as well."""
    for name, disclosure in (disclosures or {}).items():
        given = json_part(consent, name)
        if not given.get("provided"):
            if disclosure["displayState"] == MANDATORY:
                raise bad_request(f"consent.{name} must be provided.")
        elif given.get("compliancePolicyId") != disclosure["compliancePolicyId"]:
            raise bad_request(f"consent.{name}.compliancePolicyId is not the policy of this form.")


def check_rest(sent: dict[str, Any]) -> None:
    if sent.get("origin", "applied") not in ORIGINS:
        raise bad_request(f"origin must be {' or '.join(ORIGINS)}.")
    for name in ("source", "ipAddress", "userAgent", "acceptLanguage", "referer"):
        if not isinstance(sent.get(name, ""), str):
            raise bad_request(f"{name} must be a string.")
    if sent.get("timezone") is not None:
        check_timezone(sent["timezone"])


def check_timezone(name: Any) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError):
        raise bad_request(f"timezone {name!r} is not an IANA time zone.") from None
