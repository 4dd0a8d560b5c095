"""Whom our e-mails reach at one tenant, told by the last one to each person."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from tenants.models import Membership

from ..models import Notice


@dataclass(frozen=True, slots=True)
class Reach:
    """`refused` is of each person who is not reached the latest refusal; `others` are addresses."""

    refused: Sequence[Notice]
    others: Sequence[str]


def reach_of(notices: Sequence[Notice], memberships: Sequence[Membership]) -> Reach:
    """Each with its user."""
    refusals = sorted((it for it in notices if it.is_refused), key=attrgetter("failed_at"))
    latest = {it.user_id: it for it in refusals}
    others = [it.user.email for it in memberships if it.user.is_active and it.user_id not in latest]
    return Reach(list(latest.values()), others)
