"""The audit trail: one call beside each change that a person or a credential makes."""

from django.db.models import Model

from .models import AuditEvent, User
from .scoping import current_scope


def record(
    action: str, subject: Model | str, *, tenant_id: int | None, actor: User | str, **detail: object
) -> None:
    """`actor` is a person, or the name of the credential or process that acted.

    `detail` holds no secret and nobody's data.
    """
    current_scope()
    AuditEvent.objects.create(
        tenant_id=tenant_id,
        actor=actor if isinstance(actor, User) else None,
        actor_label=actor.email if isinstance(actor, User) else actor,
        action=action,
        subject=subject if isinstance(subject, str) else subject_of(subject),
        detail=detail,
    )


def subject_of(row: Model) -> str:
    return f"{row._meta.label_lower} {row.pk}"
