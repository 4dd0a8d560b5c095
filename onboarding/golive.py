"""Going live and pausing: the customer asks to go live, Customer Success decides."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.services import bell
from tenants import audit
from tenants.models import Tenant, User
from tenants.scoping import tenant_scope

from . import request_mail
from .checklist import LAST, checklist
from .evidence import gather
from .models import LiveRequest, StepOverride
from .standing import changing

Status = Tenant.Status


class NotReadyError(Exception):
    """Steps are open, or the tenant is not where this leads on from; the message says which."""


def request(tenant: Tenant, by: User, note: str = "") -> None:
    """Asking twice asks once. Raises NotReadyError."""
    with _decision(tenant):
        _require_status(tenant, Status.ONBOARDING)
        _require_ready(tenant)
        asked, is_new = LiveRequest.objects.get_or_create(
            tenant=tenant, answered_at=None, defaults={"asked_by": by, "note": note}
        )
        if is_new:
            audit.record("live.requested", asked, tenant_id=tenant.pk, actor=by)
            transaction.on_commit(lambda: request_mail.send(tenant, asked))


def withdraw(tenant: Tenant, by: User) -> None:
    """Of a request that is not answered yet nothing stays but the audit. Raises NotReadyError."""
    with _decision(tenant):
        _require_status(tenant, Status.ONBOARDING)
        asked = LiveRequest.objects.filter(answered_at=None).first()
        if asked is None:
            raise NotReadyError(_("There is no request to take back: it was answered already."))
        audit.record("live.withdrawn", asked, tenant_id=tenant.pk, actor=by)
        asked.delete()


def ask_back(tenant: Tenant, comment: str, by: User) -> None:
    """Something is to be done first: the customer reads the comment, and asks again. Raises NotReadyError."""
    with _decision(tenant):
        _require_status(tenant, Status.ONBOARDING)
        asked = LiveRequest.objects.filter(answered_at=None).first()
        if asked is None:
            raise NotReadyError(_("The customer has not asked to go live."))
        _answer(asked, LiveRequest.Answer.ASKED_BACK, by, comment)
        audit.record("live.asked_back", asked, tenant_id=tenant.pk, actor=by)


def approve(tenant: Tenant, by: User) -> None:
    """Asked for or not. Raises NotReadyError."""
    with _decision(tenant):
        _require_status(tenant, Status.ONBOARDING)
        _require_ready(tenant)
        for asked in LiveRequest.objects.filter(answered_at=None):
            _answer(asked, LiveRequest.Answer.APPROVED, by)
        tenant.status, tenant.live_at = Status.LIVE, timezone.now()
        tenant.save(update_fields=["status", "live_at"])
        audit.record("live.approved", tenant, tenant_id=tenant.pk, actor=by)


def pause(tenant: Tenant, by: User) -> None:
    """Webhooks and applications are still taken, and wait. Raises NotReadyError."""
    with changing(tenant):
        _require_status(tenant, Status.ONBOARDING, Status.LIVE)
        _set_status(tenant, Status.PAUSED, "tenant.paused", by)


def resume(tenant: Tenant, by: User) -> None:
    """Raises NotReadyError."""
    with changing(tenant):
        _require_status(tenant, Status.PAUSED)
        status = Status.LIVE if tenant.live_at else Status.ONBOARDING
        _set_status(tenant, status, "tenant.resumed", by)


def override(tenant: Tenant, step: str, reason: str, days: int, by: User) -> StepOverride:
    with tenant_scope(tenant.pk):
        created = StepOverride.objects.create(
            tenant=tenant,
            step=step,
            reason=reason,
            author=by,
            expires_at=timezone.now() + timedelta(days=days),
        )
        audit.record("step.overridden", created, tenant_id=tenant.pk, actor=by, step=step, reason=reason)
    return created


def withdraw_override(override: StepOverride, by: User) -> None:
    """The step is told by its evidence again."""
    with tenant_scope(override.tenant_id):
        live = StepOverride.objects.filter(pk=override.pk, expires_at__gt=timezone.now())
        if live.update(expires_at=timezone.now()):
            audit.record(
                "step.override_withdrawn",
                override,
                tenant_id=override.tenant_id,
                actor=by,
                step=override.step,
            )


@contextmanager
def _decision(tenant: Tenant) -> Iterator[None]:
    """Who waits for the answer is told once it stands."""
    with changing(tenant):
        yield
        transaction.on_commit(lambda: bell.send("onboarding.tasks.notify", tenant.pk))


def _answer(asked: LiveRequest, answer: LiveRequest.Answer, by: User, comment: str = "") -> None:
    asked.answer, asked.comment = answer, comment
    asked.answered_by, asked.answered_at = by, timezone.now()
    asked.save(update_fields=["answer", "comment", "answered_by", "answered_at"])


def _require_status(tenant: Tenant, *expected: Tenant.Status) -> None:
    if tenant.status not in expected:
        names = _(" or ").join(str(status.label) for status in expected)
        raise NotReadyError(
            _("Expected a company that is %(expected)s; this one is %(status)s.")
            % {"expected": names, "status": tenant.get_status_display()}
        )


def _require_ready(tenant: Tenant) -> None:
    told = checklist(gather(tenant))
    if not told.may_go_live:
        still_open = [
            str(it.step.title) for it in told.entries if not it.told.is_settled and it.step.key != LAST
        ]
        raise NotReadyError(_("These steps are still open: %(steps)s.") % {"steps": ", ".join(still_open)})


def _set_status(tenant: Tenant, status: Tenant.Status, action: str, by: User) -> None:
    tenant.status = status
    tenant.save(update_fields=["status"])
    audit.record(action, tenant, tenant_id=tenant.pk, actor=by)
