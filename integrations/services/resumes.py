"""A résumé that staff open: for a reason, a few in an hour, and on record by the transaction that opens it."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from tenants import audit
from tenants.models import AuditEvent, User
from tenants.scoping import across_tenants

from ..models import Application, ApplicationFile
from ..types import File
from . import applications, locks

RESUME = "resume"
ACTION = "application.resume_opened"
LONGEST_REASON = 200
MOST, WITHIN = 10, timedelta(hours=1)


class ClosedError(Exception):
    """It is not opened; the message tells staff why."""


def why_closed(application: Application) -> str:
    """Across tenants; "" where there is one to open."""
    if application.erased_at:
        return f"It was erased on {application.erased_at:%-d %B %Y}: {applications.why_erased(application)}."
    if application.tenant.has_ended:
        return "This customer has left."
    return "" if _of(application).exists() else "None was handed in."


def open_one(application: Application, reason: str, by: User) -> File:
    """Raises ClosedError. The row is locked, so that nothing is opened that is erased at the same moment."""
    with across_tenants("whoever opens résumés does so at all tenants together"):
        locks.take_until_commit(f"résumés opened by user {by.pk}")
        if _lately(by).count() >= MOST:
            raise ClosedError(f"You opened {MOST} within the last hour. Try again later, or ask a colleague.")
        current = Application.objects.select_for_update(of=["self"]).select_related("tenant")
        why = why_closed(current.get(pk=application.pk))
        if why:
            raise ClosedError(why)
        audit.record(ACTION, application, tenant_id=application.tenant_id, actor=by, reason=reason)
        row = _of(application).earliest("pk")
        return File(row.question_external_id, row.file_name, row.content_type, row.data)


def _of(application: Application) -> QuerySet[ApplicationFile]:
    return ApplicationFile.objects.filter(application=application, question_external_id=RESUME)


def _lately(by: User) -> QuerySet[AuditEvent]:
    """The trail itself counts, whatever becomes of a cache."""
    return AuditEvent.objects.filter(actor=by, action=ACTION, at__gt=timezone.now() - WITHIN)
