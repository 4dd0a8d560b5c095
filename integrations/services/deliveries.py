"""Bringing an application into the ATS, which has no idempotency key: call outside any transaction, then record.

A delivery found in *sending* was interrupted after the first byte may have left: it is looked up before it is
sent again. Where the grant does not allow looking, the ATS's own word is awaited, then a person decides.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tenants import audit
from tenants.models import User
from tenants.scoping import tenant_scope

from ..errors import IntegrationError
from ..models import ApplicationFile, Delivery, Feed, FormCheck
from ..providers import ProviderClient
from ..signals import application_named
from ..types import ApplicationForm, File, QuestionKind
from . import (
    applications,
    bell,
    delivery_looks,
    delivery_rows,
    delivery_tries,
    grants,
    manifests,
    misfits,
    pace,
    work,
)
from . import delivery_outcomes as outcomes
from .delivery_rows import Whole
from .delivery_tries import UNKNOWN, Try

UPLOAD_LIVES = timedelta(hours=23)


def attempt(delivery: Delivery, whole: Whole) -> bool | None:
    """Of one that is claimed and read. Whether the ATS did its part; None when it was not asked to."""
    if delivery.status == Delivery.Status.DELIVERED:
        _name(delivery)
        return None
    this, is_well = delivery_tries.begin(delivery), None
    if whole.application.erased_at:
        outcome = outcomes.erased()
    elif work.is_worn_out(delivery):
        outcome = outcomes.crashed(may_have_arrived=delivery.status in UNKNOWN)
    elif delivery.status in UNKNOWN:
        outcome, is_well = _looked_up(delivery)
    else:
        outcome, is_well = _sent(delivery, whole)
    external_id = outcome.get("external_id")
    if external_id and not this.is_look and not whole.candidacy.demographic_answers:
        delivery_rows.record_delivered(delivery, this.started_at, external_id)
        _tell_id(delivery, external_id)
    else:
        with tenant_scope(delivery.tenant_id):
            _record(this, delivery, outcome)
    return is_well


def send_again(delivery: Delivery, by: User) -> bool:
    """A person decided that it did not arrive, or mended what held it. False when it does not rest any more."""
    with tenant_scope(delivery.tenant_id):
        is_due = make_due(delivery, by)
        if is_due:
            bell.ring(delivery)
    return is_due


def make_due(delivery: Delivery, by: User | str, which: Q | None = None, **detail: object) -> bool:
    """In the tenant's scope; `detail` stands in the audit trail. False when it is none of `which`, those that rest."""
    this = Delivery.objects.filter(pk=delivery.pk)
    list(this.select_for_update())
    if not this.filter(which or rests()).exists():
        return False
    this.update(
        status=Delivery.Status.READY,
        next_attempt_at=timezone.now(),
        is_in_doubt=False,
        looks=0,
        looked_at=None,
        unfinished=0,
        **work.NO_ERROR,
    )
    audit.record("delivery.sent_again", delivery, tenant_id=delivery.tenant_id, actor=by, **detail)
    return True


def mark_arrived(delivery: Delivery, by: User) -> bool:
    """A person saw it in the ATS; its id there is looked for. False when it is not held any more."""
    with tenant_scope(delivery.tenant_id):
        held = Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.HELD)
        is_done = held.update(
            status=Delivery.Status.DELIVERED,
            delivered_at=timezone.now(),
            next_attempt_at=timezone.now(),
            is_in_doubt=False,
            **work.NO_ERROR,
        )
        if is_done:
            bell.ring(delivery)
            applications.note_delivered(delivery.application_id)
            audit.record("delivery.marked_arrived", delivery, tenant_id=delivery.tenant_id, actor=by)
    return bool(is_done)


def rests() -> Q:
    return Q(status__in=outcomes.RESTING)


def is_resting(delivery: Delivery) -> bool:
    return delivery.status in outcomes.RESTING


def may_be_sent_again() -> Q:
    """Without a person's look at each: it cannot have arrived, and there still is something to send."""
    return rests() & Q(is_in_doubt=False, application__erased_at=None)


def _name(delivery: Delivery) -> None:
    """No try of a delivery: history and status know nothing of it."""
    outcome = delivery_looks.name(delivery)
    with tenant_scope(delivery.tenant_id):
        external_id = outcome.pop("external_id", "")
        if external_id:
            _keep_id(delivery, external_id)
        work.record(delivery, **outcome)


def _sent(delivery: Delivery, whole: Whole) -> tuple[outcomes.Outcome, bool | None]:
    try:
        with grants.Calls(whole.tokens, whole.at_pace) as calls:
            return _deliver(delivery, whole, calls), True
    except IntegrationError as error:
        return outcomes.of_failed_send(delivery, error), outcomes.is_well(error)


