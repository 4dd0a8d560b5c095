"""What staff may do at the desk, by role: a table in code, so that it is reviewed and never drifts.

Superusers may do everything, and alone decide who has which role.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied
from django.db.models import Q

from .models import User


class Right(StrEnum):
    """As Django asks for it: `user.has_perm(Right.ACT)`."""

    ADD = "tenants.add_tenant"
    ACT = "desk.act"
    DECIDE = "desk.decide"
    OVERRIDE = "desk.override"
    ASSIGN = "desk.assign"
    OFF_BOARD = "desk.off_board"
    ERASE = "desk.erase"
    RESUMES = "desk.resumes"
    SECRETS = "desk.secrets"
    REPLAY = "desk.replay"
    SETTINGS = "desk.settings"
    VISIT = "desk.visit"
    STAFF = "desk.staff"


EVERYDAY = frozenset({Right.ADD, Right.ACT, Right.DECIDE, Right.RESUMES, Right.VISIT})
RIGHTS: Mapping[str, frozenset[Right]] = {
    User.Role.CS: EVERYDAY,
    User.Role.LEAD: EVERYDAY | {Right.OVERRIDE, Right.ASSIGN, Right.OFF_BOARD, Right.ERASE},
    User.Role.ENGINEER: frozenset({Right.ACT, Right.REPLAY, Right.SETTINGS, Right.SECRETS, Right.VISIT}),
    User.Role.AUDITOR: frozenset(),
}

GIVERS_SHOWN = 3
# What `User.sees_desk` says, asked of the database.
SEES_DESK = Q(is_active=True, is_staff=True) & (Q(is_superuser=True) | ~Q(role=""))


def require(user: User, right: Right) -> None:
    """Raises PermissionDenied, whose page says what is missing."""
    if not user.has_perm(right):
        raise PermissionDenied(refusal(user, right))


def refusal(user: User, right: Right) -> str:
    """Which right is missing, which roles have it, and whom to ask."""
    roles = [str(User.Role(it).label) for it, has in RIGHTS.items() if right in has]
    having = f"these roles have: {', '.join(roles)}" if roles else "no role has"
    own = f"Your role is “{User.Role(user.role).label}”." if user.role else "You have no role."
    return (
        f"It takes the right “{right.name.lower().replace('_', ' ')}”, which {having}. {own} {whom_to_ask()}"
    )


def whom_to_ask() -> str:
    """Superusers alone give roles."""
    givers = User.objects.filter(is_active=True, is_staff=True, is_superuser=True).order_by("email")
    named = ", ".join(givers.values_list("email", flat=True)[:GIVERS_SHOWN])
    return f"If you need it, ask who gives roles: {named or 'an administrator'}."


class RoleBackend(BaseBackend):
    """Whoever has a role sees every row of the desk; what else they may, the table says."""

    def has_perm(self, user_obj: User, perm: str, obj: object = None) -> bool:  # type: ignore[override]
        role = _role_of(user_obj)
        return bool(role) and (_is_view(perm) or perm in RIGHTS[role])

    def has_module_perms(self, user_obj: User, app_label: str) -> bool:
        return bool(_role_of(user_obj))


def _role_of(user: User) -> str:
    return user.role if user.is_active and user.is_staff else ""


def _is_view(perm: str) -> bool:
    return perm.partition(".")[2].startswith("view_")
