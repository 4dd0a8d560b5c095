"""Taking an application from Appcast Apply: every no is said before it is stored, and stored means delivered."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tenants import audit
from tenants.models import AuditEvent, Tenant, User
from tenants.scoping import tenant_scope

from ..appcast import applications as contract
from ..errors import RejectedError
from ..models import Application, ApplicationFile, Delivery, DeliveryAttempt, FormCheck, Posting
from ..providers import Provider, get_provider
from ..signals import application_erased
from ..types import Candidacy, FieldProblem, File
from . import bell, grants, locks
from .forms import form_of

DELETED_IN_ATS = "deleted in the ATS"


class ConflictError(RejectedError):
    """`idempotency_conflict` or `duplicate_application`."""


class JobUnknownError(RejectedError):
    pass


class JobClosedError(RejectedError):
    pass


@dataclass(frozen=True, slots=True)
class Receipt:
    application: Application
    is_new: bool


def accept(tenant: Tenant, body: bytes) -> Receipt:
    """Raises a child of RejectedError for each no of the contract; see `appcast.applications` and above."""
    submitted = contract.parse(body)
    body_hash = hashlib.sha256(body).hexdigest()
    with tenant_scope(tenant.pk):
        _one_at_a_time(tenant.pk, str(submitted.application_id))
        earlier = Application.objects.filter(sender_id=submitted.application_id).first()
        if earlier:
            return _receipt_again(earlier, body_hash)
        posting = _open_posting(submitted.posting_external_id)
        email_hash = fingerprint(tenant.pk, submitted.candidacy.email)
        _one_at_a_time(tenant.pk, f"{posting.pk}:{email_hash}")
        _refuse_double(tenant, posting, email_hash)
        _refuse_misfit(posting, submitted.candidacy)
        return Receipt(store(tenant.pk, submitted, posting, body_hash), is_new=True)


def store(
    tenant_id: int, submitted: contract.SubmittedApplication, posting: Posting, body_hash: str
) -> Application:
    """The application, its files and its delivery, in the caller's scope."""
    application = Application.objects.create(
        tenant_id=tenant_id,
        sender_id=submitted.application_id,
        body_hash=body_hash,
        posting=posting,
        job_reference=submitted.job_reference,
        document=json.dumps(contract.to_document(submitted)).encode(),
        email_hash=fingerprint(tenant_id, submitted.candidacy.email),
        click_id=submitted.click_id,
        is_test=submitted.is_test,
        submitted_at=submitted.submitted_at,
    )
    for file in submitted.candidacy.files:
        ApplicationFile.objects.create(
            tenant_id=tenant_id,
            application=application,
            question_external_id=file.question_external_id,
            file_name=file.file_name,
            content_type=file.content_type,
            size_bytes=len(file.data),
            data=file.data,
        )
    delivery = Delivery.objects.create(
        tenant_id=tenant_id, application=application, next_attempt_at=timezone.now()
    )
    bell.ring(delivery)
    return application


def candidacy_of(application: Application, files: Iterable[ApplicationFile]) -> Candidacy:
    """What the applicant submitted, opened; for delivery alone."""
    opened = (File(it.question_external_id, it.file_name, it.content_type, it.data) for it in files)
    return replace(contract.from_document(json.loads(application.document)).candidacy, files=tuple(opened))


def note_delivered(application_id: UUID, external_id: str = "") -> None:
    """With its id in the ATS, if that is known. Demographic answers are kept no longer. In the tenant's scope.

    The row is locked, so that an erasure at the same moment is not undone.
    """
    application = Application.objects.select_for_update().get(pk=application_id)
    application.external_id, changed = external_id or application.external_id, ["external_id"]
    submitted = contract.from_document(json.loads(application.document)) if application.document else None
    if submitted and submitted.candidacy.demographic_answers:
        candidacy = replace(submitted.candidacy, demographic_answers={})
        document = contract.to_document(replace(submitted, candidacy=candidacy))
        application.document = json.dumps(document).encode()
        changed.append("document")
    application.save(update_fields=changed)


def is_deleted_in_ats(application: Application) -> bool:
    """Else our copies went by their date, or by a person. In the tenant's scope."""
    return why_erased(application) == DELETED_IN_ATS


def why_erased(application: Application) -> str:
    """Told from the audit trail."""
    erasures = AuditEvent.objects.filter(action="application.erased", subject=audit.subject_of(application))
    return str(erasures.values_list("detail__reason", flat=True).first() or "")


