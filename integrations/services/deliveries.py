"""Bringing an application into the ATS, which has no idempotency key: claim, call outside any transaction, record.

A delivery found in *sending* was interrupted after the first byte may have left: it is looked up before it is
sent again. Where the grant does not allow looking, the ATS's own word is awaited, then a person decides.
"""

from datetime import timedelta
from random import SystemRandom
from typing import Any

from django.utils import timezone

from tenants import audit
from tenants.models import User
from tenants.scoping import tenant_scope

from ..errors import (
    AuthorizationError,
    ConfigurationError,
    IntegrationError,
    RateLimitedError,
    RejectedError,
    UnconfirmedError,
)
from ..models import Application, ApplicationFile, Connection, Delivery, DeliveryAttempt, FormCheck
from ..providers import ProviderClient, get_provider
from ..retry import next_delay
from ..types import ApplicationForm, Capability, File, JsonObject, QuestionKind
from . import applications, bell, grants, pace, work

UPLOAD_LIVES = timedelta(hours=23)
LOOK_AGAIN_AFTER = timedelta(seconds=60)
LOOKS_UNTIL_ABSENT = 2
ATS_MAY_TELL_FOR = timedelta(minutes=30)
WAIT_FOR_GRANT = timedelta(minutes=15)
CLOCKS_MAY_DIFFER_BY = timedelta(minutes=2)
UNKNOWN = {Delivery.Status.SENDING, Delivery.Status.UNKNOWN}


def attempt(delivery_id: int) -> None:
    delivery = work.claim(Delivery, delivery_id)
    if delivery is None:
        return
    started_at = timezone.now()
    if work.is_worn_out(delivery):
        outcome = _held("delivery.crashes", "This delivery broke our worker several times.")
    elif delivery.status in UNKNOWN:
        outcome = _looked_up(delivery)
    else:
        outcome = _sent(delivery)
    with tenant_scope(delivery.tenant_id):
        _record(delivery, started_at, outcome)


def send_again(delivery: Delivery, by: User) -> None:
    """A person decided that it did not arrive, or mended what held it."""
    with tenant_scope(delivery.tenant_id):
        Delivery.objects.filter(pk=delivery.pk).exclude(status=Delivery.Status.DELIVERED).update(
            status=Delivery.Status.READY, next_attempt_at=timezone.now(), looks=0, looked_at=None
        )
        audit.record("delivery.sent_again", delivery, tenant_id=delivery.tenant_id, actor=by)
        bell.ring(delivery)


def mark_arrived(delivery: Delivery, by: User) -> None:
    """A person saw it in the ATS."""
    with tenant_scope(delivery.tenant_id):
        Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.HELD).update(
            status=Delivery.Status.DELIVERED, delivered_at=timezone.now(), next_attempt_at=None
        )
        audit.record("delivery.marked_arrived", delivery, tenant_id=delivery.tenant_id, actor=by)


def _sent(delivery: Delivery) -> dict[str, Any]:
    try:
        return _deliver(delivery)
    except IntegrationError as error:
        return _outcome_of(delivery, error)


def _looked_up(delivery: Delivery) -> dict[str, Any]:
    """While looking fails, it stays unknown: never a blind second send."""
    try:
        return _look(delivery)
    except ConfigurationError as error:
        return {"status": Delivery.Status.HELD, "next_attempt_at": None, **work.failure(error)}
    except IntegrationError as error:
        delay = max(next_delay(delivery.attempts, SystemRandom()), LOOK_AGAIN_AFTER)
        return {
            "status": Delivery.Status.UNKNOWN,
            "next_attempt_at": work.after(delay),
            **work.failure(error),
        }


def _deliver(delivery: Delivery) -> dict[str, Any]:
    with tenant_scope(delivery.tenant_id):
        application = Application.objects.select_related("posting").get(pk=delivery.application_id)
        candidacy = applications.candidacy_of(application)
        provider = get_provider(Connection.objects.get().provider)
    form = _form(delivery, application)
    problems = provider.check(form, candidacy)
    if problems:
        return _held(f"delivery.{problems[0].code}"[:60], " ".join(problem.message for problem in problems))
    uploads = _uploads(delivery, form)
    pace.wait_for_turn(delivery.tenant_id)
    with tenant_scope(delivery.tenant_id):
        work.note(delivery, status=Delivery.Status.SENDING, sent_at=timezone.now())
    body = provider.application_body(form, candidacy, uploads)
    return _delivered(_apply(delivery, application, body))


def _apply(delivery: Delivery, application: Application, body: JsonObject) -> str:
    posting_id = application.posting.external_id
    return grants.call(delivery.tenant_id, lambda client: client.apply(posting_id, body))


def _form(delivery: Delivery, application: Application) -> ApplicationForm:
    """As it stands now: answers are matched by position."""
    posting_id = application.posting.external_id
    return grants.call(delivery.tenant_id, lambda client: client.form(posting_id))


def _uploads(delivery: Delivery, form: ApplicationForm) -> dict[str, str]:
    """Of the files that the form asks for. The ATS keeps one for 24 hours: an older upload is made again."""
    asked = [it.external_id for it in form.asked if it.kind is QuestionKind.FILE_UPLOAD]
    with tenant_scope(delivery.tenant_id):
        rows = list(
            ApplicationFile.objects.filter(
                application_id=delivery.application_id, question_external_id__in=asked
            )
        )
    return {row.question_external_id: _upload(row) for row in rows}


