"""What is mailed: one action in the subject, one button that leads to it, and what else there is below."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from tenants import mail
from tenants.models import Tenant
from tenants.scoping import tenant_scope

from .. import problems
from ..evidence import gather
from ..models import Notice
from ..status import status_of
from ..steps import BY_KEY
from .causes import Cause
from .ledger import Letter
from .plans import ASKED_BACK, DIGEST, HANDED_BACK, STALLED, STEP_DONE, WAITING_STEP, WENT_LIVE, plan_of

SALT = "onboarding.notices"


@dataclass(frozen=True, slots=True)
class Item:
    """`action` is what to do, `title` what is so."""

    action: str
    title: str
    says: str
    url: str


def send(letter: Letter) -> bool:
    """Whether it was taken."""
    with override(mail.language_of(letter.reader, letter.tenant)):
        composed = _digest(letter) if letter.is_digest else _notice(letter)
    return mail.send(composed, "notice_not_sent", notice=letter.first.pk)


def token_of(notice: Notice) -> str:
    return signing.dumps(notice.pk, salt=SALT)


def notice_of(token: str) -> int:
    """Raises BadSignature."""
    return int(signing.loads(token, salt=SALT))


def about(notice: Notice) -> str:
    """In the reader's words."""
    if notice.code in problems.KINDS:
        return str(problems.KINDS[notice.code].title)
    return _("The week with Appcast") if notice.code == DIGEST else _("Connect Lever and Appcast")


def pace(notice: Notice) -> str:
    """How often its reader is mailed about it."""
    if notice.stopped_at:
        return _("You get no more e-mails about it.")
    if notice.code == DIGEST:
        return _("You get it once a week.")
    if plan_of(notice.code, is_live=True).is_told_once:
        return _("You get one e-mail about it.")
    return _("You get e-mails about it until it is done.")


def item_of(letter: Letter, cause: Cause) -> Item:
    if cause.code in problems.KINDS:
        kind = problems.KINDS[cause.code]
        return Item(str(kind.action), str(kind.title), str(cause.says), _step_url(letter.tenant, cause.step))
    step = BY_KEY[cause.step].title if cause.step else ""
    words = {
        STALLED: (
            _("Go on with the set-up: %(step)s") % {"step": step},
            _("The next step waits for you. You can stop at any time and go on from any device."),
        ),
        WAITING_STEP: (
            _("Do the step that you were asked for: %(step)s") % {"step": step},
            _("The set-up waits for this step."),
        ),
        HANDED_BACK: (
            _("See to the step that came back: %(step)s") % {"step": step},
            _("A colleague gave a step back: do it yourself, or ask somebody else."),
        ),
        STEP_DONE: (
            _("See what a colleague did: %(step)s") % {"step": step},
            _("A step that you gave away is done."),
        ),
        ASKED_BACK: (
            _("Answer Customer Success to go live"),
            _("You asked to go live, and Customer Success asks back:"),
        ),
        WENT_LIVE: (
            _("You are live: see how it goes"),
            _("Customer Success approved: your jobs go out, and applications come in."),
        ),
    }
    action, title = words[cause.code]
    return Item(action, title, str(cause.says), _step_url(letter.tenant, cause.step))


def _notice(letter: Letter) -> EmailMultiAlternatives:
    items = [item_of(letter, cause) for _notice, cause in letter.open]
    again = [str(problems.kind_of(it.code).title) for it in letter.works_again]
    first = items[0] if items else None
    action = first.action if first else _("It works again: nothing to do")
    is_once = not again and all(cause.plan.is_told_once for _notice, cause in letter.open)
    return _mail(letter, "notice", action, first=first, others=items[1:], works_again=again, is_once=is_once)


def _digest(letter: Letter) -> EmailMultiAlternatives:
    with tenant_scope(letter.tenant.pk):
        week = status_of(gather(letter.tenant), days=7)
        open_items = [
            Item(str(kind.action), str(kind.title), "", _step_url(letter.tenant, kind.step))
            for problem, kind in problems.of_customer()
            if not problem.is_quiet
        ]
    return _mail(letter, "digest", _("Look at your week with Appcast"), week=week, items=open_items)


def _mail(letter: Letter, name: str, action: str, **context: object) -> EmailMultiAlternatives:
    stop_url = settings.PUBLIC_URL + reverse("onboarding:notice", args=[token_of(letter.first)])
    shown = {
        "tenant": letter.tenant,
        "page_url": _step_url(letter.tenant, ""),
        "stop_url": stop_url,
        **context,
    }
    subject = _("%(action)s (%(company)s)") % {"action": action, "company": letter.tenant.name}
    unsubscribe = {
        "List-Unsubscribe": f"<{stop_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return mail.compose(letter.reader.email, subject, f"onboarding/mail/{name}", shown, unsubscribe)


def _step_url(tenant: Tenant, step: str) -> str:
    return settings.PUBLIC_URL + reverse(f"onboarding:{step or 'checklist'}", args=[tenant.slug])
