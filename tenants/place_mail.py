"""What is mailed to a member whose place somebody else changed or took away."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from . import mail, offers
from .models import Membership, Tenant, User


def changed(membership: Membership, by: User) -> None:
    tenant = membership.tenant
    with override(mail.language_of(membership.user, tenant)):
        named = {"company": tenant.name, "name": by}
        subject = _("What you may do for %(company)s has changed") % named
        says = _(
            "%(name)s has changed what you may do in the connection of Lever and Appcast for %(company)s."
        )
        link = settings.PUBLIC_URL + reverse("onboarding:checklist", args=[tenant.slug])
        told = {"says": says % named, "place": offers.place_of(membership, by), "link": link}
        _send(membership.user, subject, told)


def removed(user: User, tenant: Tenant, by: User) -> None:
    with override(mail.language_of(user, tenant)):
        named = {"company": tenant.name, "name": by}
        subject = _("You no longer belong to the connection of %(company)s") % named
        says = _(
            "%(name)s has removed you from the connection of Lever and Appcast for %(company)s. You see nothing of it "
            "here any more, and get no more e-mails about it. What you did stays done."
        )
        _send(user, subject, {"says": says % named})


def _send(to: User, subject: str, told: dict[str, object]) -> None:
    mail.send(mail.compose(to.email, subject, "tenants/mail/place", told), "place_not_mailed", user=to.pk)
