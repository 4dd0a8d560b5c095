"""News on its way: by e-mail, or posted where Slack and its like listen. What fails is known, and tried again."""

from datetime import timedelta
from enum import Enum

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from integrations import http
from integrations.errors import IntegrationError, UnconfirmedError
from tenants import mail

from ..models import Channel
from . import messages
from .news import News

TRIED_AGAIN_AFTER = timedelta(minutes=15)
LIMITS = http.Limits(whole_seconds=20, wire_bytes=64 * 1024, inflated_bytes=64 * 1024)


class Outcome(Enum):
    """Doubtful: it may have arrived, and is not told twice."""

    TAKEN = "taken"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"


def send(channel: Channel, news: News) -> Outcome:
    with override("en"):
        outcome, why = (_post if channel.kind == Channel.Kind.WEBHOOK else _mail)(channel, news)
    _note(channel, why)
    return outcome


def _mail(channel: Channel, news: News) -> tuple[Outcome, str]:
    context = {
        "parts": messages.parts_of(news),
        "desk": f"{settings.PUBLIC_URL}{reverse('admin:index')}",
        "channel": f"{settings.PUBLIC_URL}{reverse('admin:onboarding_channel_change', args=[channel.pk])}",
    }
    subject = messages.subject_of(news)
    letter = mail.compose(channel.user.email, subject, "onboarding/desk/mail/owner", context)
    if mail.send(letter, "owner_not_mailed", channel=str(channel.pk)):
        return Outcome.TAKEN, ""
    return Outcome.REFUSED, "The mail server does not take it."


def _post(channel: Channel, news: News) -> tuple[Outcome, str]:
    try:
        answer = http.send("POST", channel.address, json={"text": messages.as_text(news)}, limits=LIMITS)
    except UnconfirmedError as error:
        return Outcome.DOUBTFUL, error.message.english
    except IntegrationError as error:
        return Outcome.REFUSED, error.message.english
    if answer.status < 300:
        return Outcome.TAKEN, ""
    return Outcome.REFUSED, f"It answers {answer.status}."


def _note(channel: Channel, why: str) -> None:
    """Of a channel that fails since when, which the desk's first page tells."""
    now = timezone.now()
    fields = {
        "error": why,
        "failing_since": (channel.failing_since or now) if why else None,
        "retry_at": now + TRIED_AGAIN_AFTER if why else None,
    }
    Channel.objects.filter(pk=channel.pk).update(**fields)
    for name, value in fields.items():
        setattr(channel, name, value)