def _looked_up(delivery: Delivery) -> tuple[outcomes.Outcome, bool | None]:
    """Some looks ask nobody, so none of them shows that the ATS is well."""
    try:
        return delivery_looks.look(delivery), None
    except IntegrationError as error:
        return outcomes.of_failed_look(delivery, error), outcomes.is_well(error)


def _deliver(delivery: Delivery, whole: Whole, calls: grants.Calls) -> outcomes.Outcome:
    """The form as it stands now: answers are matched by position."""
    posting_id, candidacy = whole.application.posting.external_id, whole.candidacy
    form = calls.make(lambda client: client.form(posting_id))
    problems = calls.provider.check(form, candidacy)
    if problems:
        problems = misfits.discreet(form, problems)
        return outcomes.held(f"delivery.{problems[0].code}", misfits.told(form, problems))
    uploads = _uploads(delivery, calls, whole.files, form)
    manifest = manifests.of(form, calls.provider.answered(form, candidacy, uploads), candidacy.files)
    body = calls.provider.application_body(form, candidacy, uploads)

    def send(client: ProviderClient) -> str:
        """The second time too, after a new token: at its turn, and only who still holds the lease."""
        calls.note_proved(delivery_rows.begin_sending(delivery, manifest))
        return client.apply(posting_id, body)

    external_id = calls.make(send)
    return outcomes.delivered(external_id or _found_quietly(delivery, whole))


def _found_quietly(delivery: Delivery, whole: Whole) -> str:
    """The id that the ATS's yes did not say. It is delivered all the same, and looked for again."""
    with suppress(IntegrationError):
        return delivery_looks.find(delivery, whole.application, whole.candidacy)
    return ""


def _uploads(
    delivery: Delivery, calls: grants.Calls, files: Iterable[ApplicationFile], form: ApplicationForm
) -> dict[str, str]:
    """Of the files that the form asks for. The ATS keeps one for 24 hours: an older upload is made again."""
    asked = {it.external_id for it in form.asked if it.kind is QuestionKind.FILE_UPLOAD}
    return {
        row.question_external_id: _upload(delivery, calls, row)
        for row in files
        if row.question_external_id in asked
    }


def _upload(delivery: Delivery, calls: grants.Calls, row: ApplicationFile) -> str:
    if row.upload and row.uploaded_at and row.uploaded_at > timezone.now() - UPLOAD_LIVES:
        return row.upload
    file = File(row.question_external_id, row.file_name, row.content_type, row.data)
    row.upload = calls.make(lambda client: client.upload(file))
    row.uploaded_at = timezone.now()
    delivery_rows.keep_upload(delivery, row)
    return row.upload


def _record(this: Try, delivery: Delivery, outcome: outcomes.Outcome) -> None:
    if outcome.get("error_code") == pace.QUEUED:
        # Nothing was tried: neither status nor history nor back-off know of it.
        work.record(delivery, attempts=delivery.attempts - 1, next_attempt_at=outcome["next_attempt_at"])
        return
    external_id = outcome.pop("external_id", "")
    if outcome["status"] == Delivery.Status.DELIVERED:
        # First, since whoever erases an application locks it before its delivery.
        _keep_id(delivery, external_id)
    http_status = outcome.pop("http_status", None)
    work.record(delivery, is_in_doubt=delivery_tries.is_in_doubt(this, outcome), **outcome)
    delivery_tries.keep(this, delivery, outcome, http_status)
    if delivery.status in outcomes.RESTING:
        _look_at_job_again(delivery)


def _keep_id(delivery: Delivery, external_id: str) -> None:
    applications.note_delivered(delivery.application_id, external_id)
    if external_id:
        transaction.on_commit(partial(_tell_id, delivery, external_id))


def _tell_id(delivery: Delivery, external_id: str) -> None:
    """Once it is committed. Whoever fails to hear it takes nothing from the delivery."""
    application_named.send_robust(Delivery, tenant_id=delivery.tenant_id, external_id=external_id)


def _look_at_job_again(delivery: Delivery) -> None:
    """Its form may have changed, and it may be closed: the feed tells that, so it is due now."""
    if delivery.status == Delivery.Status.REJECTED:
        Feed.objects.filter(next_sync_at__gt=timezone.now()).update(next_sync_at=timezone.now())
    check = FormCheck.objects.filter(posting__applications=delivery.application_id).first()
    if check:
        FormCheck.objects.filter(pk=check.pk).update(next_attempt_at=timezone.now())
        bell.ring(check)
