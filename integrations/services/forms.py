"""Reading the application form of a posting, and telling what Appcast Apply cannot ask there."""

from datetime import timedelta
from random import SystemRandom

from django.utils import timezone
from pydantic import TypeAdapter

from tenants.scoping import tenant_scope

from ..errors import IntegrationError, RateLimitedError, RejectedError, TransientError
from ..models import FormCheck
from ..retry import next_delay
from ..types import ApplicationForm
from . import grants, work

AGAIN_AFTER = timedelta(days=1)
FORM = TypeAdapter(ApplicationForm)


def check(form_check_id: int) -> None:
    row = work.claim(FormCheck, form_check_id)
    if row is None:
        return
    with tenant_scope(row.tenant_id):
        external_id = FormCheck.objects.values_list("posting__external_id", flat=True).get(pk=row.pk)
    try:
        form = grants.call(row.tenant_id, lambda client: client.form(external_id))
    except (TransientError, RateLimitedError) as error:
        delay = next_delay(row.attempts, SystemRandom())
        with tenant_scope(row.tenant_id):
            work.record(row, next_attempt_at=work.after(delay), **work.failure(error))
    except IntegrationError as error:
        with tenant_scope(row.tenant_id):
            _unreadable(row, error)
    else:
        with tenant_scope(row.tenant_id):
            keep(row, form)


def keep(row: FormCheck, form: ApplicationForm) -> None:
    unsupported = [{"text": it.text, "type": it.provider_type} for it in form.unsupported]
    work.record(
        row,
        status=FormCheck.Status.UNSUPPORTED if unsupported else FormCheck.Status.SUPPORTED,
        form=FORM.dump_python(form, mode="json"),
        unsupported=unsupported,
        checked_at=timezone.now(),
        next_attempt_at=work.after(AGAIN_AFTER),
        attempts=0,
        **work.NO_ERROR,
    )


def form_of(row: FormCheck) -> ApplicationForm | None:
    """The form as it stood when it was last read."""
    return FORM.validate_python(row.form) if row.form else None


def _unreadable(row: FormCheck, error: IntegrationError) -> None:
    """A posting that is gone closes with the next sync; anything else is tried again tomorrow."""
    is_gone = isinstance(error, RejectedError)
    work.record(
        row,
        status=FormCheck.Status.UNREADABLE,
        next_attempt_at=None if is_gone else work.after(AGAIN_AFTER),
        **work.failure(error),
    )
