"""What is mailed to people: the same letter as text and as HTML."""

from collections.abc import Mapping

import structlog
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from .models import Tenant, User

logger = structlog.get_logger(__name__)


def compose(
    to: str,
    subject: str,
    template: str,
    context: Mapping[str, object],
    headers: Mapping[str, str] | None = None,
) -> EmailMultiAlternatives:
    """From `template`.txt and `template`.html, in the active language."""
    letter = {**context, "subject": subject}
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string(f"{template}.txt", letter),
        to=[to],
        headers=dict(headers or {}),
    )
    mail.attach_alternative(render_to_string(f"{template}.html", letter), "text/html")
    return mail


def send(letter: EmailMultiAlternatives, otherwise: str, **about: object) -> bool:
    """Whether it was taken. A mail that cannot be sent undoes nothing, and is logged as what it is `otherwise`."""
    try:
        letter.send()
    except OSError as error:  # smtplib's errors too
        logger.error(otherwise, error=type(error).__name__, **about)
        return False
    return True


def language_of(reader: User | None, tenant: Tenant) -> str:
    """As the reader chose, else as the tenant speaks."""
    return (reader and reader.language) or tenant.language