def _upload(row: ApplicationFile) -> str:
    if row.upload and row.uploaded_at and row.uploaded_at > timezone.now() - UPLOAD_LIVES:
        return row.upload
    file = File(row.question_external_id, row.file_name, row.content_type, row.data)
    row.upload = grants.call(row.tenant_id, lambda client: client.upload(file))
    row.uploaded_at = timezone.now()
    with tenant_scope(row.tenant_id):
        row.save(update_fields=["upload", "uploaded_at"])
    return row.upload


def _look(delivery: Delivery) -> dict[str, Any]:
    """Whether it arrived. Absence is believed after two looks that lie apart; without the right to look, never."""
    with tenant_scope(delivery.tenant_id):
        connection = Connection.objects.get()
        application = Application.objects.select_related("posting").get(pk=delivery.application_id)
        email = applications.candidacy_of(application).email
        taken = set(Application.objects.exclude(external_id="").values_list("external_id", flat=True))
    if application.confirmed_at:
        return _delivered(application.external_id)
    if Capability.READ_OPPORTUNITIES not in grants.capabilities(connection):
        return _wait_for_word(delivery)
    found = _find(delivery, application, email, taken)
    if found:
        return _delivered(found)
    if delivery.looks + 1 < LOOKS_UNTIL_ABSENT:
        return {
            "status": Delivery.Status.UNKNOWN,
            "looks": delivery.looks + 1,
            "next_attempt_at": work.after(LOOK_AGAIN_AFTER),
        }
    return {"status": Delivery.Status.RETRY_WAIT, "looks": 0, "next_attempt_at": work.after(timedelta())}


def _find(delivery: Delivery, application: Application, email: str, taken: set[str]) -> str:
    """The ATS's id of our application: this person, this posting, since we sent, and not that of another of ours."""
    since = (delivery.sent_at or application.accepted_at) - CLOCKS_MAY_DIFFER_BY
    posting_id = application.posting.external_id

    def search(client: ProviderClient) -> list[str]:
        opportunities = client.find_opportunities(email, posting_id, since)
        return [it for opportunity in opportunities for it in opportunity.application_external_ids]

    return next((it for it in grants.call(delivery.tenant_id, search) if it not in taken), "")


def _wait_for_word(delivery: Delivery) -> dict[str, Any]:
    if delivery.sent_at and delivery.sent_at > timezone.now() - ATS_MAY_TELL_FOR:
        return {"status": Delivery.Status.UNKNOWN, "next_attempt_at": work.after(LOOK_AGAIN_AFTER)}
    return _held(
        "delivery.unconfirmed",
        "It may have arrived in Lever; we are not allowed to look. Search for the candidate in Lever, then say "
        "whether it arrived or send it again.",
    )


def _outcome_of(delivery: Delivery, error: IntegrationError) -> dict[str, Any]:
    """One reaction for each of the six errors. What the settings forbid is held, for it can be mended."""
    delay = next_delay(delivery.attempts, SystemRandom())
    status, wait = Delivery.Status.RETRY_WAIT, delay
    match error:
        case UnconfirmedError():
            status, wait = Delivery.Status.UNKNOWN, LOOK_AGAIN_AFTER
        case RateLimitedError():
            wait = max(error.retry_after or delay, pace.PITCH)
        case AuthorizationError():
            wait = WAIT_FOR_GRANT
        case ConfigurationError():
            status = Delivery.Status.HELD
        case RejectedError():
            status = Delivery.Status.REJECTED
    rests = status in {Delivery.Status.HELD, Delivery.Status.REJECTED}
    return {
        "status": status,
        "next_attempt_at": None if rests else work.after(wait),
        **work.failure(error),
    }


def _held(code: str, message: str) -> dict[str, Any]:
    return {
        "status": Delivery.Status.HELD,
        "next_attempt_at": None,
        "error_code": code,
        "error_message": message[:500],
        "error_detail": "",
    }


def _delivered(external_id: str) -> dict[str, Any]:
    return {
        "status": Delivery.Status.DELIVERED,
        "next_attempt_at": None,
        "delivered_at": timezone.now(),
        "external_id": external_id,
        **work.NO_ERROR,
    }


def _record(delivery: Delivery, started_at: Any, outcome: dict[str, Any]) -> None:
    external_id = outcome.pop("external_id", "")
    work.record(delivery, **outcome)
    if external_id:
        Application.objects.filter(pk=delivery.application_id).update(external_id=external_id)
    DeliveryAttempt.objects.create(
        tenant_id=delivery.tenant_id,
        delivery=delivery,
        number=delivery.attempts,
        started_at=started_at,
        finished_at=timezone.now(),
        outcome=delivery.status,
        **({name: outcome[name] for name in work.NO_ERROR} if "error_code" in outcome else {}),
    )
    if delivery.status == Delivery.Status.DELIVERED:
        applications.forget_demographics(Application.objects.get(pk=delivery.application_id))
    if delivery.status in {Delivery.Status.REJECTED, Delivery.Status.HELD}:
        _read_form_again(delivery)


def _read_form_again(delivery: Delivery) -> None:
    check = FormCheck.objects.filter(posting__applications=delivery.application_id).first()
    if check:
        FormCheck.objects.filter(pk=check.pk).update(next_attempt_at=timezone.now())
        bell.ring(check)
