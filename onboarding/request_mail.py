"""What is mailed to the tenant's owner at Appcast when the customer asks to go live, and waits for their answer."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from tenants import mail
from tenants.models import Tenant

from .models import LiveRequest


def send(tenant: Tenant, asked: LiveRequest) -> None:
    """A crash or a refused mail loses a nudge: the desk lists the request. Like the desk, it is in English.

    An owner who has left the desk is told nothing.
    """
    if tenant.contact is None:
        return
    page = reverse("admin:tenants_tenant_change", args=[tenant.pk])
    context = {"tenant": tenant, "asked": asked, "link": f"{settings.PUBLIC_URL}{page}"}
    with override("en"):
        subject = f"Approve or ask back: {tenant.name} asks to go live"
        letter = mail.compose(tenant.contact.email, subject, "onboarding/mail/asked", context)
    mail.send(letter, "request_not_mailed", request=asked.pk)
