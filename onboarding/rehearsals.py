"""A test application on its whole way: accepted, in the ATS, confirmed, attributed, moved, reported, archived."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.timesince import timesince
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from integrations.appcast.applications import SubmittedApplication
from integrations.errors import ConfigurationError
from integrations.models import Application, Conversion, Delivery, FormCheck, StageMapping
from integrations.services import applications, locks
from integrations.services.forms import form_of
from integrations.types import (
    ApplicationForm,
    Candidacy,
    Capability,
    Consent,
    EventKind,
    File,
    Question,
    QuestionKind,
)
from tenants import audit
from tenants.models import Tenant, User
from tenants.phrases import Phrase
from tenants.scoping import tenant_scope

from .evidence import Evidence
from .models import Rehearsal
from .sample_resume import resume_pdf

NAME = "Appcast Rehearsal"
AT_AN_END = {Delivery.Status.DELIVERED, Delivery.Status.HELD, Delivery.Status.REJECTED}
SECONDS_ARE_TOLD_UP_TO = 120
Answers = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """`state` is proved, waiting, failed or unprovable (the grant does not let us look).

    The whole way goes without a part that is not `is_needed`.
    """

    title: str
    state: str
    says: str
    at: datetime | None = None
    seconds: float | None = None
    is_for_customer: bool = False
    is_needed: bool = True

    @property
    def when(self) -> str:
        """The time of day; with the date where it is not the day of the start."""
        if self.at is None or self.seconds is None:
            return ""
        at, began = localtime(self.at), localtime(self.at - timedelta(seconds=self.seconds))
        is_same_day = at.date() == began.date()
        return time_format(at, "H:i:s") if is_same_day else date_format(at, "DATETIME_FORMAT")

    @property
    def took(self) -> str:
        """From the start, in seconds while they say more than minutes."""
        if self.at is None or self.seconds is None:
            return ""
        if self.seconds < SECONDS_ARE_TOLD_UP_TO:
            return _("%(seconds)s s") % {"seconds": number_format(round(self.seconds, 1), 1)}
        return timesince(self.at - timedelta(seconds=self.seconds), self.at)


def start(tenant: Tenant, by: User | None) -> Rehearsal:
    """A new one, or the one that is still on its way into the ATS.

    Raises ConfigurationError `rehearsal.no_job` when there is no job whose form can be answered.
    """
    with tenant_scope(tenant.pk):
        locks.take_until_commit(f"rehearsal:{tenant.pk}")
        latest = Rehearsal.objects.select_related("application__delivery").first()
        if latest and latest.application.delivery.status not in AT_AN_END:
            return latest
        check = (
            FormCheck.objects.select_related("posting")
            .filter(status=FormCheck.Status.SUPPORTED, posting__closed_at=None)
            .order_by("posting_id")
            .first()
        )
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


def progress(rehearsal: Rehearsal, evidence: Evidence) -> Sequence[Part]:
    """In the tenant's scope; what each part proves is read from rows that others wrote."""
    application, began = rehearsal.application, rehearsal.started_at
    reported = (
        Conversion.objects.filter(application=application, status=Conversion.Status.SENT)
        .exclude(raw_stage_id="")
        .order_by("sent_at")
        .first()
    )
    arrival = Conversion.objects.filter(application=application, key="apply_complete").first()
    return [
        _part(_("Accepted"), began, began, _("Stored here; delivery follows.")),
        _delivery_part(application.delivery, began),
        _part(
            _("Confirmed by Lever's webhook"),
            began,
            application.confirmed_at,
            _("“applicationCreated” came back for it."),
        ),
        _attribution_part(rehearsal, evidence),
        _part(
            _("Reported to Appcast"),
            began,
            arrival.sent_at if arrival else None,
            _("Appcast has taken “apply_complete”."),
        ),
        _part(
            _("Moved to another stage"),
            began,
            application.stage_changed_at,
            _("It stands in another stage in Lever.")
            if application.stage_changed_at
            else _("Move “%(name)s” to a stage that is reported.") % {"name": NAME},
            is_for_customer=True,
        ),
        _stage_part(application, began, reported),
        _archive_part(rehearsal, evidence),
    ]


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


def went_the_whole_way(parts: Sequence[Part]) -> bool:
    """What we may not look at is no failure."""
    return all(part.state in {"proved", "unprovable"} for part in needed(parts))


def needed(parts: Sequence[Part]) -> Sequence[Part]:
    return [part for part in parts if part.is_needed]


