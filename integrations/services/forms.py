"""Reading the application form of a posting, and telling what Appcast Apply cannot ask there."""

from datetime import timedelta
from random import SystemRandom
from typing import Any

from django.db.models import Case, F, When
from django.db.models.functions import Now
from django.utils import timezone
from pydantic import TypeAdapter

from tenants.scoping import tenant_scope

from ..errors import (
    AuthorizationError,
    IntegrationError,
    RateLimitedError,
    TransientError,
)
from ..models import FormCheck, Posting
from ..retry import next_delay
from ..types import ApplicationForm, PostingState
from . import grants, outgoing, pace, postings, work

AGAIN_AFTER = timedelta(days=1)
FORM = TypeAdapter(ApplicationForm)


def check(form_check_id: int) -> None:
    row = work.claim(FormCheck, form_check_id)
    if row is None:
        return
    with tenant_scope(row.tenant_id):
        posting = row.posting
        if work.is_worn_out(row) or not posting.is_open:
            _rest(row)
            return
    try:
        pace.wait_for_turn(row.tenant_id, pace.FORMS)
        form = grants.call(row.tenant_id, lambda client: client.form(posting.external_id))
        state = _state(posting) if form.unsupported else PostingState(is_open=True, owner_name="")
    except RateLimitedError as error:
        _slow_down(row, error)
    except (TransientError, AuthorizationError) as error:
        # What is known of the form stays: it says nothing about the form that we could not ask.
        delay = next_delay(row.attempts, SystemRandom())
        with tenant_scope(row.tenant_id):
            work.record(row, next_attempt_at=work.after(delay), **work.failure(error))
    except IntegrationError as error:
        with tenant_scope(row.tenant_id):
            _tell(row, FormCheck.Status.UNREADABLE, **work.failure(error))
    else:
        with tenant_scope(row.tenant_id):
            _keep_state(posting, state)
            keep(row, form)


def _slow_down(row: FormCheck, error: RateLimitedError) -> None:
    """Where Lever asks for it all of the tenant's wait; who is merely not up yet has not tried."""
    delay = max(error.retry_after or next_delay(row.attempts, SystemRandom()), pace.LONGEST_WAIT)
    with tenant_scope(row.tenant_id):
        if error.code == pace.QUEUED:
            work.record(row, next_attempt_at=work.after(delay), attempts=row.attempts - 1)
            return
        work.record(row, next_attempt_at=work.after(delay), **work.failure(error))
    pace.slow_down(row.tenant_id, delay)


def _state(posting: Posting) -> PostingState:
    """Asked where the customer has something to change. What was known stays where Lever does not tell."""
    try:
        return grants.call(posting.tenant_id, lambda client: client.posting_state(posting.external_id))
    except IntegrationError:
        return PostingState(is_open=True, owner_name=posting.owner_name)


def _keep_state(posting: Posting, state: PostingState) -> None:
    """Lever gives the form of a closed posting too: nobody needs to change that one."""
    if state.is_open:
        owner = state.owner_name[:200]
        Posting.objects.filter(pk=posting.pk).exclude(owner_name=owner).update(owner_name=owner)
    else:
        postings.close(posting.tenant_id, [posting.pk])


def try_failed(tenant_id: int) -> None:
    """They may have waited for an access that there is now."""
    with tenant_scope(tenant_id):
        failed = FormCheck.objects.filter(next_attempt_at__gt=Now()).exclude(error_code="")
        failed.update(next_attempt_at=Now())


def keep(row: FormCheck, form: ApplicationForm) -> None:
    unsupported = [{"text": it.text, "type": it.provider_type} for it in form.unsupported]
    _tell(
        row,
        FormCheck.Status.UNSUPPORTED if unsupported else FormCheck.Status.SUPPORTED,
        form=FORM.dump_python(form, mode="json"),
        unsupported=unsupported,
        checked_at=timezone.now(),
        attempts=0,
        **work.NO_ERROR,
    )


def form_of(row: FormCheck) -> ApplicationForm | None:
    """The form as it stood when it was last read."""
    return FORM.validate_python(row.form) if row.form else None


def _rest(row: FormCheck) -> None:
    """A closed posting's form is read no more; one that broke the worker is tried again tomorrow."""
    if row.posting.is_open:
        _tell(row, FormCheck.Status.UNREADABLE, **work.WORN_OUT)
    else:
        work.record(row, next_attempt_at=_unless_changed(row, None))


def _tell(row: FormCheck, status: FormCheck.Status, **outcome: object) -> None:
    """Whatever came of it, the feed that leaves us shows it."""
    before = row.status
    again = _unless_changed(row, work.after(AGAIN_AFTER))
    work.record(row, status=status, next_attempt_at=again, **outcome)
    if status != before:
        outgoing.ask(row.tenant_id)


def _unless_changed(row: FormCheck, then: Any) -> Case:
    """While the form was read, a sync may have asked for it anew, or the posting have closed: that stays."""
    return Case(When(next_attempt_at=row.next_attempt_at, then=then), default=F("next_attempt_at"))
