"""One button on a tenant's page: a service, what it asks first, and what is said afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

from tenants.models import Tenant, User
from tenants.rights import Right

from ...desk.sheet import Sheet

M = TypeVar("M", bound=Model)


class ActionError(Exception):
    """The action could not be done; the message says why."""


@dataclass(frozen=True, slots=True)
class Said:
    """`secret` is shown once, in the answer itself: a message would stay in a cookie or a session."""

    text: str
    secret: str = field(default="", repr=False)


def always(_sheet: Sheet) -> bool:
    return True


def never(_sheet: Sheet) -> bool:
    """It has a form of its own on the page."""
    return False


@dataclass(frozen=True, slots=True)
class Action:
    """`is_apt` says whether its button stands on the page of a tenant that is as its sheet tells.

    What is dangerous `asks` first: what will be so afterwards, told of this tenant. What `is_grave` opens something, or
    ends it: whoever presses it confirms that it is them.
    """

    label: str
    run: Callable[[Tenant, User, QueryDict], str | Said]
    is_apt: Callable[[Sheet], bool] = always
    right: Right = Right.ACT
    asks: Callable[[Tenant], str] | None = None
    is_grave: bool = False

    @property
    def caption(self) -> str:
        """What asks first says so on its button."""
        return f"{self.label}…" if self.asks else self.label


def row_of(tenant: Tenant, rows: QuerySet[M], data: QueryDict) -> M:
    """One of the tenant's own, named by the pressed button."""
    pk = data.get("row", "")
    row = rows.filter(tenant=tenant, pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
    if row is None:
        raise ActionError("That is not there any more.")
    return row