def is_archived_by_us(evidence: Evidence) -> bool:
    return {Capability.READ_OPPORTUNITIES, Capability.ARCHIVE} <= evidence.capabilities


def earlier(latest: Rehearsal | None) -> Sequence[Rehearsal]:
    """The ten before the latest, which an ended connection leaves behind too; in the tenant's scope."""
    rows = Rehearsal.objects.select_related("application__posting", "application__delivery", "started_by")
    return list((rows.filter(pk__lt=latest.pk) if latest else rows)[:10])


def _stage_part(application: Application, began: datetime, reported: Conversion | None) -> Part:
    """Waits for the customer where they moved it to a stage of which Appcast learns nothing."""
    title = _("Stage reported to Appcast")
    if reported:
        return _part(title, began, reported.sent_at, _("Appcast has taken the stage's event."))
    stage_id = application.stage_external_id
    mapping = StageMapping.objects.filter(stage_external_id=stage_id).first() if stage_id else None
    if application.stage_changed_at is None or (mapping and mapping.conversion):
        return _part(title, began, None, _("The stage's event follows."))
    says = (
        _("The stage that it is in is not reported. Move “%(name)s” on, to one that is reported.")
        if mapping
        else _(
            "The stage that it is in has no decision on the step “Record the hiring stages” yet. Decide there, or "
            "move “%(name)s” on, to one that is reported."
        )
    )
    return _part(title, began, None, says % {"name": NAME}, is_for_customer=True)


def _part(
    title: str, began: datetime, at: datetime | None, says: str, *, is_for_customer: bool = False
) -> Part:
    if at is None:
        return Part(title, "waiting", says, is_for_customer=is_for_customer)
    return Part(title, "proved", says, at, max((at - began).total_seconds(), 0))


def _delivery_part(delivery: Delivery, began: datetime) -> Part:
    title = _("Delivered into Lever")
    if delivery.status in {Delivery.Status.HELD, Delivery.Status.REJECTED}:
        return Part(title, "failed", str(delivery.error_message))
    says = str(delivery.error_message) or _("Lever took it as “%(name)s”.") % {"name": NAME}
    return _part(title, began, delivery.delivered_at, says)


def _archive_part(rehearsal: Rehearsal, evidence: Evidence) -> Part:
    """By our hand, or by the customer's; nothing that comes after the rehearsal waits for it."""
    part = partial(Part, _("Test candidate archived"), is_needed=False)
    name, at = {"name": NAME}, rehearsal.application.archived_at
    if at:
        seconds = max((at - rehearsal.started_at).total_seconds(), 0)
        return part("proved", _("“%(name)s” is in Lever's archive.") % name, at, seconds)
    if rehearsal.is_looked_after and is_archived_by_us(evidence):
        return part("waiting", _("We archive “%(name)s” in Lever once all the rest is proved.") % name)
    if _is_archive_seen(rehearsal, evidence):
        says = _("In Lever, open Candidates > %(name)s, press Archive and choose a reason.")
        return part("waiting", says % name, is_for_customer=True)
    says = _(
        "In Lever, open Candidates > %(name)s, press Archive and choose a reason. Neither your permissions nor a "
        "webhook let us see it."
    )
    return part("unprovable", says % name, is_for_customer=True)


def _is_archive_seen(rehearsal: Rehearsal, evidence: Evidence) -> bool:
    """By reading, or by its webhook."""
    is_read = rehearsal.is_looked_after and Capability.READ_OPPORTUNITIES in evidence.capabilities
    heard = {it.endpoint.event_kind for it in evidence.endpoints if it.has_secret}
    return is_read or EventKind.ARCHIVED in heard


def _attribution_part(rehearsal: Rehearsal, evidence: Evidence) -> Part:
    title, application = _("Attributed"), rehearsal.application
    label = {"label": rehearsal.tenant.source_label}
    if Capability.READ_OPPORTUNITIES not in evidence.capabilities:
        return Part(title, "unprovable", _("The permissions do not let us read the source in Lever."))
    if application.is_attributed is False:
        return Part(title, "failed", _("Its source in Lever is not “%(label)s”.") % label)
    at = application.confirmed_at if application.is_attributed else None
    return _part(title, rehearsal.started_at, at, _("Its source in Lever is “%(label)s”.") % label)


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
            email=f"rehearsal-{application_id.hex[:12]}@appcast.example",
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
