"""Takes mail over SMTP and puts it into the inbox."""

import email
import itertools
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.world import World
from sandbox.world.ids import now_ms
from sandbox.world.inbox import Mail


class Receiver:
    def __init__(self, world: World) -> None:
        self.world = world
        self.numbers = itertools.count(1)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.world.faults.take("mail_down", None):
            return "451 4.3.0 No mail is taken at the moment"
        content = envelope.content or b""
        message = email.message_from_bytes(
            content if isinstance(content, bytes) else content.encode(), policy=default
        )
        self.world.inbox.mails.append(
            Mail(
                number=next(self.numbers),
                at=now_ms(),
                sender=envelope.mail_from or "",
                to=tuple(envelope.rcpt_tos),
                subject=str(message["subject"] or ""),
                text=part(message, "plain") or "",
                html=part(message, "html"),
            )
        )
        return "250 Message accepted for delivery"


def part(message: EmailMessage, kind: str) -> str | None:
    body = message.get_body((kind,))
    # On the wire lines end as in no text that a person writes.
    return str(body.get_content()).replace("\r\n", "\n") if body else None
