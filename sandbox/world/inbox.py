"""Mail that the sandbox has received."""

import re
from collections import deque
from dataclasses import dataclass
from typing import Any

from sandbox.world.ids import iso

LINK = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Mail:
    number: int
    at: int
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str | None

    @property
    def links(self) -> list[str]:
        """Each link once, in order; a full stop after a link is not part of it."""
        found = LINK.findall(self.text) or LINK.findall(self.html or "")
        return list(dict.fromkeys(link.rstrip(".,;:!?)").replace("&amp;", "&") for link in found))

    @property
    def wire(self) -> dict[str, Any]:
        named = {"number": self.number, "to": list(self.to), "from": self.sender, "subject": self.subject}
        return named | {"text": self.text, "html": self.html, "links": self.links, "at": iso(self.at)}


class Inbox:
    def __init__(self) -> None:
        self.mails: deque[Mail] = deque(maxlen=5000)

    def clear(self) -> None:
        self.mails.clear()

    def newest_first(self, to: str | None = None) -> list[Mail]:
        wanted = to.strip().lower() if to else None
        mails = list(self.mails)[::-1]
        return [mail for mail in mails if wanted is None or wanted in map(str.lower, mail.to)]

    def mail(self, number: int) -> Mail | None:
        return next((mail for mail in list(self.mails) if mail.number == number), None)