def erase(application: Application, *, reason: str, by: User | str = "portal") -> None:
    """Everything personal goes; ids, times, outcome and the keyed hash of the e-mail stay."""
    with tenant_scope(application.tenant_id):
        list(Application.objects.select_for_update().filter(pk=application.pk).values("pk"))
        application.files.all().delete()
        Delivery.objects.filter(application=application).exclude(status=Delivery.Status.DELIVERED).update(
            status=Delivery.Status.REJECTED,
            next_attempt_at=None,
            error_code="application.erased",
            error_message="The personal data of this application were erased before it was delivered.",
            error_detail="",
        )
        # Which questions somebody answered is theirs too.
        Delivery.objects.filter(application=application).update(manifest={})
        DeliveryAttempt.objects.filter(delivery__application=application).update(manifest={}, error_detail="")
        application.document, application.erased_at = b"", timezone.now()
        application.save(update_fields=["document", "erased_at"])
        audit.record(
            "application.erased", application, tenant_id=application.tenant_id, actor=by, reason=reason
        )
        tell = partial(application_erased.send, Application, application=application)
        transaction.on_commit(tell, robust=True)


def note_source(application: Application, sources: Collection[str]) -> None:
    """Whether the ATS counts it as ours, by the label; in the tenant's scope."""
    application.is_attributed = application.tenant.source_label in sources
    application.save(update_fields=["is_attributed"])


def note_archived(application: Application, at: datetime) -> None:
    """The earliest time that is told, whichever comes first; in the tenant's scope."""
    is_earlier = Q(archived_at=None) | Q(archived_at__gt=at)
    Application.objects.filter(is_earlier, pk=application.pk).update(archived_at=at)


def fingerprint(tenant_id: int, email: str) -> str:
    """The keyed hash by which a second application of the same person is known."""
    return next(fingerprints([tenant_id], email))


def fingerprints(tenant_ids: Iterable[int], email: str) -> Iterator[str]:
    """Of the same person at each of the tenants; keyed once, since the desk asks for all tenants' at once."""
    key = hashlib.sha256(f"integrations.application.email{settings.SECRET_KEY}".encode()).digest()
    keyed, address = HMAC(key, SHA256()), email.strip().lower()
    return (_signed(keyed, f"{it}:{address}") for it in tenant_ids)


def _signed(keyed: HMAC, text: str) -> str:
    one = keyed.copy()
    one.update(text.encode())
    return one.finalize().hex()


def _receipt_again(earlier: Application, body_hash: str) -> Receipt:
    if earlier.body_hash != body_hash:
        raise ConflictError(
            "idempotency_conflict",
            "This application_id was sent before with another body; nothing was changed. Send a new application "
            "under a new id, or the same body again.",
        )
    return Receipt(earlier, is_new=False)


def _open_posting(external_id: str) -> Posting:
    posting = Posting.objects.filter(external_id=external_id).first()
    if posting is None:
        raise JobUnknownError(
            "job_unknown", "Expected a job_reference of this tenant's feed; this one is in none."
        )
    if not posting.is_open:
        raise JobClosedError("job_closed", f"The job closed on {posting.closed_at:%Y-%m-%d}.")
    return posting


def _refuse_double(tenant: Tenant, posting: Posting, email_hash: str) -> None:
    since = timezone.now() - timedelta(days=tenant.duplicate_window_days)
    same_person = Application.objects.filter(posting=posting, email_hash=email_hash, accepted_at__gt=since)
    if tenant.duplicate_window_days and same_person.filter(~Q(delivery__status="rejected")).exists():
        raise ConflictError(
            "duplicate_application",
            f"The same person applied to this job within the last {tenant.duplicate_window_days} days.",
        )


def _refuse_misfit(posting: Posting, candidacy: Candidacy) -> None:
    """By the form as it was last read; what changes after that is found at delivery."""
    known = FormCheck.objects.filter(posting=posting).first()
    form = form_of(known) if known else None
    problems: tuple[FieldProblem, ...] = tuple(_provider().check(form, candidacy)) if form else ()
    if problems:
        raise contract.UnacceptableError(problems)


def _provider() -> Provider:
    return get_provider(grants.provider_slug())


def _one_at_a_time(tenant_id: int, subject: str) -> None:
    """Two requests that would each miss the other come one after the other."""
    locks.take_until_commit(f"application:{tenant_id}:{subject}")
