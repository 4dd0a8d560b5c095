"""A problem as a text that Customer Success can send to the customer as it stands, in the customer's language."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from ..models import Problem
from .kinds import Actor, Kind, kind_of


def text_of(problem: Problem) -> str:
    """Nothing where it is not theirs to read."""
    kind = kind_of(problem.code)
    if kind.is_confidential:
        return ""
    with override(problem.tenant.language):
        said = _to_do(problem, kind) if problem.actor == Actor.CUSTOMER else _in_hand(problem, kind)
        return "\n\n".join([_("Hello,"), *said, _("Kind regards") + "\nAppcast Customer Success"])


def _to_do(problem: Problem, kind: Kind) -> list[str]:
    page = settings.PUBLIC_URL + reverse(f"onboarding:{kind.step or 'checklist'}", args=[problem.tenant.slug])
    return [
        _("we see that something needs you: %(title)s.") % {"title": kind.title},
        *([_("It concerns: %(detail)s") % {"detail": problem.detail}] if problem.detail else []),
        _("What to do: %(action)s. This page shows where, and says by itself once it is mended: %(page)s")
        % {"action": kind.action or kind.title, "page": page},
    ]


def _in_hand(problem: Problem, kind: Kind) -> list[str]:
    """What staff read of it is not in words for customers."""
    return [
        _("we have noticed: %(title)s.") % {"title": kind.title},
        _("You need not do anything: %(who)s acts. We tell you should that change.") % {"who": kind.who},
    ]
