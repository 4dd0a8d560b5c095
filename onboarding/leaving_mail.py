"""What is mailed to those who run the set-up once it was ended."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from tenants import mail
from tenants.models import Membership
from tenants.scoping import tenant_scope

from .models import Departure


def send(departure: Departure) -> None:
    """The page says the same."""
    with tenant_scope(departure.tenant_id):
        owners = Membership.objects.select_related("user").filter(role=Membership.Role.OWNER)
        readers = [it.user for it in owners]
    context = {
        "departure": departure,
        "tenant": departure.tenant,
        "link": settings.PUBLIC_URL + reverse("onboarding:leave", args=[departure.tenant.slug]),
    }
    for reader in readers:
        with override(mail.language_of(reader, departure.tenant)):
            subject = _("The connection of Lever and Appcast for %(company)s was ended")
            told = subject % {"company": departure.tenant.name}
            letter = mail.compose(reader.email, told, "onboarding/mail/ended", context)
        mail.send(letter, "end_not_mailed", departure=departure.pk)
