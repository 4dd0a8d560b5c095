"""A test application on its whole way: accepted, in the ATS, confirmed, attributed, moved, reported, archived."""

import hashlib
import uuid
from collections.abc import Sequence

from django.utils import timezone

from integrations.appcast.applications import SubmittedApplication
from integrations.errors import ConfigurationError
from integrations.models import FormCheck, Posting
from integrations.services import applications, locks
from integrations.services.forms import form_of
from integrations.types import (
    ApplicationForm,
    Candidacy,
    Consent,
    File,
    Question,
    QuestionKind,
)
from tenants import audit
from tenants.models import Tenant, User
from tenants.phrases import Phrase
from tenants.scoping import tenant_scope

from .evidence import Evidence, gather
from .models import Rehearsal
from .sample_resume import resume_pdf
from .steps.rehearsal_part import NAME
from .steps.rehearsal_parts import is_on_its_way, needed, progress, went_the_whole_way

Answers = dict[str, str | tuple[str, ...]]


def start(tenant: Tenant, by: User | None, *, ends: int | None = None) -> Rehearsal:
    """A new one, in the place of the one that it `ends`, whose candidate is tidied up.

    Raises ConfigurationError: `rehearsal.running` when another one is under way, `rehearsal.no_job` when there is
    no job whose form can be answered.
    """
    with tenant_scope(tenant.pk):
        locks.take_until_commit(f"rehearsal:{tenant.pk}")
        evidence = gather(tenant)
        if is_running(evidence) and evidence.rehearsal and evidence.rehearsal.pk != ends:
            raise ConfigurationError(
                "rehearsal.running",
                Phrase(
                    "A rehearsal is still running: another one would put a second “%(name)s” into Lever. Go on with "
                    "it, or end it first.",
                    name=NAME,
                ),
            )
        check = _check_to_rehearse_with()
        form = form_of(check) if check else None
        if check is None or form is None:
            raise ConfigurationError(
                "rehearsal.no_job",
                Phrase(
                    "A rehearsal needs one published job whose form Appcast Apply can ask. Connect the job feed and "
                    "wait until the forms have been read."
                ),
            )
        submitted = _test_application(tenant, form)
        body_hash = hashlib.sha256(submitted.application_id.bytes).hexdigest()
        application = applications.store(tenant.pk, submitted, check.posting, body_hash)
        rehearsal = Rehearsal.objects.create(
            tenant=tenant, application=application, started_by=by, next_attempt_at=timezone.now()
        )
        audit.record("rehearsal.started", rehearsal, tenant_id=tenant.pk, actor=by or "portal")
    return rehearsal


def is_running(evidence: Evidence) -> bool:
    """In the tenant's scope."""
    latest = evidence.rehearsal
    return latest is not None and is_on_its_way(progress(latest, evidence))


def job_of_next() -> Posting | None:
    """The one that a rehearsal would be started with now; in the tenant's scope."""
    check = _check_to_rehearse_with()
    return check.posting if check else None


def email_of(application_id: uuid.UUID) -> str:
    """By which its candidate is found in the ATS."""
    return f"rehearsal-{application_id.hex[:12]}@appcast.example"


def record(rehearsal: Rehearsal, evidence: Evidence) -> dict[str, object]:
    """What was proved, when, and how long it took, to be kept by the customer; in the tenant's scope.

    No person stands in it but the one who started it.
    """
    parts = progress(rehearsal, evidence)
    return {
        "tenant": rehearsal.tenant.name,
        "job": rehearsal.application.posting.title,
        "job_reference": rehearsal.application.job_reference,
        "application_id": str(rehearsal.application.sender_id),
        "started_at": rehearsal.started_at.isoformat(),
        "started_by": str(rehearsal.started_by or "Appcast"),
        "went_the_whole_way": went_the_whole_way(parts),
        "seconds": max((it.seconds for it in needed(parts) if it.seconds is not None), default=None),
        "parts": [
            {
                "title": part.title,
                "state": part.state,
                "says": part.says,
                "at": part.at.isoformat() if part.at else None,
                "seconds_after_start": part.seconds,
            }
            for part in parts
        ],
    }


def earlier(latest: Rehearsal | None) -> Sequence[Rehearsal]:
    """The ten before the latest, which an ended connection leaves behind too; in the tenant's scope."""
    rows = Rehearsal.with_its_rows().select_related("started_by")
    return list((rows.filter(pk__lt=latest.pk) if latest else rows)[:10])


def _check_to_rehearse_with() -> FormCheck | None:
    asked = FormCheck.objects.select_related("posting").filter(status=FormCheck.Status.SUPPORTED)
    return asked.filter(posting__closed_at=None).order_by("posting_id").first()


def _test_application(tenant: Tenant, form: ApplicationForm) -> SubmittedApplication:
    application_id = uuid.uuid4()
    answers, files = _answers(form)
    return SubmittedApplication(
        application_id=application_id,
        submitted_at=timezone.now(),
        is_test=True,
        job_reference=form.posting_external_id,
        click_id="",
        candidacy=Candidacy(
            full_name=NAME,
            email=email_of(application_id),
            phone="+1 202 555 0100",
            company="Appcast",
            location="Nowhere in particular",
            cover_letter="This is a test application of the Appcast onboarding. It may be archived.",
            answers=answers,
            demographic_answers={it.external_id: _answer(it) for it in form.demographic if it.is_required},
            consents=tuple(Consent(it.kind, True, it.policy_external_id) for it in form.consents),
            files=files,
            source=tenant.source_label,
        ),
    )


def _answers(form: ApplicationForm) -> tuple[Answers, tuple[File, ...]]:
    """The first option, or a plain word, to every question that must be answered."""
    needed = [question for question in form.asked if question.is_required]
    own = {"fullName", "email", "phone", "currentCompany", "currentLocation", "additionalInformation"}
    files = [it.external_id for it in needed if it.kind is QuestionKind.FILE_UPLOAD]
    pdf = resume_pdf(NAME)
    return (
        {
            it.external_id: _answer(it)
            for it in needed
            if it.external_id not in own and it.external_id not in files
        },
        tuple(File(name, "rehearsal.pdf", "application/pdf", pdf) for name in {"resume", *files}),
    )


def _answer(question: Question) -> str | tuple[str, ...]:
    if question.kind is QuestionKind.MULTIPLE_SELECT:
        return question.options[:1]
    return question.options[0] if question.options else "Test"
